using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Xunit;

namespace MLPlatform.IntegrationTests.Server;

public sealed class PipelineTests(TestPlatform platform) : IClassFixture<TestPlatform>
{
    [Fact]
    public async Task A_pipeline_is_applied_changed_paused_run_and_removed()
    {
        string first = Flows.Chain.Replace("\"chain\"", "\"life\"", StringComparison.Ordinal);
        HttpResponseMessage applied = await ApplyAsync(first, "/flows");
        Assert.Equal(HttpStatusCode.Created, applied.StatusCode);
        Assert.Equal("/api/v1/pipelines/life", applied.Headers.Location?.ToString());
        Assert.Equal(HttpStatusCode.OK, (await ApplyAsync(first, "/flows")).StatusCode);
        Assert.Equal(HttpStatusCode.Created, (await ApplyAsync(first.Replace("\"default\": 2", "\"default\": 3", StringComparison.Ordinal), "/flows")).StatusCode);

        JsonElement shown = await platform.GetJsonAsync("api/v1/pipelines/life");
        Assert.Equal(2, shown.GetProperty("pipeline").GetProperty("revision").GetInt32());
        Assert.Equal("life", shown.GetProperty("file").GetProperty("id").GetString());
        Assert.Equal([2, 1], (await platform.GetJsonAsync("api/v1/pipelines/life/revisions")).EnumerateArray().Select(r => r.GetProperty("revision").GetInt32()));
        Assert.Contains("life", (await platform.GetJsonAsync("api/v1/pipelines")).EnumerateArray().Select(p => p.GetProperty("id").GetString()));

        Assert.True(await PausedAfterAsync("pause"));
        Assert.False(await PausedAfterAsync("unpause"));

        HttpResponseMessage started = await platform.Client.PostAsJsonAsync("api/v1/runs", new { pipeline = "life" });
        Guid run = (await started.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("id").GetGuid();
        JsonElement outputs = (await platform.WaitAsync(run, "succeeded")).GetProperty("outputs");
        Assert.Equal("/flows/in.csv", outputs.GetProperty("data").GetString());
        Assert.Equal(3, outputs.GetProperty("size").GetInt32());

        Assert.Equal(HttpStatusCode.NoContent, (await platform.Client.DeleteAsync("api/v1/pipelines/life")).StatusCode);
        await ProblemAssert.IsAsync(await platform.Client.GetAsync("api/v1/pipelines/life"), 404, "API-004");
        await platform.GetJsonAsync($"api/v1/runs/{run}");
    }

    [Fact]
    public async Task What_is_in_scope_is_told_for_a_place_of_a_draft()
    {
        HttpResponseMessage response = await platform.Client.PostAsJsonAsync("api/v1/pipelines/scope", new
        {
            pipeline = """{ "id": "x", "activities": { "a": { "type": "bees.collect" }, "b": { "type": "data.clean" }, "c": { "type": "control.noop", "dependsOn": ["b"] } } }""",
            place = "inputs",
            activity = "b",
            input = "table",
        });
        JsonElement scope = await response.Content.ReadFromJsonAsync<JsonElement>();
        Assert.True(scope.GetProperty("readable").GetBoolean());
        JsonElement first = scope.GetProperty("names")[0];
        Assert.Equal(("activities.a.outputs.table", "table", "artifact", true), (first.GetProperty("text").GetString(), first.GetProperty("flow").GetString(),
            first.GetProperty("type").GetString(), first.GetProperty("fits").GetBoolean()));
        Assert.DoesNotContain(scope.GetProperty("names").EnumerateArray(), n => n.GetProperty("text").GetString() == "activities.c.status");

        response = await platform.Client.PostAsJsonAsync("api/v1/pipelines/scope", new { pipeline = "{ \"id\": ", place = "outputs" });
        Assert.False((await response.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("readable").GetBoolean());
    }

    [Fact]
    public async Task What_an_activity_gave_last_is_told_with_its_run()
    {
        const string draft = """{ "id": "gives", "activities": { "once": { "type": "sample.appstore", "inputs": { "seed": 1, "days": 1, "users": 10, "impressionsPerDay": 10 } } } }""";
        Assert.Equal(0, (await platform.GetJsonAsync("api/v1/pipelines/gives/results?activity=once")).GetArrayLength());
        HttpResponseMessage started = await platform.Client.PostAsJsonAsync("api/v1/runs", new { file = new { pipeline = draft } });
        Guid run = (await started.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("id").GetGuid();
        await platform.WaitAsync(run, "succeeded");
        JsonElement last = Assert.Single((await platform.GetJsonAsync("api/v1/pipelines/gives/results?activity=once")).EnumerateArray());
        Assert.Equal((run, "sample.appstore"), (last.GetProperty("run").GetGuid(), last.GetProperty("type").GetString()));
        Assert.StartsWith("sha256:", last.GetProperty("outputs").GetProperty("impressions").GetProperty("$artifact").GetString(), StringComparison.Ordinal);
        Assert.Equal(0, (await platform.GetJsonAsync("api/v1/pipelines/gives/results?activity=other")).GetArrayLength());
    }

    [Fact]
    public async Task Validation_tells_every_error_with_its_place()
    {
        HttpResponseMessage response = await platform.Client.PostAsJsonAsync("api/v1/pipelines/validate", new
        {
            pipeline = "{\n  \"id\": \"x\",\n  \"activities\": { \"a\": { \"type\": \"control.nop\" } }\n}",
            fileName = "flows/x.json",
        });
        JsonElement result = await response.Content.ReadFromJsonAsync<JsonElement>();
        Assert.False(result.GetProperty("valid").GetBoolean());
        JsonElement diagnostic = Assert.Single(result.GetProperty("diagnostics").EnumerateArray());
        Assert.Equal("flows/x.json", diagnostic.GetProperty("file").GetString());
        Assert.Equal(3, diagnostic.GetProperty("line").GetInt32());
        Assert.Contains("control.noop", diagnostic.GetProperty("hint").GetString(), StringComparison.Ordinal);
        Assert.Equal("error", diagnostic.GetProperty("severity").GetString());
    }

    [Fact]
    public async Task A_pipeline_with_errors_is_not_applied() =>
        await ProblemAssert.IsAsync(await ApplyAsync("{}", null), 422, "API-012");

    [Fact]
    public async Task A_relative_folder_is_refused() =>
        await ProblemAssert.IsAsync(await ApplyAsync(Flows.Chain, "flows"), 400, "API-003");

    [Fact]
    public async Task A_plan_shows_order_cache_resources_and_the_critical_path()
    {
        HttpResponseMessage response = await platform.Client.PostAsJsonAsync("api/v1/plan", new { file = new { pipeline = Flows.Chain } });
        JsonElement plan = await response.Content.ReadFromJsonAsync<JsonElement>();
        Assert.True(response.IsSuccessStatusCode, plan.ToString());
        Assert.Equal(["first", "each", "last"], plan.GetProperty("nodes").EnumerateArray().Select(n => n.GetProperty("name").GetString()));
        Assert.Equal(["first", "each", "last"], plan.GetProperty("criticalPath").EnumerateArray().Select(n => n.GetString()));
        Assert.Equal(3, plan.GetProperty("levels").GetInt32());
        Assert.All(plan.GetProperty("nodes").EnumerateArray(), n => Assert.Equal("miss", n.GetProperty("cache").GetString()));
    }

    [Fact]
    public async Task Activity_types_come_with_their_schemas()
    {
        Assert.Contains("control.wait", (await platform.GetJsonAsync("api/v1/activities")).EnumerateArray().Select(a => a.GetProperty("type").GetString()));
        foreach (JsonElement type in (await platform.GetJsonAsync("api/v1/activities")).EnumerateArray())
        {
            JsonElement detail = await platform.GetJsonAsync($"api/v1/activities/{type.GetProperty("type").GetString()}");
            Assert.Equal(JsonValueKind.Object, detail.GetProperty("inputs").ValueKind);
        }
        JsonElement wait = await platform.GetJsonAsync("api/v1/activities/control.wait");
        Assert.Equal("How long to wait, as an ISO 8601 duration.",
            wait.GetProperty("inputs").GetProperty("properties").GetProperty("duration").GetProperty("description").GetString());
        JsonElement check = (await platform.GetJsonAsync("api/v1/activities/data.check")).GetProperty("inputs").GetProperty("properties");
        Assert.True(check.GetProperty("fail").GetProperty("default").GetBoolean());
        Assert.False(check.GetProperty("table").TryGetProperty("default", out _)); // It must be given.
    }

    private async Task<bool> PausedAfterAsync(string verb)
    {
        HttpResponseMessage response = await platform.Client.PostAsync($"api/v1/pipelines/life/{verb}", null);
        return (await response.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("paused").GetBoolean();
    }

    private Task<HttpResponseMessage> ApplyAsync(string pipeline, string? folder) =>
        platform.Client.PostAsJsonAsync("api/v1/pipelines", new { pipeline, folder });
}
