using System.Net.Http.Json;
using System.Text.Json;
using MLPlatform.IntegrationTests.Server;
using Xunit;

namespace MLPlatform.IntegrationTests.Lineage;

/// <summary>What events tell of columns, checks and code, sent and taken.</summary>
public sealed class OpenLineageFacetTests(TestPlatform platform) : IClassFixture<TestPlatform>
{
    private const string Commit = "0123456789abcdef0123456789abcdef01234567";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Columns_checks_and_code_are_told_although_the_receiver_did_not_answer_at_first()
    {
        await using LineageReceiver receiver = new();
        await receiver.StartAsync();
        receiver.BeSilent(1);
        await using SendingPlatform sender = new(receiver.Url);
        await sender.InitializeAsync();
        string folder = Repository(sender.Home);
        File.WriteAllLines(Path.Combine(folder, "a.csv"), ["n,k", "1,x", "2,x", ",y"]);
        JsonElement pipeline = JsonElement.Parse($$$"""
            { "id": "told", "activities": {
              "collect": { "type": "bees.collect", "inputs": { "source": "{{{folder}}}/a.csv" } },
              "sum": { "type": "data.sql", "inputs": { "tables": { "t": "${{ activities.collect.outputs.table }}" }, "sql": "SELECT k, sum(n) AS total FROM t GROUP BY k" } },
              "check": { "type": "data.check", "inputs": { "table": "${{ activities.collect.outputs.table }}",
                "expectations": [{ "notNull": ["n"] }, { "unique": ["k"], "severity": "warning" }, { "volume": { "min": 1 } }] } } } }
            """);
        using HttpResponseMessage started = await sender.Client.PostAsJsonAsync("api/v1/runs", new { file = new { pipeline, folder } }, Cancel);
        Guid run = (await started.Content.ReadFromJsonAsync<JsonElement>(Cancel)).GetProperty("id").GetGuid();
        await sender.WaitAsync(run, "failed");
        JsonElement[] events = await EventsAsync(receiver, "told", "FAIL");
        Assert.All(events, EventShape.Check);

        // 1. Columns, by the names that the datasets have in the events.
        JsonElement sum = Job(events, "told.sum", "COMPLETE");
        JsonElement columns = sum.GetProperty("outputs")[0].GetProperty("facets").GetProperty("columnLineage");
        Assert.Equal("told.collect.table n AGGREGATION", Field(columns.GetProperty("fields").GetProperty("total").GetProperty("inputFields")[0]));
        Assert.Equal("told.collect.table k GROUP_BY", Field(columns.GetProperty("dataset")[0]));
        JsonElement collect = Job(events, "told.collect", "COMPLETE");
        JsonElement table = collect.GetProperty("outputs").EnumerateArray().Single(o => o.GetProperty("name").GetString() == "told.collect.table");
        Assert.Equal($"{folder}/a.csv n IDENTITY", Field(table.GetProperty("facets").GetProperty("columnLineage").GetProperty("fields").GetProperty("n").GetProperty("inputFields")[0]));
        Assert.Equal(["n", "k"], table.GetProperty("facets").GetProperty("schema").GetProperty("fields").EnumerateArray().Select(f => f.GetProperty("name").GetString()));

        // 2. What the failed check found.
        JsonElement checks = Job(events, "told.check", "FAIL").GetProperty("inputs")[0].GetProperty("inputFacets");
        Assert.Equal(["notNull n False error", "unique k False warn", "volume  True error"], checks.GetProperty("dataQualityAssertions").GetProperty("assertions").EnumerateArray().Select(a =>
            $"{a.GetProperty("assertion")} {(a.TryGetProperty("column", out JsonElement c) ? c : "")} {a.GetProperty("success").GetBoolean()} {a.GetProperty("severity")}"));
        JsonElement metrics = checks.GetProperty("dataQualityMetrics");
        Assert.Equal((3, 1, 2, 2.0), (metrics.GetProperty("rowCount").GetInt32(), Metric(metrics, "n", "nullCount"), Metric(metrics, "n", "distinctCount"), Metric(metrics, "n", "max")));

        // 3. Where the code is from, without the password of its repository, and what the query was.
        JsonElement code = Job(events, "told", "START").GetProperty("job").GetProperty("facets").GetProperty("sourceCodeLocation");
        Assert.Equal(("git", "https://example.com/team/flows.git", "daily", Commit, "main", $"https://example.com/team/flows/blob/{Commit}/daily"), (Text(code, "type"), Text(code, "repoUrl"), Text(code, "path"), Text(code, "version"), Text(code, "branch"), Text(code, "url")));
        Assert.StartsWith("SELECT k, sum(n)", Text(sum.GetProperty("job").GetProperty("facets").GetProperty("sql"), "query"), StringComparison.Ordinal);
        Assert.Equal("duckdb", Text(sum.GetProperty("job").GetProperty("facets").GetProperty("sql"), "dialect"));

        // 4. How sending stands.
        JsonElement sending = await sender.GetJsonAsync("api/v1/lineage/sending");
        Assert.Equal((receiver.Url, JsonValueKind.Null), (Text(sending, "to"), sending.TryGetProperty("problem", out JsonElement problem) ? problem.ValueKind : JsonValueKind.Null));
        Assert.NotEqual(JsonValueKind.Null, sending.GetProperty("tookAt").ValueKind);
        foreach (JsonElement e in events)
            Assert.Equal(201, (int)(await platform.Client.PostAsJsonAsync("api/v1/lineage", e, Cancel)).StatusCode);
    }

    [Fact]
    public async Task Facets_of_others_are_kept_the_newest_of_each_and_their_columns_are_followed()
    {
        async Task PutAsync(int status, string time, string output, string facets) => Assert.Equal(status, (int)(await platform.Client.PostAsJsonAsync("api/v1/lineage", JsonElement.Parse($$"""
            { "eventType": "COMPLETE", "eventTime": "{{time}}", "producer": "https://example.com/dbt", "schemaURL": "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent",
              "run": { "runId": "0195555d-0000-7000-8000-000000000002" }, "job": { "namespace": "dbt", "name": "model" }, "inputs": [],
              "outputs": [ { "namespace": "wh", "name": "{{output}}", "facets": {{facets}} } ] }
            """), Cancel)).StatusCode);
        string Columns(string from, string column) => $$"""{ "columnLineage": { "_producer": "urn:x", "_schemaURL": "urn:x", "fields": { "total": { "inputFields": [ { "namespace": "wh", "name": "{{from}}", "field": "{{column}}", "transformations": [ { "type": "DIRECT", "subtype": "AGGREGATION" } ] } ] } } } }""";
        await PutAsync(201, "2026-03-01T10:00:00Z", "mart", Columns("stage", "total"));
        await PutAsync(201, "2026-03-01T09:00:00Z", "mart", Columns("old", "gone"));
        await PutAsync(201, "2026-03-01T10:00:00Z", "stage", Columns("raw", "amount"));
        await PutAsync(400, "2026-03-01T10:00:00Z", "stage", """{ "columnLineage": { "fields": 7 } }""");
        JsonElement up = await platform.GetJsonAsync("api/v1/lineage/external/columns?namespace=wh&name=mart&column=total");
        Assert.Equal(["column:external:wh/mart/total", "column:external:wh/raw/amount", "column:external:wh/stage/total"], up.GetProperty("nodes").EnumerateArray().Select(n => Text(n, "id")));
        Assert.All(up.GetProperty("edges").EnumerateArray(), e => Assert.Equal("aggregation", Text(e, "as")));
        JsonElement facets = (await platform.GetJsonAsync("api/v1/lineage/external/facets?namespace=wh&name=mart")).GetProperty("facets");
        Assert.Equal("stage", Text(facets.GetProperty("columnLineage").GetProperty("fields").GetProperty("total").GetProperty("inputFields")[0], "name"));
        await PutAsync(201, "2026-03-02T10:00:00Z", "mart", """{ "columnLineage": { "_deleted": true } }""");
        Assert.Empty((await platform.GetJsonAsync("api/v1/lineage/external/facets?namespace=wh&name=mart")).GetProperty("facets").EnumerateObject());
    }

    /// <summary>A folder of a repository, as git leaves it; its address holds a password.</summary>
    private static string Repository(string home)
    {
        string root = Path.Combine(home, "flows"), folder = Directory.CreateDirectory(Path.Combine(root, "daily")).FullName;
        Directory.CreateDirectory(Path.Combine(root, ".git/refs/heads"));
        File.WriteAllText(Path.Combine(root, ".git/HEAD"), "ref: refs/heads/main\n");
        File.WriteAllText(Path.Combine(root, ".git/refs/heads/main"), Commit + "\n");
        File.WriteAllText(Path.Combine(root, ".git/config"), "[core]\n\tbare = false\n[remote \"origin\"]\n\turl = https://bot:s3cret@example.com/team/flows.git\n");
        return folder;
    }

    private static async Task<JsonElement[]> EventsAsync(LineageReceiver receiver, string job, string end)
    {
        using CancellationTokenSource deadline = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        deadline.CancelAfter(Eventually.Patience);
        while (!receiver.Events.Any(e => Text(e.GetProperty("job"), "name") == job && Text(e, "eventType") == end))
            await Task.Delay(20, deadline.Token);
        return [.. receiver.Events];
    }

    private static JsonElement Job(JsonElement[] events, string name, string type) => events.First(e => Text(e.GetProperty("job"), "name") == name && Text(e, "eventType") == type);

    private static string Field(JsonElement input) => $"{Text(input, "name")} {Text(input, "field")} {Text(input.GetProperty("transformations")[0], "subtype")}";

    private static double Metric(JsonElement metrics, string column, string name) => metrics.GetProperty("columnMetrics").GetProperty(column).GetProperty(name).GetDouble();

    private static string Text(JsonElement of, string name) => of.GetProperty(name).GetString()!;
}
