using System.Globalization;
using MLPlatform.Activities.Bees;
using MLPlatform.Activities.Data;
using MLPlatform.Activities.Data.Stores;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Artifacts;
using MLPlatform.Core.Runs;
using MLPlatform.IntegrationTests.Postgres;
using MLPlatform.Tests.Tables;
using Npgsql;
using Xunit;

namespace MLPlatform.IntegrationTests.Data.Stores;

public sealed class PostgresStoreTests(PostgresServer server) : IAsyncLifetime
{
    private readonly TestActivityContext _context = new();
    private NpgsqlConnectionStringBuilder _database = [];

    public async ValueTask InitializeAsync() => _database = new(await server.CreateDatabaseAsync(TestContext.Current.CancellationToken));

    public ValueTask DisposeAsync()
    {
        _context.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task What_is_exported_and_imported_again_is_the_same_table_to_the_last_bit()
    {
        await using StoreWorld world = await StoreWorld.StartAsync();
        ArtifactRef table = await world.TableAsync(5000);
        ArtifactRef numbered = (await world.Context.RunAsync(new RunSql(), new()
        {
            Tables = new Dictionary<string, ArtifactRef> { ["t"] = table },
            Sql = "SELECT row_number() OVER () AS n, * FROM t",
        })).Table;

        await SqlAsync("CREATE SCHEMA \"Odd\"");
        ExportData.Outputs exported = await world.ExportAsync(numbered, At("Odd.\"na'me\" t"));
        ImportData.Outputs imported = await world.ImportAsync(At("Odd.\"na'me\" t", orderBy: "n"), new());

        Assert.Equal((5000, 5000, 0), (exported.Rows, imported.Rows, imported.Rejected));
        Assert.Equal(numbered.Hash, imported.Table!.Hash);
    }

    [Fact]
    public async Task Every_type_of_postgres_becomes_one_of_tables_and_what_tables_lack_goes_to_quarantine()
    {
        await SqlAsync("""
            CREATE TABLE t (a smallint, b integer, c numeric(9,0), d numeric(10,2), e real, f boolean, g date, h timestamp, i timestamptz, j uuid, k jsonb, l text[], m varchar(5));
            INSERT INTO t VALUES (1, 2, 3, 4.25, 0.5, true, '2020-01-02', '2020-01-02 03:04:05.678', '2020-01-02 03:04:05+02', '00000000-0000-0000-0000-000000000001', '{"x": 1}', '{p,q}', 'v'),
              (NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL), (1, 1, 1, 'NaN', 1, true, NULL, NULL, NULL, NULL, NULL, NULL, 'nan'), (1, 1, 1, 1, 1, true, NULL, 'infinity', NULL, NULL, NULL, NULL, 'inf');
            """);

        ImportData.Outputs imported = await ImportAsync(new() { Table = "t", Database = "", User = "" });

        Assert.Equal("a BIGINT, b BIGINT, c DOUBLE, d DOUBLE, e DOUBLE, f BOOLEAN, g TIMESTAMP, h TIMESTAMP, i TIMESTAMP, j VARCHAR, k VARCHAR, l VARCHAR, m VARCHAR", await _context.SchemaAsync(imported.Table!));
        Assert.Equal(
        [
            ["1", "2", "3", "4.25", "0.5", "True", "2020-01-02 00:00:00.000000", "2020-01-02 03:04:05.678000", "2020-01-02 01:04:05.000000", "00000000-0000-0000-0000-000000000001", "{\"x\": 1}", "{p,q}", "v"],
            [null, null, null, null, null, null, null, null, null, null, null, null, null],
        ], await _context.ReadAsync(imported.Table!));
        Assert.Equal([["3", "type", "the value of 'd' is not of type double"], ["4", "type", "the value of 'h' is not of type timestamp"]],
            await _context.ReadAsync(imported.Quarantine!, "line, reason, detail"));
    }

    [Fact]
    public async Task The_modes_replace_append_once_and_upsert()
    {
        ArtifactRef one = await Table("k,v\n1,a\n2,b\n"), two = await Table("k,v\n2,c\n3,d\n");

        await ExportAsync(one, ExportMode.Append);
        _context.AttemptToUse = new(new RunId(Guid.CreateVersion7()), 0, 1);
        ExportData.Outputs repeated = await ExportAsync(one, ExportMode.Append);
        Assert.Equal((false, 0), (repeated.Written, repeated.Rows));
        await ExportAsync(two, ExportMode.Append);
        Assert.False((await ExportAsync(one, ExportMode.Append)).Written);
        Assert.Equal("1 a|2 b|2 c|3 d", await RowsAsync());
        Assert.True((await ExportAsync(one, ExportMode.Append, once: "again")).Written);
        Assert.Equal("1 a|1 a|2 b|2 b|2 c|3 d", await RowsAsync());

        await ExportAsync(two, ExportMode.Replace);
        await ExportAsync(two, ExportMode.Replace);
        Assert.Equal("2 c|3 d", await RowsAsync());

        await SqlAsync("CREATE UNIQUE INDEX ON t (k)");
        await ExportAsync(one, ExportMode.Upsert, key: "k");
        await ExportAsync(one, ExportMode.Upsert, key: "k");
        Assert.Equal("1 a|2 b|3 d", await RowsAsync());
    }

    [Fact]
    public async Task A_database_that_an_earlier_version_wrote_to_is_written_to_again_and_what_it_was_given_is_known()
    {
        ArtifactRef one = await Table("k,v\n1,a\n");
        await ExportAsync(one, ExportMode.Append);
        await SqlAsync("ALTER TABLE mlp_exports DROP COLUMN step"); // As versions made it that did not tell steps apart.

        Assert.False((await ExportAsync(one, ExportMode.Append)).Written);
        Assert.True((await ExportAsync(await Table("k,v\n2,b\n"), ExportMode.Append)).Written);
        Assert.Equal("1 a|2 b", await RowsAsync());
    }

    [Theory]
    [InlineData("DATA-126", "has no column 'v'", "CREATE TABLE t (k int, w text)")]
    [InlineData("DATA-126", "invalid input syntax", "CREATE TABLE t (k int, v date)")]
    [InlineData("DATA-126", "violates check constraint", "CREATE TABLE t (k int CHECK (k < 2), v text)")]
    [InlineData("DATA-126", "no unique", "CREATE TABLE t (k int, v text)")]
    [InlineData("DATA-127", "", "CREATE VIEW t AS SELECT 1 AS k, 'x' AS v")]
    public async Task Rows_that_do_not_fit_are_refused_as_a_whole(string code, string says, string target)
    {
        await SqlAsync(target);
        ArtifactRef table = await Table("k,v\n1,a\n2,b\n");

        ActivityException problem = await Assert.ThrowsAsync<ActivityException>(() => says == "no unique" ? ExportAsync(table, ExportMode.Upsert, key: "k") : ExportAsync(table, ExportMode.Append));

        Assert.Equal(code, problem.Code);
        Assert.Contains(says, problem.Message, StringComparison.Ordinal);
        Assert.NotEqual("2", await ScalarAsync("SELECT count(*) FROM t"));
        Assert.Equal("0", await ScalarAsync("SELECT count(*) FROM mlp_exports"));
    }

    [Fact]
    public async Task An_export_that_is_cut_at_any_byte_is_all_or_nothing_and_is_done_once()
    {
        ArtifactRef table = await Table("k,v\n" + string.Concat(Enumerable.Range(0, 2000).Select(i => $"{i},value {i}\n")));
        await using CuttingProxy proxy = new(_database.Port);
        await ExportAsync(table, ExportMode.Append, port: proxy.Port);
        long whole = proxy.Passed;
        Assert.InRange(whole, 30_000, 1_000_000);
        Random random = new(7);
        for (int i = 0; i < 25; i++)
        {
            await SqlAsync("DROP TABLE t; DELETE FROM mlp_exports");
            proxy.Restart();
            // The end is where the commit is: half of the cuts are there.
            proxy.Limit = i % 2 == 0 ? random.NextInt64(1, whole) : whole - random.NextInt64(0, 300);
            Exception? problem = await Record.ExceptionAsync(() => ExportAsync(table, ExportMode.Append, port: proxy.Port));
            proxy.Limit = long.MaxValue;

            Assert.True(problem is null or ActivityException { Kind: FailureKind.Infrastructure }, $"{problem}");
            string there = await ScalarAsync("SELECT CASE WHEN to_regclass('t') IS NULL THEN 0 ELSE 1 END") == "0" ? "0" : await ScalarAsync("SELECT count(*) FROM t");
            Assert.True(there is "0" or "2000", $"{there} rows");
            // The next attempt says what was written, whichever attempt wrote it.
            Assert.Equal((true, 2000), await ExportAsync(table, ExportMode.Append) is var again ? (again.Written, again.Rows) : default);
            Assert.Equal("2000 2000", await ScalarAsync("SELECT count(*) || ' ' || count(DISTINCT k) FROM t"));
        }
    }

    [Fact]
    public async Task An_import_that_is_cut_at_any_byte_gives_nothing_and_the_next_gives_everything()
    {
        await SqlAsync("CREATE TABLE t AS SELECT i AS k, 'value ' || i AS v FROM generate_series(1, 2000) i");
        PostgresLocation whole = new() { Table = "t", OrderBy = ["k"], Database = "", User = "" };
        await using CuttingProxy proxy = new(_database.Port);
        ArtifactRef table = (await ImportAsync(whole, proxy.Port)).Table!;
        long bytes = proxy.Passed;
        Random random = new(8);
        for (int i = 0; i < 20; i++)
        {
            proxy.Restart();
            proxy.Limit = random.NextInt64(1, bytes);
            ImportData.Outputs? imported = null;
            Exception? problem = await Record.ExceptionAsync(async () => imported = await ImportAsync(whole, proxy.Port));
            proxy.Limit = long.MaxValue;
            // Behind the last row there is only the farewell.
            Assert.True(problem is ActivityException { Code: "DATA-124", Kind: FailureKind.Infrastructure } || imported?.Table == table, $"{problem}");
            Assert.Equal(table.Hash, (await ImportAsync(whole)).Table!.Hash);
        }
    }

    [Fact]
    public async Task Many_exports_at_once_are_each_done_once()
    {
        List<ArtifactRef> tables = [];
        for (int i = 0; i < 3; i++)
            tables.Add(await Table($"k,v\n{i},x\n"));
        await Task.WhenAll(Enumerable.Range(0, 12).Select(async i =>
        {
            using TestActivityContext own = new();
            string folder = own.NewFolder();
            await _context.Artifacts.LayOutAsync(tables[i % 3].Hash, folder, TestContext.Current.CancellationToken);
            ArtifactRef same = await own.Artifacts.PutFolderAsync(folder, "table", TestContext.Current.CancellationToken);
            await own.RunAsync(new ExportData(), new() { Artifact = same, To = At("t"), Mode = ExportMode.Append });
        }));
        Assert.Equal("0 x|1 x|2 x", await RowsAsync());
    }

    [Theory]
    [InlineData("DATA-127", "syntax error", "SELECT 1) q) TO PROGRAM 'true'; --")]
    [InlineData("DATA-127", "read-only", "DELETE FROM t RETURNING *")]
    [InlineData("DATA-122", "does not exist", "SELECT * FROM nothing")]
    public async Task A_query_only_reads(string code, string says, string query)
    {
        await SqlAsync("CREATE TABLE t AS SELECT 1 AS k");

        ActivityException problem = await Assert.ThrowsAsync<ActivityException>(() => ImportAsync(new() { Query = query, Database = "", User = "" }));

        Assert.Equal(code, problem.Code);
        if (says != "read-only")
            Assert.Contains(says, problem.Message, StringComparison.Ordinal);
        Assert.Equal("1", await ScalarAsync("SELECT count(*) FROM t"));
    }

    private Location At(string table, string? orderBy = null) => new()
    {
        Postgres = new() { Host = _database.Host!, Port = _database.Port, Database = _database.Database!, User = _database.Username!, Table = table, OrderBy = orderBy is null ? [] : [orderBy] },
    };

    private Task<ImportData.Outputs> ImportAsync(PostgresLocation what, int? port = null) => _context.RunAsync(new ImportData(), new()
    {
        From = new() { Postgres = what with { Host = _database.Host!, Port = port ?? _database.Port, Database = _database.Database!, User = _database.Username!, Tls = PostgresTls.Disable } },
    });

    private Task<ExportData.Outputs> ExportAsync(ArtifactRef table, ExportMode mode, string? once = null, string? key = null, int? port = null) => _context.RunAsync(new ExportData(), new()
    {
        Artifact = table,
        To = new() { Postgres = At("t").Postgres! with { Port = port ?? _database.Port, Tls = PostgresTls.Disable } },
        Mode = mode,
        Once = once,
        Key = key is null ? [] : [key],
    });

    private async Task<ArtifactRef> Table(string csv) => (await _context.RunAsync(new CollectBees(), new() { Source = _context.Write("t.csv", csv) })).Table;

    private Task<string> RowsAsync() => ScalarAsync("SELECT string_agg(k || ' ' || v, '|' ORDER BY k, v) FROM t");

    private Task<string> SqlAsync(string sql) => ScalarAsync(sql);

    private async Task<string> ScalarAsync(string sql)
    {
        await using NpgsqlConnection connection = new(_database.ConnectionString + ";Pooling=false");
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        await using NpgsqlCommand command = new(sql, connection);
        return Convert.ToString(await command.ExecuteScalarAsync(TestContext.Current.CancellationToken), CultureInfo.InvariantCulture) ?? "";
    }
}
