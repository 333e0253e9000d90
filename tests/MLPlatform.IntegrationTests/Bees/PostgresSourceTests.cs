using System.Text.Json;
using MLPlatform.Core.Bees;
using MLPlatform.Server.Bees.Postgres;
using Npgsql;
using Xunit;

namespace MLPlatform.IntegrationTests.Bees;

/// <summary>A real PostgreSQL read as a picture, by watermark and change by change, with server and reader killed between.</summary>
public sealed class PostgresSourceTests(PostgresSourceTests.Server server) : IClassFixture<PostgresSourceTests.Server>, IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("mlp-pgsource-").FullName;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Every_change_comes_once_and_in_order_though_server_and_reader_are_killed()
    {
        LogicalPostgres postgres = await server.GetAsync();
        await postgres.ExecuteAsync("CREATE TABLE changes (id bigint PRIMARY KEY, name text, price numeric, ok boolean, at timestamptz, doc jsonb)");
        SourceDefinition source = Source("changes", PostgresMode.Changes, "changes");
        await using (ConnectorRun first = ConnectorRun.Start(new PostgresConnector(TimeProvider.System), source, _folder))
        {
            await SlotAsync(postgres, "mlp_changes");
            await postgres.ExecuteAsync("""INSERT INTO changes VALUES (1, E'a\n"b"', 1.50, true, '2026-03-01 10:00:00+02', '{"k": [1, "x"]}'), (2, NULL, NULL, false, NULL, NULL)""");
            await first.UntilAsync(2);
        }
        // The reader is away; then the server dies; then both go on.
        await postgres.ExecuteAsync("UPDATE changes SET name = 'b' WHERE id = 2; DELETE FROM changes WHERE id = 1");
        await using (ConnectorRun second = ConnectorRun.Start(new PostgresConnector(TimeProvider.System), source, _folder))
        {
            Task inserting = InsertAsync(postgres, 10, 60);
            await second.UntilAsync(20);
            await postgres.KillAndStartAsync();
            await inserting;
            await second.UntilAsync(4 + 50);
        }
        await postgres.ExecuteAsync("TRUNCATE changes");
        await using ConnectorRun third = ConnectorRun.Start(new PostgresConnector(TimeProvider.System), source, _folder);
        List<string> records = await third.UntilAsync(4 + 50 + 1);
        Assert.StartsWith("""{"id":1,"name":"a\n\"b\"","price":1.50,"ok":true,"at":"2026-03-01 08:00:00+00","doc":{"k": [1, "x"]},"_op":"insert","_lsn":"0/""", records[0], StringComparison.Ordinal);
        Assert.Equal(["insert 1", "insert 2", "update 2", "delete 1", .. Enumerable.Range(10, 50).Select(i => $"insert {i}"), "truncate "],
            records.Select(r => JsonElement.Parse(r)).Select(r => $"{r.GetProperty("_op").GetString()} {(r.TryGetProperty("id", out JsonElement id) ? id.GetRawText() : "")}"));
        Assert.Equal([0, 1], records.Take(2).Select(r => JsonElement.Parse(r).GetProperty("_seq").GetInt32()));
        Assert.False(JsonElement.Parse(records[3]).TryGetProperty("name", out _));
    }

    [Fact]
    public async Task A_slot_that_was_dropped_is_made_anew_and_the_loss_is_told()
    {
        LogicalPostgres postgres = await server.GetAsync();
        await postgres.ExecuteAsync("CREATE TABLE gone (id bigint PRIMARY KEY)");
        SourceDefinition source = Source("gone", PostgresMode.Changes, "gone");
        await using (ConnectorRun first = ConnectorRun.Start(new PostgresConnector(TimeProvider.System), source, _folder))
        {
            await SlotAsync(postgres, "mlp_gone");
            await postgres.ExecuteAsync("INSERT INTO gone VALUES (1)");
            await first.UntilAsync(1);
        }
        await EventuallyAsync(async () =>
        {
            await postgres.ExecuteAsync("SELECT pg_drop_replication_slot('mlp_gone')");
            return true;
        });
        await postgres.ExecuteAsync("INSERT INTO gone VALUES (2)");
        await using ConnectorRun again = ConnectorRun.Start(new PostgresConnector(TimeProvider.System), source, _folder);
        await SlotAsync(postgres, "mlp_gone");
        await postgres.ExecuteAsync("INSERT INTO gone VALUES (3)");
        Assert.Equal(["1", "3"], (await again.UntilAsync(2)).Select(r => JsonElement.Parse(r).GetProperty("id").GetRawText()));
        Assert.True((await again.Log.ChannelsAsync(_ => true, Cancel)).Single().LostBytes > 0);
    }

    [Fact]
    public async Task Rows_beyond_the_watermark_come_once()
    {
        LogicalPostgres postgres = await server.GetAsync();
        await postgres.ExecuteAsync("CREATE TABLE growing (id bigserial PRIMARY KEY, name text); INSERT INTO growing (name) SELECT 'n' || i FROM generate_series(1, 7000) i");
        SourceDefinition source = Source("growing", PostgresMode.Incremental, "growing", "id");
        await using (ConnectorRun first = ConnectorRun.Start(new PostgresConnector(TimeProvider.System), source, _folder))
            await first.UntilAsync(7000);
        await using ConnectorRun run = ConnectorRun.Start(new PostgresConnector(TimeProvider.System), source, _folder);
        await postgres.ExecuteAsync("INSERT INTO growing (name) VALUES ('a'), ('b')");
        Assert.Equal(Enumerable.Range(1, 7002), (await run.UntilAsync(7002)).Select(r => JsonElement.Parse(r).GetProperty("id").GetInt32()));
    }

    [Fact]
    public async Task Instants_are_watermarks_too()
    {
        LogicalPostgres postgres = await server.GetAsync();
        await postgres.ExecuteAsync("CREATE TABLE dated (at timestamptz, plain timestamp, n int); INSERT INTO dated SELECT t, t, i FROM (SELECT '2025-03-01'::timestamptz + i / 2 * interval '1 second' AS t, i FROM generate_series(0, 9) i) s");
        foreach (string column in new[] { "at", "plain" })
        {
            SourceDefinition source = Source("dated-" + column, PostgresMode.Incremental, "dated", column);
            await using ConnectorRun run = ConnectorRun.Start(new PostgresConnector(TimeProvider.System), source, Path.Combine(_folder, column));
            Assert.Equal(Enumerable.Range(0, 10), (await run.UntilAsync(10)).Select(r => JsonElement.Parse(r).GetProperty("n").GetInt32()).Order());
        }
    }

    [Fact]
    public async Task A_picture_holds_all_rows_of_one_moment_and_ends()
    {
        LogicalPostgres postgres = await server.GetAsync();
        await postgres.ExecuteAsync("""CREATE TABLE "Odd name" (id int, doc json); INSERT INTO "Odd name" SELECT i, E'{"a":\n1}' FROM generate_series(1, 100) i""");
        SourceDefinition source = Source("picture", PostgresMode.Snapshot, "public.Odd name");
        await using ConnectorRun run = ConnectorRun.Start(new PostgresConnector(TimeProvider.System), source, _folder);
        List<string> records = await run.UntilAsync(100);
        Assert.Equal(Enumerable.Range(1, 100), records.Select(r => JsonElement.Parse(r).GetProperty("id").GetInt32()));
        Assert.Single(records.Select(r => JsonElement.Parse(r).GetProperty("_snapshot").GetString()).Distinct());
        await EventuallyAsync(async () => (await run.Log.ChannelsAsync(c => c.Ended, Cancel)).Count == 1);
    }

    private static SourceDefinition Source(string name, PostgresMode mode, string table, string? watermark = null) => new()
    {
        Name = name,
        Kind = SourceKind.Postgres,
        Postgres = new PostgresSource { ConnectionFrom = Server.Variable, Table = table, Mode = mode, Watermark = watermark, EverySeconds = mode == PostgresMode.Snapshot ? 3600 : 0.1 },
    };

    private static async Task InsertAsync(LogicalPostgres postgres, int from, int to)
    {
        for (int i = from; i < to; i++)
        {
            int id = i;
            await EventuallyAsync(async () =>
            {
                // The server may die after a commit and before its answer.
                await postgres.ExecuteAsync($"INSERT INTO changes (id) VALUES ({id}) ON CONFLICT DO NOTHING");
                return true;
            });
        }
    }

    private static Task SlotAsync(LogicalPostgres postgres, string slot) => EventuallyAsync(async () =>
    {
        await using NpgsqlConnection connection = new(postgres.ConnectionString);
        await connection.OpenAsync(Cancel);
        await using NpgsqlCommand command = new($"SELECT count(*) FROM pg_replication_slots WHERE slot_name = '{slot}'", connection);
        return (long)(await command.ExecuteScalarAsync(Cancel))! == 1;
    });

    private static async Task EventuallyAsync(Func<Task<bool>> condition)
    {
        using CancellationTokenSource limit = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        limit.CancelAfter(TimeSpan.FromSeconds(120));
        while (true)
        {
            try
            {
                if (await condition())
                    return;
            }
            catch (NpgsqlException) when (!limit.IsCancellationRequested)
            {
                // The server is away for a moment.
            }
            await Task.Delay(20, limit.Token);
        }
    }

    /// <summary>The server of these tests, started when the first asks.</summary>
    public sealed class Server : IAsyncDisposable
    {
        public const string Variable = "MLP_TEST_LOGICAL_POSTGRES";
        private LogicalPostgres? _server;

        /// <param name="variable">Takes the connection: one for each class of tests, since they run side by side.</param>
        public async Task<LogicalPostgres> GetAsync(string variable = Variable)
        {
            _server ??= await LogicalPostgres.StartAsync();
            Environment.SetEnvironmentVariable(variable, _server.ConnectionString);
            return _server;
        }

        public ValueTask DisposeAsync() => _server?.DisposeAsync() ?? ValueTask.CompletedTask;
    }
}
