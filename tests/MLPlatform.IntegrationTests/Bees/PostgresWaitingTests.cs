using System.Text.Json;
using MLPlatform.Core.Bees;
using MLPlatform.Server.Bees.Postgres;
using Npgsql;
using Xunit;

namespace MLPlatform.IntegrationTests.Bees;

/// <summary>Rows that are committed after rows with larger watermarks, and transactions too large for one batch, from a real PostgreSQL.</summary>
public sealed class PostgresWaitingTests(PostgresSourceTests.Server server) : IClassFixture<PostgresSourceTests.Server>, IDisposable
{
    private const string Variable = "MLP_TEST_WAITING_POSTGRES";
    private readonly string _folder = Directory.CreateTempSubdirectory("mlp-pgwait-").FullName;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static TheoryData<string, string, string> Late => new()
    {
        { "written", "id bigserial", "INSERT INTO late_written (name) VALUES ('late')" },
        { "drawn", "id bigserial", "SELECT nextval('late_drawn_id_seq')" },
        { "begun", "id timestamptz DEFAULT now()", "SELECT 1" },
    };

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory, MemberData(nameof(Late))]
    public async Task A_row_that_is_committed_after_one_with_a_larger_watermark_comes_before_it(string name, string column, string begin)
    {
        LogicalPostgres postgres = await server.GetAsync(Variable);
        string table = "late_" + name;
        await postgres.ExecuteAsync($"CREATE TABLE {table} ({column}, name text); INSERT INTO {table} (name) VALUES ('first')");
        await using ConnectorRun run = ConnectorRun.Start(new PostgresConnector(TimeProvider.System), Source(table, PostgresMode.Incremental, "id"), _folder);
        await run.UntilAsync(1);
        await using NpgsqlConnection slow = new(postgres.ConnectionString);
        await slow.OpenAsync(Cancel);
        await using NpgsqlTransaction open = await slow.BeginTransactionAsync(Cancel);
        object? drawn = await ExecuteAsync(slow, begin);
        await postgres.ExecuteAsync($"INSERT INTO {table} (name) VALUES ('early')"); // Committed first, with the larger watermark.
        await AskedTwiceAsync(postgres, table);
        Assert.Equal(1, run.Log.Now.Records);
        if (name != "written")
            await ExecuteAsync(slow, drawn is long number ? $"INSERT INTO {table} VALUES ({number}, 'late')" : $"INSERT INTO {table} (name) VALUES ('late')");
        await open.CommitAsync(Cancel);
        Assert.Equal(["first", "late", "early"], (await run.UntilAsync(3)).Select(r => JsonElement.Parse(r).GetProperty("name").GetString()));
    }

    [Fact]
    public async Task A_transaction_that_is_prepared_is_waited_for_too()
    {
        LogicalPostgres postgres = await server.GetAsync(Variable);
        await postgres.ExecuteAsync("CREATE TABLE prepared (id bigserial, name text)");
        await postgres.ExecuteAsync("BEGIN; INSERT INTO prepared (name) VALUES ('late'); PREPARE TRANSACTION 'two-phase'");
        await postgres.ExecuteAsync("INSERT INTO prepared (name) VALUES ('early')");
        await using ConnectorRun run = ConnectorRun.Start(new PostgresConnector(TimeProvider.System), Source("prepared", PostgresMode.Incremental, "id"), _folder);
        await AskedTwiceAsync(postgres, "prepared");
        Assert.Equal(0, run.Log.Now.Records);
        await postgres.ExecuteAsync("COMMIT PREPARED 'two-phase'");
        Assert.Equal(["late", "early"], (await run.UntilAsync(2)).Select(r => JsonElement.Parse(r).GetProperty("name").GetString()));
    }

    [Fact]
    public async Task A_transaction_too_large_for_a_batch_comes_in_parts_and_once_though_the_reader_stops_between()
    {
        const int Rows = 80;
        LogicalPostgres postgres = await server.GetAsync(Variable);
        await postgres.ExecuteAsync("CREATE TABLE wide (id int PRIMARY KEY, filler text)");
        SourceDefinition source = Source("wide", PostgresMode.Changes, null);
        await using (ConnectorRun first = ConnectorRun.Start(new PostgresConnector(TimeProvider.System), source, _folder))
        {
            await WaitAsync(postgres, "SELECT count(*) FROM pg_replication_slots WHERE slot_name = 'mlp_wide'");
            await postgres.ExecuteAsync($"INSERT INTO wide SELECT i, repeat(chr(65 + i % 26), 1 << 20) FROM generate_series(1, {Rows}) i");
            await first.UntilAsync(1);
        }
        await using ConnectorRun again = ConnectorRun.Start(new PostgresConnector(TimeProvider.System), source, _folder);
        await postgres.ExecuteAsync("INSERT INTO wide VALUES (0, '')");
        List<JsonElement> records = [.. (await again.UntilAsync(Rows + 1)).Select(r => JsonElement.Parse(r))];
        Assert.Equal([.. Enumerable.Range(1, Rows), 0], records.Select(r => r.GetProperty("id").GetInt32()));
        Assert.Equal([.. Enumerable.Range(0, Rows), 0], records.Select(r => r.GetProperty("_seq").GetInt32()));
        Assert.Equal(2, records.Select(r => r.GetProperty("_lsn").GetString()).Distinct().Count());
        Assert.True(again.Log.Now.Segments.Sum(s => s.Batches) >= 4, "the large transaction is one batch");
    }

    private static SourceDefinition Source(string table, PostgresMode mode, string? watermark) => new()
    {
        Name = table.Replace('_', '-') is var name && mode == PostgresMode.Changes ? table : name,
        Kind = SourceKind.Postgres,
        Postgres = new PostgresSource { ConnectionFrom = Variable, Table = table, Mode = mode, Watermark = watermark, EverySeconds = 0.1 },
    };

    private static async Task<object?> ExecuteAsync(NpgsqlConnection connection, string sql)
    {
        await using NpgsqlCommand command = new(sql, connection);
        return await command.ExecuteScalarAsync(Cancel);
    }

    // The reader has asked for rows, or for who runs, since now: one that does not wait has taken what is there.
    private static async Task AskedTwiceAsync(LogicalPostgres postgres, string table)
    {
        await using NpgsqlConnection connection = new(postgres.ConnectionString);
        await connection.OpenAsync(Cancel);
        for (int i = 0; i < 2; i++)
        {
            DateTime now = (DateTime)(await ExecuteAsync(connection, "SELECT clock_timestamp()"))!;
            await WaitAsync(postgres, $"SELECT count(*) FROM pg_stat_activity WHERE query_start > '{now:O}' AND state = 'idle' AND (query LIKE '%\"{table}\"%' OR query LIKE '%pg_locks%' OR query LIKE '%pg_prepared_xacts%') AND pid <> pg_backend_pid()");
        }
    }

    private static async Task WaitAsync(LogicalPostgres postgres, string count)
    {
        using CancellationTokenSource limit = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        limit.CancelAfter(Eventually.Patience);
        await using NpgsqlConnection connection = new(postgres.ConnectionString);
        await connection.OpenAsync(limit.Token);
        while ((long)(await ExecuteAsync(connection, count))! == 0)
            await Task.Delay(20, limit.Token);
    }
}
