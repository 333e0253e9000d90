using System.Globalization;
using System.Text.Json;
using MLPlatform.Activities.Data.Stores;
using MLPlatform.Core.Artifacts;
using MLPlatform.IntegrationTests.Data.Stores;
using MLPlatform.IntegrationTests.Postgres;
using Npgsql;
using Xunit;

namespace MLPlatform.IntegrationTests.Data;

/// <summary>
/// Every step between stores, killed at random while it works: the run ends all the same, with the bytes of a run that
/// nobody disturbed, and nothing is anywhere twice.
/// </summary>
public sealed class KillTests(PostgresServer server)
{
    private const int Rows = 60_000;

    [Fact]
    public async Task A_run_whose_processes_are_killed_gives_the_same_bytes_and_nothing_twice()
    {
        await using StoreWorld stores = await StoreWorld.StartAsync();
        ArtifactRef table = await stores.TableAsync(Rows);
        foreach (string store in new[] { "s3", "hdfs" })
            await stores.ExportAsync(table, stores.At(store, "in.csv"));
        await stores.ExportAsync(table, stores.At("file", "in.csv.gz"));
        await File.WriteAllTextAsync(Path.Combine(stores.Folder, "group.json"), Group, TestContext.Current.CancellationToken);

        (string calm, TimeSpan took) = await RunAsync(stores, seed: 0, calm: null);
        for (int seed = 1; seed <= 3; seed++)
            Assert.Equal(calm, (await RunAsync(stores, seed, took)).Facts);
    }

    private async Task<(string Facts, TimeSpan Took)> RunAsync(StoreWorld stores, int seed, TimeSpan? calm)
    {
        bool disturbed = calm is not null;
        NpgsqlConnectionStringBuilder database = new(await server.CreateDatabaseAsync(TestContext.Current.CancellationToken));
        await using NpgsqlConnection connection = new(database.ConnectionString);
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        await ScalarAsync(connection, $"CREATE TABLE source AS SELECT i AS k, 'value ' || i AS v FROM generate_series(1, {Rows}) i; SELECT 1");
        foreach ((string store, string name) in new[] { ("file", "out.csv"), ("s3", "out.jsonl.gz"), ("hdfs", "out.parquet") })
            Put(stores, store, name);

        using KilledPlane plane = new(Path.Combine(AppContext.BaseDirectory, "mlp.dll"), new Random(seed), calm ?? default);
        await plane.ServeAsync();
        JsonElement run = await plane.RunAsync(Pipeline(stores, database), stores.Folder, disturbed ? 12 : 0, disturbed ? 2 : 0);

        Assert.True(run.GetProperty("state").GetString() == "succeeded", run.ToString());
        if (disturbed)
            Assert.True(plane is { WorkersKilled: >= 8, ServersKilled: 2 }, $"{plane.WorkersKilled} workers and {plane.ServersKilled} servers were killed");
        byte[] secret = System.Text.Encoding.UTF8.GetBytes(FakeS3.SecretKey);
        Assert.Equal([], Directory.EnumerateFiles(plane.Home, "*.*", SearchOption.AllDirectories)
            .Where(f => Path.GetFileName(f) == "log" || Path.GetExtension(f) is ".db" or ".db-wal" or ".log" or ".json" or ".jsonl" or ".parquet").Where(f => Contains(f, secret)));
        Assert.NotEmpty(Directory.EnumerateFiles(Path.Combine(plane.Home, "attempts"), "inputs.json", SearchOption.AllDirectories));
        // What is outside, and what is registered.
        List<string> facts = [run.GetProperty("outputs").GetRawText()];
        foreach ((string store, string name) in new[] { ("file", "out.csv"), ("s3", "out.jsonl.gz"), ("hdfs", "out.parquet") })
            facts.Add($"{store} {Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(stores.Seen(store, name)!))}");
        facts.Add(await ScalarAsync(connection, "SELECT count(*) || ' ' || count(DISTINCT row_number) || ' ' || md5(string_agg(t::text, ',' ORDER BY row_number)) FROM appended t"));
        facts.Add(await ScalarAsync(connection, "SELECT count(*)::text FROM mlp_exports"));
        facts.Add($"{(await plane.GetAsync("/api/v1/datasets/killed")).GetProperty("versions").GetArrayLength()} versions");
        JsonElement tables = await plane.GetAsync("/api/v1/features/groups/killed/tables");
        facts.Add($"{tables.GetArrayLength()} tables of features, {tables[0].GetProperty("table").GetString()}");
        facts.Add((await plane.GetAsync("/api/v1/features/online/killed?text=%20blanks%20")).GetProperty("entities").GetRawText());
        return (string.Join('\n', facts), TimeSpan.FromSeconds(run.GetProperty("seconds").GetDouble()));
    }

    private static bool Contains(string file, byte[] needle)
    {
        using FileStream stream = new(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        byte[] bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes.AsSpan().IndexOf(needle) >= 0;
    }

    private static void Put(StoreWorld stores, string store, string name)
    {
        byte[] old = "old"u8.ToArray();
        if (store == "s3")
            stores.S3["out/" + name] = old;
        else if (store == "hdfs")
            stores.Hdfs["/user/me/out/" + name] = old;
        else
            File.WriteAllBytes(Path.Combine(stores.Folder, name), old);
    }

    private static async Task<string> ScalarAsync(NpgsqlConnection connection, string sql)
    {
        await using NpgsqlCommand command = new(sql, connection);
        return Convert.ToString(await command.ExecuteScalarAsync(TestContext.Current.CancellationToken), CultureInfo.InvariantCulture)!;
    }

    private const string Group = """
        {
          "id": "killed", "version": 1, "owner": "tests", "entity": [{ "name": "text", "type": "string" }], "eventTime": "at",
          "features": [
            { "name": "seen", "aggregate": { "op": "count", "window": "P1D" } },
            { "name": "total", "aggregate": { "op": "sum", "column": "x", "window": "P7D" } }
          ]
        }
        """;

    private static string[] List(params string[] items) => items;

    private static JsonElement Pipeline(StoreWorld stores, NpgsqlConnectionStringBuilder database)
    {
        object Postgres(string table, string[]? orderBy = null) =>
            new { host = database.Host, port = database.Port, database = database.Database, user = database.Username, tls = "disable", table, orderBy };
        JsonSerializerOptions json = new(JsonSerializerOptions.Web) { DefaultIgnoreCondition = System.Text.Json.Serialization.JsonIgnoreCondition.WhenWritingNull };
        JsonElement At(string store, string name) => JsonSerializer.SerializeToElement(stores.At(store, name), json);
        object reading = new { columns = StoreWorld.Columns.Select(c => new { name = c.Name, type = MLPlatform.Activities.Tables.ColumnTypes.Name(c.Type!.Value) }) };
        object Activity(string type, object inputs, params string[] after) => new { type, inputs, dependsOn = after };
        object Import(string store, string name) => Activity("data.import", new { from = At(store, name), reading });
        object Export(string store, string name) => Activity("data.export", new { artifact = "${{ activities.check.outputs.table }}", to = At(store, name) });
        return JsonSerializer.SerializeToElement(new
        {
            id = "killed",
            advanced = new { retry = new { maxAttempts = 40, backoff = "fixed", initialDelay = "PT0.02S", jitter = false } },
            activities = new Dictionary<string, object>
            {
                ["file"] = Import("file", "in.csv.gz"),
                ["s3"] = Import("s3", "in.csv"),
                ["hdfs"] = Import("hdfs", "in.csv"),
                ["pg"] = Activity("data.import", new { from = new { postgres = Postgres("source", List("k")) } }),
                ["check"] = Activity("data.check", new
                {
                    table = "${{ activities.file.outputs.table }}",
                    reference = "${{ activities.s3.outputs.table }}",
                    expectations = new object[] { new { unique = List("id", "text", "x", "yes", "at"), maxFraction = 1 }, new { drift = new { columns = List("x", "text"), maxPsi = 0.1 } } },
                }),
                ["groups"] = Activity("data.aggregate", new
                {
                    table = "${{ activities.check.outputs.table }}",
                    groupBy = List("yes"),
                    measures = new object[] { new { name = "rows", count = true }, new { name = "texts", distinct = "text" }, new { name = "median", quantile = new { column = "x", share = 0.5 } } },
                }),
                ["numbered"] = Activity("data.sql", new { tables = new { t = "${{ activities.hdfs.outputs.table }}" }, sql = "SELECT row_number() OVER () AS row_number, id, text FROM t" }),
                ["append"] = Activity("data.export", new { artifact = "${{ activities.numbered.outputs.table }}", to = new { postgres = Postgres("appended") }, mode = "append" }),
                ["toFile"] = Export("file", "out.csv"),
                ["toS3"] = Export("s3", "out.jsonl.gz"),
                ["toHdfs"] = Export("hdfs", "out.parquet"),
                ["dataset"] = Activity("dataset.publish", new { name = "killed", table = "${{ activities.check.outputs.table }}" }),
                ["features"] = Activity("features.aggregate", new { table = "${{ activities.check.outputs.table }}", group = Path.Combine(stores.Folder, "group.json") }),
                ["labels"] = Activity("data.sql", new { tables = new { t = "${{ activities.s3.outputs.table }}" }, sql = "SELECT text, \"at\", yes FROM t WHERE text IS NOT NULL AND \"at\" IS NOT NULL" }),
                ["join"] = Activity("features.join", new { labels = "${{ activities.labels.outputs.table }}", time = "at", groups = new[] { new { features = "${{ activities.features.outputs.table }}" } } }),
                ["build"] = Activity("features.build", new { table = "${{ activities.join.outputs.table }}", features = new object[] { new { hash = List("text") }, new { bucketize = List("total"), buckets = 8 } } }),
                ["online"] = Activity("features.publish", new { features = "${{ activities.features.outputs.table }}", verify = true }),
            },
            outputs = new Dictionary<string, string>
            {
                ["file"] = "${{ activities.file.outputs.table }}",
                ["s3"] = "${{ activities.s3.outputs.table }}",
                ["hdfs"] = "${{ activities.hdfs.outputs.table }}",
                ["pg"] = "${{ activities.pg.outputs.table }}",
                ["report"] = "${{ activities.check.outputs.report }}",
                ["groups"] = "${{ activities.groups.outputs.table }}",
                ["features"] = "${{ activities.features.outputs.table }}",
                ["joined"] = "${{ activities.join.outputs.table }}",
                ["built"] = "${{ activities.build.outputs.features }}",
                ["version"] = "${{ activities.dataset.outputs.version }}",
                ["number"] = "${{ activities.online.outputs.number }}",
                ["verified"] = "${{ activities.online.outputs.verified }}",
                ["appended"] = "${{ activities.append.outputs.rows }}",
            },
        }, json);
    }
}
