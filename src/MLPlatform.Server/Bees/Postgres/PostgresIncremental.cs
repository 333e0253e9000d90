using MLPlatform.Core.Activities;
using MLPlatform.Core.Bees;
using MLPlatform.Core.Runs;
using MLPlatform.Storage.Bees;
using Npgsql;

namespace MLPlatform.Server.Bees.Postgres;

/// <summary>
/// Reads the rows beyond the last watermark. The channel counts watermarks: a whole number as it is, an instant as microseconds since
/// 1970. Rows of one watermark are taken together.
/// </summary>
/// <remarks>
/// A transaction may draw its watermark early and commit late. So the largest watermark that is there is noted first, then all
/// transactions that run; when those have ended, every row up to the noted watermark is there. Whoever begins later draws a larger one.
/// </remarks>
internal sealed class PostgresIncremental(SourceDefinition source, LandingLog log, string connectionString, TimeProvider time)
{
    private const int RowsAtOnce = 5000;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private readonly PostgresSource _settings = source.Postgres!;

    public async Task RunAsync(Action<string?> tell, CancellationToken cancel)
    {
        string channel = $"pg:{_settings.Table}:{_settings.Watermark}";
        long from = (await log.ChannelsAsync(c => c.Channel == channel, cancel)).SingleOrDefault()?.Durable ?? 0;
        RowBatches rows = new(log, source, channel, _settings.Table, 0, from, time);
        await using NpgsqlConnection connection = await PostgresConnector.OpenAsync(connectionString, cancel);
        WatermarkQueries queries = new(_settings, await TypeAsync(connection, cancel), RowsAtOnce);
        OpenTransactions open = new(connection);
        while (true)
        {
            if (await LargestAsync(connection, queries, rows.From, cancel) is { } largest)
            {
                await WaitAsync(open, tell, cancel);
                while (await ReadAsync(connection, queries, rows, largest, cancel))
                    tell(null);
            }
            tell(null);
            await Task.Delay(TimeSpan.FromSeconds(_settings.EverySeconds), time, cancel);
        }
    }

    private static async Task<long?> LargestAsync(NpgsqlConnection connection, WatermarkQueries queries, long from, CancellationToken cancel)
    {
        await using NpgsqlCommand command = new(queries.Largest, connection) { Parameters = { new() { Value = from } } };
        return await command.ExecuteScalarAsync(cancel) as long?;
    }

    private async Task WaitAsync(OpenTransactions open, Action<string?> tell, CancellationToken cancel)
    {
        long start = time.GetTimestamp();
        await open.NoteAsync(cancel);
        for (TimeSpan pause = TimeSpan.FromMilliseconds(20); await open.AnyAsync(cancel); pause = pause * 2 < TimeSpan.FromSeconds(1) ? pause * 2 : TimeSpan.FromSeconds(1))
        {
            if (time.GetElapsedTime(start) > Patience)
                tell($"BEES-070 Rows of the source '{source.Name}' wait for {open.Describe()} of the database, which runs since before they were written and may still add rows before them.");
            await Task.Delay(pause, time, cancel);
        }
    }

    private static async Task<bool> ReadAsync(NpgsqlConnection connection, WatermarkQueries queries, RowBatches rows, long largest, CancellationToken cancel)
    {
        long last = -1;
        int count = 0;
        await using (NpgsqlCommand command = new(queries.Rows, connection) { Parameters = { new() { Value = rows.From }, new() { Value = largest } } })
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
