using System.Globalization;
using MLPlatform.Core.Bees;
using MLPlatform.Storage.Bees;
using Npgsql;

namespace MLPlatform.Server.Bees.Postgres;

/// <summary>
/// Reads all rows of a table again and again. Each reading is a channel of its own, made in one transaction, and ends where it is
/// whole; one that was broken off is never ended, and another follows. Every row tells its reading in <c>_snapshot</c>.
/// </summary>
internal sealed class PostgresSnapshot(SourceDefinition source, LandingLog log, string connectionString, TimeProvider time)
{
    private readonly PostgresSource _settings = source.Postgres!;

    public async Task RunAsync(Action<string?> tell, CancellationToken cancel)
    {
        string prefix = $"pg:{_settings.Table}:snapshot:";
        IReadOnlyList<ChannelState> readings = await log.ChannelsAsync(c => c.Ended && c.Channel.StartsWith(prefix, StringComparison.Ordinal), cancel);
        DateTimeOffset last = readings.Count == 0 ? DateTimeOffset.MinValue : readings.Max(r => r.ArrivedAt);
        while (true)
        {
            if (time.GetUtcNow() - last < TimeSpan.FromSeconds(_settings.EverySeconds))
                await Task.Delay(last + TimeSpan.FromSeconds(_settings.EverySeconds) - time.GetUtcNow(), time, cancel);
            string at = time.GetUtcNow().ToString("yyyy-MM-ddTHH:mm:ss.fffffffZ", CultureInfo.InvariantCulture);
            await ReadAsync(prefix + at, at, cancel);
            last = time.GetUtcNow();
            tell(null);
        }
    }

    private async Task ReadAsync(string channel, string at, CancellationToken cancel)
    {
        RowBatches rows = new(log, source, channel, _settings.Table, 0, 0, time);
        await using NpgsqlConnection connection = await PostgresConnector.OpenAsync(connectionString, cancel);
        await using NpgsqlTransaction picture = await connection.BeginTransactionAsync(System.Data.IsolationLevel.RepeatableRead, cancel);
        await using NpgsqlCommand command = new($"SELECT row_to_json(r)::text FROM (SELECT t.*, '{at}' AS _snapshot FROM {PostgresConnector.Quoted(_settings.Table)} t) r", connection, picture);
        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancel);
        long position = 0;
        while (await reader.ReadAsync(cancel))
        {
            rows.Add(position++, System.Text.Encoding.UTF8.GetBytes(reader.GetString(0)));
            if (rows.IsLarge)
                await rows.KeepAsync(position, cancel);
        }
        await rows.KeepAsync(position, cancel, ended: true);
    }
}
