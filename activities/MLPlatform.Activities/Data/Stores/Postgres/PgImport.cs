using System.Data;
using System.Text;
using MLPlatform.Activities.Bees;
using MLPlatform.Activities.Lineage;
using MLPlatform.Activities.Tables;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Lineage;
using Npgsql;
using Npgsql.Schema;

namespace MLPlatform.Activities.Data.Stores.Postgres;

/// <summary>
/// Brings a table or a query here by one binary COPY in a read-only snapshot: what others write meanwhile is not seen. Values
/// that tables lack (NaN, infinity) send their row to quarantine.
/// </summary>
internal static class PgImport
{
    public static async Task<Collected> RunAsync(PostgresLocation location, Reading reading, ActivityContext context, CancellationToken cancel)
    {
        if ((location.Table is null) == (location.Query is null))
            throw StoreErrors.Location("The PostgreSQL location needs either table or query to import from.");
        await using NpgsqlConnection connection = await PgConnection.OpenAsync(location, cancel).ConfigureAwait(false);
        try
        {
            await using NpgsqlTransaction snapshot = await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancel).ConfigureAwait(false);
            await PgConnection.ExecuteAsync(connection, "SET TRANSACTION READ ONLY", cancel).ConfigureAwait(false);
            string source = location.Table is { } table ? $"SELECT * FROM {PgConnection.Table(table)}" : location.Query!;
            List<(TableColumn Column, string Sql)> columns = await ColumnsAsync(connection, source, cancel).ConfigureAwait(false);
            int time = EventTime(columns, reading.EventTime);
            string order = location.OrderBy.Count == 0 ? "" : $" ORDER BY {string.Join(", ", location.OrderBy.Select(PgConnection.Quote))}";
            string copy = $"COPY (SELECT {string.Join(", ", columns.Select(c => c.Sql))} FROM ({source}\n) AS source{order}) TO STDOUT (FORMAT BINARY)";
            await using NpgsqlRawCopyStream stream = await connection.BeginRawBinaryCopyAsync(copy, cancel).ConfigureAwait(false);
            using CancellationTokenRegistration stop = cancel.Register(() => stream.Cancel());
            return await Task.Run(() => Take(new PgCopyReader(stream, columns.Count), [.. columns.Select(c => c.Column)], time, location, reading, context, cancel), cancel).ConfigureAwait(false);
        }
        catch (Exception problem) when (!cancel.IsCancellationRequested && PgConnection.Describe(problem, location) is { } described)
        {
            throw described;
        }
    }

    private static Collected Take(PgCopyReader reader, IReadOnlyList<TableColumn> columns, int time, PostgresLocation location, Reading reading, ActivityContext context, CancellationToken cancel)
    {
        string tableFolder = Path.Combine(context.ScratchFolder, "table"), quarantineFolder = Path.Combine(context.ScratchFolder, "quarantine");
        using TableWriter table = new(tableFolder, columns);
        using Quarantine quarantine = new(quarantineFolder);
        string name = location.Table ?? "query";
        SourceLedger ledger = new(["table", "quarantine"]);
        ledger.Begin($"{PgConnection.Shown(location)}/{name}", null, "rows");
        long number = 1;
        for (; reader.Read(); number++)
        {
            if (number % 65_536 == 0)
                cancel.ThrowIfCancellationRequested();
            BadRecord? problem = Problem(reader, columns, time);
            ledger.Add(problem is null ? "table" : "quarantine", number);
            if (problem is not null)
                quarantine.Add(name, number, null, problem, Encoding.UTF8.GetBytes(Describe(reader, columns)));
            else
                Append(reader, columns, time, table);
        }
        ledger.End(number);
        table.Complete();
        quarantine.Complete();
        quarantine.Judge(reading.MaxRejectedFraction, table.Rows);
        return new Collected(tableFolder, quarantineFolder, table.Rows, quarantine.Rows, 1, 0, table.Days,
            ledger.ToDocument(new Dictionary<string, ColumnLineage> { ["table"] = ColumnLineage.Same(null, columns.Select(c => c.Name)) }));
    }

    private static void Append(PgCopyReader reader, IReadOnlyList<TableColumn> columns, int time, TableWriter table)
    {
        RowBuffer rows = table.RowsFor(time < 0 ? null : reader.Int64(time) + PgCopyWriter.Epoch);
        for (int i = 0; i < columns.Count; i++)
        {
            if (reader.IsMissing(i))
                rows.Missing(i);
            else if (columns[i].Type == ColumnType.String)
                rows.Text(i, reader.Field(i));
            else if (columns[i].Type == ColumnType.Double)
                rows.Double(i, reader.Double(i));
            else if (columns[i].Type == ColumnType.Bool)
                rows.Bool(i, reader.Field(i)[0] != 0);
            else
                rows.Int64(i, columns[i].Type == ColumnType.Timestamp ? reader.Int64(i) + PgCopyWriter.Epoch : reader.Int64(i));
        }
        table.EndRow();
    }

    private static BadRecord? Problem(PgCopyReader reader, IReadOnlyList<TableColumn> columns, int time)
    {
        if (time >= 0 && reader.IsMissing(time))
            return BadRecord.NoEventTime(columns[time].Name);
        for (int i = 0; i < columns.Count; i++)
        {
            if (reader.IsMissing(i))
                continue;
            bool bad = columns[i].Type switch
            {
                ColumnType.Double => !double.IsFinite(reader.Double(i)),
                ColumnType.Timestamp => reader.Int64(i) is long.MaxValue or long.MinValue,
                _ => false,
            };
            if (bad)
                return BadRecord.Type(columns[i].Name, ColumnTypes.Name(columns[i].Type));
        }
        return null;
    }

    private static string Describe(PgCopyReader reader, IReadOnlyList<TableColumn> columns) => string.Join(", ", columns.Select((c, i) =>
        $"{c.Name}={(reader.IsMissing(i) ? "null" : c.Type switch
        {
            ColumnType.String => Encoding.UTF8.GetString(reader.Field(i)),
            ColumnType.Double => FormattableString.Invariant($"{reader.Double(i)}"),
            ColumnType.Bool => reader.Field(i)[0] != 0 ? "true" : "false",
            ColumnType.Timestamp => reader.Int64(i) switch { long.MaxValue => "infinity", long.MinValue => "-infinity", var at => FormattableString.Invariant($"{DateTime.UnixEpoch.AddMicroseconds(at + PgCopyWriter.Epoch):O}") },
            _ => FormattableString.Invariant($"{reader.Int64(i)}"),
        })}"));

    private static async Task<List<(TableColumn, string)>> ColumnsAsync(NpgsqlConnection connection, string source, CancellationToken cancel)
    {
        await using NpgsqlCommand command = new($"SELECT * FROM ({source}\n) AS source LIMIT 0", connection);
        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync(CommandBehavior.SchemaOnly, cancel).ConfigureAwait(false);
        List<(TableColumn, string)> columns = [];
        foreach (NpgsqlDbColumn column in await reader.GetColumnSchemaAsync(cancel).ConfigureAwait(false))
        {
            string name = PgConnection.Quote(column.ColumnName);
            (ColumnType type, string sql) = column.PostgresType.InternalName switch
            {
                "int2" or "int4" or "int8" or "oid" => (ColumnType.Int64, $"{name}::int8"),
                "float4" or "float8" or "numeric" => (ColumnType.Double, $"{name}::float8"),
                "bool" => (ColumnType.Bool, name),
                "date" or "timestamp" => (ColumnType.Timestamp, $"{name}::timestamp"),
                "timestamptz" => (ColumnType.Timestamp, $"({name} AT TIME ZONE 'UTC')"),
                _ => (ColumnType.String, $"{name}::text"),
            };
            columns.Add((new TableColumn(column.ColumnName, type), sql));
        }
        if (columns.GroupBy(c => c.Item1.Name, StringComparer.OrdinalIgnoreCase).FirstOrDefault(g => g.Count() > 1) is { } twice)
            throw DataErrors.Bad("DATA-006", $"Two columns are called '{twice.Key}' (names that differ only in case count as equal). Name one otherwise in a query.");
        return columns;
    }

    private static int EventTime(List<(TableColumn Column, string)> columns, string? name)
    {
        if (name is null)
            return -1;
        int at = columns.FindIndex(c => c.Column.Name == name);
        return at >= 0 && columns[at].Column.Type == ColumnType.Timestamp ? at
            : throw DataErrors.Bad("DATA-011", $"The event time '{name}' is no column with timestamps.{DataErrors.DidYouMean(name, columns.Select(c => c.Column.Name))}");
    }
}
