using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using MLPlatform.Core.Deployments;
using MLPlatform.IntegrationTests.Server;
using MLPlatform.Server.Deployments;
using MLPlatform.Storage.Bees;
using Xunit;

namespace MLPlatform.IntegrationTests.Deployments;

/// <summary>Impressions, feedback and what is decided by them, over HTTP.</summary>
public sealed class FeedbackTests : IAsyncLifetime
{
    private readonly string _name = "d" + Guid.NewGuid().ToString("N");
    private readonly TestPlatform _platform = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync() => _platform.InitializeAsync();

    public ValueTask DisposeAsync() => _platform.DisposeAsync();

    [Fact]
    public async Task Every_row_that_is_scored_becomes_an_impression_that_pipelines_can_read()
    {
        await SmallModels.RegisterAsync(_platform, _name, "a", "b");
        await PostAsync($"deployments/{_name}/deploy", new { version = 1, settings = new { itemColumn = "app", keepRows = true, positive = "click" } });
        await PostAsync($"deployments/{_name}/deploy", new { version = 2, role = "shadow" });
        JsonElement answer = await ScoreAsync("r1", "a", "b");
        List<JsonElement> impressions = await ImpressionsAsync(4);
        Assert.Equal(["a 1 champion", "b 1 champion", "a 2 shadow", "b 2 shadow"], impressions.Select(i => $"{Text(i, "item")} {i.GetProperty("version")} {Text(i, "role")}"));
        Assert.All(impressions, i => Assert.Equal(("r1", _name, 16), (Text(i, "requestId"), Text(i, "model"), Text(i, "features").Length)));
        Assert.Equal(answer.GetProperty("scores").EnumerateArray().Select(s => s.GetSingle()), impressions.Take(2).Select(i => i.GetProperty("score").GetSingle()));
        Assert.NotEqual(impressions[0].GetProperty("score").GetSingle(), impressions[2].GetProperty("score").GetSingle());
        Assert.Equal(Text(impressions[0], "features"), Text(impressions[2], "features"));
        Assert.NotEqual(Text(impressions[0], "features"), Text(impressions[1], "features"));
        Assert.Equal("b", Text(impressions[1].GetProperty("row"), "app"));
        string pipeline = $$"""{ "id": "read-{{_name}}", "activities": { "collect": { "type": "bees.collect", "inputs": { "source": "source:impressions.{{_name}}" } } } }""";
        using HttpResponseMessage valid = await _platform.Client.PostAsJsonAsync("api/v1/pipelines/validate", new { pipeline }, Cancel);
        Assert.True(valid.IsSuccessStatusCode);
    }

    [Fact]
    public async Task Feedback_is_kept_once_joined_in_any_order_and_told_by_version()
    {
        await DeployAsync();
        for (int i = 0; i < 10; i++)
            await ScoreAsync($"r{i}", "a", "b");
        await ImpressionsAsync(20);
        object[] events = [.. Enumerable.Range(0, 5).Select(i => new { eventId = $"e{i}", requestId = $"r{i}", item = "0" })];
        JsonElement first = await PostAsync("feedback", new { deployment = _name, events }), again = await PostAsync("feedback", new { deployment = _name, events });
        Assert.Equal((5, 0, 5), Counts(first));
        Assert.Equal((0, 5, 0), Counts(again));
        // Earlier than its impression, of another type, and of a request that never was.
        Assert.Equal((3, 0, 0), Counts(await PostAsync("feedback", new
        {
            deployment = _name,
            events = new object[] { new { eventId = "x1", requestId = "later" }, new { eventId = "x2", requestId = "r9", type = "install", value = 2.5 }, new { eventId = "x3", requestId = "never", at = "2020-01-01T00:00:00Z" } },
        })));
        await ScoreAsync("later", "a");
        await ImpressionsAsync(21);
        JsonElement metrics = await _platform.GetJsonAsync($"api/v1/deployments/{_name}/metrics?window=PT1H");
        JsonElement figures = metrics.GetProperty("versions")[0].GetProperty("figures");
        Assert.Equal((1, 11, 21, 6, 0), (figures.GetProperty("version").GetInt32(), figures.GetProperty("requests").GetInt32(), figures.GetProperty("impressions").GetInt32(), figures.GetProperty("positives").GetInt32(), figures.GetProperty("errors").GetInt32()));
        Assert.True(figures.GetProperty("auc").GetDouble() > 0.6, figures.ToString());
        Assert.Equal((1, 0), (metrics.GetProperty("unmatched").GetInt32(), metrics.GetProperty("lost").GetInt32()));
    }

    [Fact]
    public async Task Nothing_that_is_sent_stops_the_log_of_impressions()
    {
        await SmallModels.RegisterAsync(_platform, _name, "a");
        await PostAsync($"deployments/{_name}/deploy", new { version = 1, settings = new { itemColumn = "item", keyColumn = "user", keepRows = true } });
        await ScoreAsync("first", "a");
        await ImpressionsAsync(1);
        await ProblemAssert.IsAsync(await SendAsync("score", """{"rows": [{"app": "a"}], "at": "0001-01-01T00:00:00Z"}"""), 400, "SERVE-002");
        foreach (string half in new[] { "app", "user" })
            await ProblemAssert.IsAsync(await SendAsync("score", $$"""{"rows": [{"app": "a", "{{half}}": "\ud800"}]}"""), 400, "SERVE-008");
        using (HttpResponseMessage unreadable = await SendAsync("score", """{"requestId": "lost", "rows": [{"app": "a", "item": "\ud800"}]}"""))
            Assert.Equal(HttpStatusCode.OK, unreadable.StatusCode);
        await ScoreAsync("last", "a");
        await Eventually.SeeAsync("the impression of the last request", Records, all => all.Any(r => Text(r, "requestId") == "last"));
    }

    [Fact]
    public async Task Records_of_others_in_the_sources_count_for_nothing()
    {
        await DeployAsync();
        await ScoreAsync("r1", "a");
        await ImpressionsAsync(1);
        await PostAsync("feedback", new { deployment = _name, events = new[] { new { eventId = "e1", requestId = "r1" } } });
        foreach (string source in new[] { "impressions", "feedback" })
        {
            const string Lines = """
                {"requestId":"x","item":"0","version":"1","score":0.5,"at":5,"ce_type":"click","ce_time":5}
                {"requestId":"x","item":"0","version":1,"score":0.5,"at":5}
                {"requestId":"\ud800","item":"0","version":1,"score":0.5,"at":"2026-01-01T00:00:00Z","ce_type":"click","ce_time":"2026-01-01T00:00:00Z"}
                {"requestId":"x","item":"0","version":1,"score":0.5,"at":"0001-01-01T00:00:00Z","ce_type":"\udc00","ce_time":"0001-01-01T00:00:00Z"}

                """;
            using HttpResponseMessage sent = await _platform.Client.PostAsync($"api/v1/bees/sources/{source}.{_name}/lines", new StringContent(Lines), Cancel);
            Assert.True(sent.IsSuccessStatusCode);
        }
        Deployment deployment = (await _platform.Get<IDeploymentStore>().FindAsync(_name, Cancel))!;
        ServingWindows fresh = new(_platform.Get<LandingLogs>(), _platform.Get<Microsoft.Extensions.Options.IOptions<ServingOptions>>(), TimeProvider.System);
        VersionFigures figures = Assert.Single(await fresh.FiguresAsync(deployment, TimeProvider.System.GetUtcNow().AddHours(-1)));
        Assert.Equal((1, 1), (figures.Impressions, figures.Positives));
    }

    [Fact]
    public async Task What_cannot_be_feedback_is_refused_whole()
    {
        await DeployAsync();
        foreach (object bad in new object[] { new { eventId = "", requestId = "r" }, new { eventId = "e", requestId = "" }, new { eventId = "e", requestId = "r", type = new string('t', 300) }, new { eventId = "e", requestId = "r", at = TimeProvider.System.GetUtcNow().AddDays(1) }, new { eventId = "e", requestId = "r", at = "0001-01-01T00:00:00Z" }, null! })
        {
            using HttpResponseMessage response = await _platform.Client.PostAsJsonAsync("api/v1/feedback", new { deployment = _name, events = new[] { new { eventId = "good", requestId = "r" }, bad } }, Cancel);
            await ProblemAssert.IsAsync(response, 400, "SERVE-009");
        }
        Assert.Equal((1, 0, 0), Counts(await PostAsync("feedback", new { deployment = _name, events = new[] { new { eventId = "good", requestId = "r" } } })));
        await ProblemAssert.IsAsync(await _platform.Client.PostAsJsonAsync("api/v1/feedback", new { deployment = "none", events = Array.Empty<object>() }, Cancel), 404, "API-004");
        await ProblemAssert.IsAsync(await _platform.Client.GetAsync($"api/v1/deployments/{_name}/metrics?window=soon", Cancel), 400, "API-003");
    }

    [Fact]
    public async Task The_past_is_asked_with_a_trigger_as_pipeline_files_write_it()
    {
        await DeployAsync();
        await ScoreAsync("r1", "a");
        await ImpressionsAsync(1);
        await PostAsync("feedback", new { deployment = _name, events = new[] { new { eventId = "e1", requestId = "r1" } } });
        JsonElement trigger = JsonElement.Parse($$"""{ "name": "n", "type": "feedback", "model": "{{_name}}", "minEvents": 1, "window": "PT1H", "coolDown": "PT6H" }""");
        Assert.Equal(1, (await PostAsync("triggers/preview", new { trigger, days = 2 })).GetProperty("firings").GetArrayLength());
        foreach (string wrong in new[] { """{ "model": "x", "minEvents": 1 }""", """{ "type": "feedback", "model": "x", "minEvents": 1, "window": "1h" }""", "null" })
            await ProblemAssert.IsAsync(await _platform.Client.PostAsJsonAsync("api/v1/triggers/preview", new { trigger = JsonElement.Parse(wrong) }, Cancel), 400, "API-003");
    }

    [Fact]
    public async Task Figures_are_made_again_from_the_logs_after_a_start()
    {
        await DeployAsync();
        await ScoreAsync("r1", "a", "b");
        await ImpressionsAsync(2);
        await PostAsync("feedback", new { deployment = _name, events = new[] { new { eventId = "e1", requestId = "r1", item = "1" } } });
        Deployment deployment = (await _platform.Get<IDeploymentStore>().FindAsync(_name, Cancel))!;
        ServingWindows fresh = new(_platform.Get<LandingLogs>(), _platform.Get<Microsoft.Extensions.Options.IOptions<ServingOptions>>(), TimeProvider.System);
        VersionFigures figures = Assert.Single(await fresh.FiguresAsync(deployment, DateTimeOffset.UnixEpoch));
        Assert.Equal((2, 1), (figures.Impressions, figures.Positives));
    }

    [Fact]
    public async Task A_policy_gives_a_bad_canary_up_and_promotes_a_good_one_and_the_history_holds_the_figures()
    {
        await SmallModels.RegisterAsync(_platform, _name, "a", "b", "a");
        await PostAsync($"deployments/{_name}/deploy", new { version = 1 });
        await PutAsync("policy", new { policy = new { minImpressions = 30, minRequests = 10, after = "PT0S", guards = new object[] { new { metric = "auc", min = 0.6 }, new { metric = "errorRate", max = 0.5 } } } });
        foreach ((int version, string action) in new[] { (2, "rollback"), (3, "promote") })
        {
            await PostAsync($"deployments/{_name}/deploy", new { version, role = "canary", percent = 100 });
            await RunPolicyAsync();
            Assert.Equal("deploy", Text(await LastAsync(), "action"));
            Assert.Equal($"the canary, version {version}, has had 0 of 10 requests", Text(await _platform.GetJsonAsync($"api/v1/deployments/{_name}"), "policyWaits"));
            // People like a. What was not clicked before the change counts for nothing: figures begin with the revision.
            for (int i = 0; i < 20; i++)
                await ScoreAsync($"v{version}-{i}", "a", "b");
            await ImpressionsAsync((version - 1) * 40);
            await PostAsync("feedback", new { deployment = _name, events = Enumerable.Range(0, 20).Select(i => new { eventId = $"v{version}-{i}", requestId = $"v{version}-{i}", item = "0" }) });
            await RunPolicyAsync();
            JsonElement last = await LastAsync();
            Assert.Equal((action, "policy"), (Text(last, "action"), Text(last, "by")));
            Assert.Contains(last.GetProperty("figures").EnumerateArray(), f => f.GetProperty("version").GetInt32() == version && f.GetProperty("positives").GetInt32() == 20);
        }
        JsonElement now = await _platform.GetJsonAsync($"api/v1/deployments/{_name}");
        Assert.Equal(3, now.GetProperty("champion").GetInt32());
        Assert.False(now.TryGetProperty("policyWaits", out _)); // Of the revision before.
        using HttpResponseMessage bad = await _platform.Client.PutAsJsonAsync($"api/v1/deployments/{_name}/policy", new { policy = new { guards = new[] { new { metric = "auc" } } } }, Cancel);
        await ProblemAssert.IsAsync(bad, 400, "SERVE-006");
    }

    [Fact]
    public async Task Impressions_that_wait_are_durable_when_the_server_has_stopped()
    {
        await DeployAsync();
        for (int i = 0; i < 50; i++)
            await ScoreAsync($"r{i}", "a", "b", "c");
        await _platform.Get<ImpressionLog>().StopAsync(Cancel);
        Assert.Equal((0, 0), (_platform.Get<ImpressionLog>().Waiting, _platform.Get<ImpressionLog>().Lost));
        Assert.Equal(150, Records().Count);
    }

    private async Task DeployAsync()
    {
        await SmallModels.RegisterAsync(_platform, _name, "a");
        await PostAsync($"deployments/{_name}/deploy", new { version = 1 });
    }

    private Task<JsonElement> ScoreAsync(string requestId, params string[] apps) =>
        PostAsync($"deployments/{_name}/score", new { requestId, rows = apps.Select(app => new { app, price = 1.0 }) });

    private Task<HttpResponseMessage> SendAsync(string what, string body) =>
        _platform.Client.PostAsync($"api/v1/deployments/{_name}/{what}", new StringContent(body, Encoding.UTF8, "application/json"), Cancel);

    private Task RunPolicyAsync() => _platform.Get<PolicyCycle>().RunOnceAsync(Cancel);

    private async Task<JsonElement> LastAsync() => (await _platform.GetJsonAsync($"api/v1/deployments/{_name}/history?limit=1")).GetProperty("items")[0];

    private Task<List<JsonElement>> ImpressionsAsync(int count) => ServingLogs.ImpressionsAsync(_platform, _name, count);

    private List<JsonElement> Records() => ServingLogs.Read(_platform, "impressions." + _name);

    private static string Text(JsonElement json, string name) => json.GetProperty(name).GetString()!;

    private static (int, int, int) Counts(JsonElement answer) =>
        (answer.GetProperty("accepted").GetInt32(), answer.GetProperty("duplicates").GetInt32(), answer.GetProperty("joined").GetInt32());

    private Task<JsonElement> PutAsync(string what, object body) => ReadAsync(_platform.Client.PutAsJsonAsync($"api/v1/deployments/{_name}/{what}", body, Cancel));

    private Task<JsonElement> PostAsync(string path, object body) => ReadAsync(_platform.Client.PostAsJsonAsync("api/v1/" + path, body, Cancel));

    private static async Task<JsonElement> ReadAsync(Task<HttpResponseMessage> asked)
    {
        using HttpResponseMessage response = await asked;
        JsonElement answer = await response.Content.ReadFromJsonAsync<JsonElement>(Cancel);
        Assert.True(response.StatusCode == HttpStatusCode.OK, answer.ToString());
        return answer;
    }
}
