using System.Data.Common;

namespace MLPlatform.Storage.Sql;

/// <summary>One connection, perhaps in a transaction. Parameters are written <c>$1, $2, …</c>, which both databases understand.</summary>
internal readonly struct SqlSession(Database database, DbConnection connection, DbTransaction? transaction) : IAsyncDisposable
{
    public async Task<int> ExecuteAsync(string sql, object?[] values, CancellationToken cancel)
    {
        await using DbCommand command = Command(sql, values);
        return await command.ExecuteNonQueryAsync(cancel);
    }

    /// <summary>The first column of the first row, or default if there is none or it is null. Whole numbers are asked for as 64 bits.</summary>
    public async Task<T?> ScalarAsync<T>(string sql, object?[] values, CancellationToken cancel)
    {
        await using DbCommand command = Command(sql, values);
        return await command.ExecuteScalarAsync(cancel) is T value ? value : default;
    }

    /// <summary>The first row, or null.</summary>
    public async Task<T?> FirstAsync<T>(string sql, object?[] values, Func<SqlRow, T> map, CancellationToken cancel) where T : class
    {
        await using DbCommand command = Command(sql, values);
        await using DbDataReader reader = await command.ExecuteReaderAsync(cancel);
        return await reader.ReadAsync(cancel) ? map(new SqlRow(database, reader)) : null;
    }

    public async Task<List<T>> ListAsync<T>(string sql, object?[] values, Func<SqlRow, T> map, CancellationToken cancel)
    {
        await using DbCommand command = Command(sql, values);
        await using DbDataReader reader = await command.ExecuteReaderAsync(cancel);
        var rows = new List<T>();
        while (await reader.ReadAsync(cancel))
            rows.Add(map(new SqlRow(database, reader)));
        return rows;
    }

    public ValueTask DisposeAsync() => transaction is null ? connection.DisposeAsync() : ValueTask.CompletedTask;

    private DbCommand Command(string sql, object?[] values)
    {
        DbCommand command = connection.CreateCommand();
        command.CommandText = sql;
        command.Transaction = transaction;
        for (int i = 0; i < values.Length; i++)
            database.AddParameter(command, i + 1, values[i] is string text ? StoredText.Clean(text) : values[i]);
        return command;
    }
}

/// <summary>The current row of a reader; columns by position.</summary>
internal readonly struct SqlRow(Database database, DbDataReader reader)
{
    public string Text(int column) => reader.GetString(column);

    public string? TextOrNull(int column) => reader.IsDBNull(column) ? null : reader.GetString(column);

    public bool IsNull(int column) => reader.IsDBNull(column);

    public int Int(int column) => reader.GetInt32(column);

    public int? IntOrNull(int column) => reader.IsDBNull(column) ? null : reader.GetInt32(column);

    public long Long(int column) => reader.GetInt64(column);

    public long? LongOrNull(int column) => reader.IsDBNull(column) ? null : reader.GetInt64(column);

    public long LongOrZero(int column) => reader.IsDBNull(column) ? 0 : Convert.ToInt64(reader.GetValue(column), System.Globalization.CultureInfo.InvariantCulture);

    public bool Bool(int column) => reader.GetBoolean(column);

    /// <summary>Null is how not-a-number is stored.</summary>
    public double Double(int column) => reader.IsDBNull(column) ? double.NaN : reader.GetDouble(column);

    public Guid Guid(int column) => reader.GetGuid(column);

    public byte[] Bytes(int column) => reader.GetFieldValue<byte[]>(column);

    public DateTimeOffset Time(int column) => database.ReadTime(reader, column);

    public DateTimeOffset? TimeOrNull(int column) => reader.IsDBNull(column) ? null : database.ReadTime(reader, column);
}
