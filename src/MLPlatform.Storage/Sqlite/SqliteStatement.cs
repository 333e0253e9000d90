using System.Buffers.Text;
using System.Text;
using Microsoft.Data.Sqlite;
using MLPlatform.Storage.Sql;
using SQLitePCL;

namespace MLPlatform.Storage.Sqlite;

/// <summary>
/// A statement that stays prepared and is bound value by value, left to right. The hot commit runs thousands a second:
/// ADO.NET's parameter objects would cost more than SQLite itself. Not thread safe.
/// </summary>
internal sealed class SqliteStatement : IDisposable
{
    private readonly sqlite3 _connection;
    private readonly sqlite3_stmt _statement;
    private byte[] _utf8 = new byte[1024];
    private int _bound;

    public SqliteStatement(sqlite3 connection, string sql)
    {
        _connection = connection;
        Check(raw.sqlite3_prepare_v3(connection, sql, raw.SQLITE_PREPARE_PERSISTENT, out _statement));
    }

    public SqliteStatement Text(string? value)
    {
        if (value is null)
            return Null();
        string clean = StoredText.Clean(value);
        int longest = Encoding.UTF8.GetMaxByteCount(clean.Length);
        if (_utf8.Length < longest)
            _utf8 = new byte[Math.Max(longest, 2 * _utf8.Length)];
        int length = Encoding.UTF8.GetBytes(clean, _utf8);
        Check(raw.sqlite3_bind_text(_statement, ++_bound, _utf8.AsSpan(0, length)));
        return this;
    }

    public SqliteStatement Id(Guid value)
    {
        Span<byte> text = stackalloc byte[36];
        Utf8Formatter.TryFormat(value, text, out _, 'D');
        Check(raw.sqlite3_bind_text(_statement, ++_bound, text));
        return this;
    }

    public SqliteStatement Number(long value)
    {
        Check(raw.sqlite3_bind_int64(_statement, ++_bound, value));
        return this;
    }

    /// <summary>Not-a-number is bound as null: SQLite has no such value.</summary>
    public SqliteStatement Real(double value)
    {
        if (double.IsNaN(value))
            return Null();
        Check(raw.sqlite3_bind_double(_statement, ++_bound, value));
        return this;
    }

    public SqliteStatement Time(DateTimeOffset? value) => value is { } time ? Number(SqliteDatabase.ToMicroseconds(time)) : Null();

    public SqliteStatement Blob(ReadOnlySpan<byte> value)
    {
        Check(raw.sqlite3_bind_blob(_statement, ++_bound, value));
        return this;
    }

    /// <summary>Runs the statement with what was bound; true if it gave a row.</summary>
    public bool Run()
    {
        _bound = 0;
        int result = raw.sqlite3_step(_statement);
        int reset = raw.sqlite3_reset(_statement);
        if (result is not (raw.SQLITE_ROW or raw.SQLITE_DONE))
            Check(reset == raw.SQLITE_OK ? result : reset);
        return result == raw.SQLITE_ROW;
    }

    public void Dispose() => _statement.Dispose();

    private SqliteStatement Null()
    {
        Check(raw.sqlite3_bind_null(_statement, ++_bound));
        return this;
    }

    private void Check(int result)
    {
        if (result == raw.SQLITE_OK)
            return;
        _bound = 0; // The next use starts afresh.
        SqliteException.ThrowExceptionForRC(result, _connection);
    }
}
