using MLPlatform.Storage.Runs;
using MLPlatform.Storage.Sql;
using Npgsql;

namespace MLPlatform.Storage.Postgres;

/// <summary>How rows of one kind become arrays, one a column, of one INSERT … SELECT FROM unnest.</summary>
/// <param name="sql">The statement from <see cref="CommitSql"/>.</param>
/// <param name="key">What makes a row: of several with one key the last is written, since one statement may touch a row only once. Null: all are written.</param>
internal sealed class Table<TRow>(string sql, Func<TRow, object>? key)
{
    // Arrays of so many rows stay out of the large object heap.
    private const int RowsPerStatement = 2000;

    private readonly List<(string Type, Func<List<TRow>, int, int, NpgsqlParameter> Parameter)> _columns = [];
    private string? _statement;

    public Table<TRow> Id(Func<TRow, Guid> value) => Column("uuid", value);

    public Table<TRow> Int(Func<TRow, int> value) => Column("integer", value);

    public Table<TRow> Long(Func<TRow, long> value) => Column("bigint", value);

    public Table<TRow> Bool(Func<TRow, bool> value) => Column("boolean", value);

    public Table<TRow> Text(Func<TRow, string?> value) => Column("text", row => StoredText.CleanOrNull(value(row)));

    public Table<TRow> Time(Func<TRow, DateTimeOffset?> value) => Column("timestamptz", row => value(row)?.UtcDateTime);

    /// <summary>Not-a-number is written as null, as in the other database.</summary>
    public Table<TRow> Real(Func<TRow, double> value) =>
        Column<double?>("double precision", row => value(row) is var number && double.IsNaN(number) ? null : number);

    public Table<TRow> Blob(Func<TRow, ReadOnlyMemory<byte>> value) => Column("bytea", row => value(row).ToArray());

    public void Add(NpgsqlBatch batch, List<TRow> rows)
    {
        if (rows.Count == 0)
            return;
        _statement ??= CommitSql.FromArrays(sql, [.. _columns.Select(c => c.Type)]);
        List<TRow> last = LastOfEach(rows);
        for (int start = 0; start < last.Count; start += RowsPerStatement)
        {
            var command = new NpgsqlBatchCommand(_statement);
            int count = Math.Min(RowsPerStatement, last.Count - start);
            foreach ((_, Func<List<TRow>, int, int, NpgsqlParameter> parameter) in _columns)
                command.Parameters.Add(parameter(last, start, count));
            batch.BatchCommands.Add(command);
        }
    }

    private Table<TRow> Column<TValue>(string type, Func<TRow, TValue> value)
    {
        _columns.Add((type, (rows, start, count) =>
        {
            var values = new TValue[count];
            for (int i = 0; i < count; i++)
                values[i] = value(rows[start + i]);
            return new NpgsqlParameter<TValue[]> { TypedValue = values, DataTypeName = type + "[]" };
        }
        ));
        return this;
    }

    private List<TRow> LastOfEach(List<TRow> rows)
    {
        if (key is null || rows.Count == 1)
            return rows;
        var seen = new HashSet<object>(rows.Count);
        bool[] superseded = new bool[rows.Count];
        for (int i = rows.Count - 1; i >= 0; i--)
            superseded[i] = !seen.Add(key(rows[i]));
        return seen.Count == rows.Count ? rows : [.. rows.Where((_, i) => !superseded[i])];
    }
}
