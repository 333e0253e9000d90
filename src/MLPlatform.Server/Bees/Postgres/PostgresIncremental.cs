using MLPlatform.Core.Activities;
using MLPlatform.Core.Bees;
using MLPlatform.Core.Runs;
using MLPlatform.Storage.Bees;
using Npgsql;

namespace MLPlatform.Server.Bees.Postgres;

/// <summary>
/// Reads the rows beyond the last watermark. The channel counts watermarks: a whole number as it is, an instant as microseconds since
/// 1970. Rows of one watermark are taken together, and none is taken while a transaction runs that began to write before it.
/// </summary>
internal sealed class PostgresIncremental(SourceDefinition source, LandingLog log, string connectionString, TimeProvider time)
{
    private const int RowsAtOnce = 5000;
    private readonly PostgresSource _settings = source.Postgres!;

    public async Task RunAsync(Action healthy, CancellationToken cancel)
    {
        string channel = $"pg:{_settings.Table}:{_settings.Watermark}";
        long from = (await log.ChannelsAsync(c => c.Channel == channel, cancel)).SingleOrDefault()?.Durable ?? 0;
        RowBatches rows = new(log, source, channel, _settings.Table, 0, from, time);
        await using NpgsqlConnection connection = await PostgresConnector.OpenAsync(connectionString, cancel);
        string query = Query(await TypeAsync(connection, cancel));
        while (true)
        {
            bool more = await ReadAsync(connection, query, rows, cancel);
            healthy();
            if (!more)
                await Task.Delay(TimeSpan.FromSeconds(_settings.EverySeconds), time, cancel);
        }
    }

    private static async Task<bool> ReadAsync(NpgsqlConnection connection, string query, RowBatches rows, CancellationToken cancel)
    {
        long last = -1;
        int count = 0;
        await using (NpgsqlCommand command = new(query, connection) { Parameters = { new() { Value = rows.From } } })
        await using (NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancel))
        {
            for (; await reader.ReadAsync(cancel); count++)
            {
                last = reader.GetInt64(0);
                rows.Add(last, System.Text.Encoding.UTF8.GetBytes(reader.GetString(1)));
            }
        }
        if (count > 0)
            await rows.KeepAsync(last + 1, cancel);
        return count >= RowsAtOnce;
    }

    // A row whose transaction is not older than all that run may be followed by rows with smaller watermarks: it waits, and so do those behind it.
    private string Query(string type)
    {
        string column = PostgresConnector.Identifier(_settings.Watermark!);
        (string position, string value) = type.StartsWith("timestamp", StringComparison.Ordinal)
            ? ($"(extract(epoch from t.{column}) * 1000000)::bigint", $"(timestamptz 'epoch' + $1 * interval '1 microsecond'){(type.Contains("without", StringComparison.Ordinal) ? " AT TIME ZONE 'UTC'" : "")}")
            : ($"t.{column}::bigint", "$1::bigint");
        string table = PostgresConnector.Quoted(_settings.Table);
        return $"""
            WITH bound AS (SELECT min(b.{column}) AS open FROM {table} b
                           WHERE b.{column} >= {value} AND age(b.xmin) <= age(pg_snapshot_xmin(pg_current_snapshot())::xid))
            SELECT {position}, row_to_json(t)::text FROM {table} t, bound
            WHERE t.{column} >= {value} AND (bound.open IS NULL OR t.{column} < bound.open)
            ORDER BY t.{column} FETCH FIRST {RowsAtOnce} ROWS WITH TIES
            """;
    }

    private async Task<string> TypeAsync(NpgsqlConnection connection, CancellationToken cancel)
    {
        await using NpgsqlCommand command = new(
            "SELECT format_type(atttypid, NULL) FROM pg_attribute WHERE attrelid = $1::regclass AND attname = $2 AND attnum > 0 AND NOT attisdropped", connection)
        { Parameters = { new() { Value = PostgresConnector.Quoted(_settings.Table) }, new() { Value = _settings.Watermark! } } };
        string? type = await command.ExecuteScalarAsync(cancel) as string;
        return type is "smallint" or "integer" or "bigint" || type?.StartsWith("timestamp", StringComparison.Ordinal) == true ? type
            : throw new ActivityException("BEES-069", $"The watermark '{_settings.Watermark}' of the source '{source.Name}' is {(type is null ? "no column of " + _settings.Table : "of type " + type)}. "
                + "It must be a whole number or an instant that only grows.", FailureKind.User);
    }
}
