using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using MLPlatform.Core.Deployments;
using MLPlatform.IntegrationTests.Server;
using MLPlatform.Server.Deployments;
using MLPlatform.Storage.Bees;
using Xunit;

namespace MLPlatform.IntegrationTests.Deployments;

/// <summary>Impressions of what a deployment of two towers found, and what feedback makes of them.</summary>
public sealed class RecallFeedbackTests(TestPlatform platform) : IClassFixture<TestPlatform>
{
    private readonly string _name = "d" + Guid.NewGuid().ToString("N");

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private static object OneUser => new object[] { new { name = "user", shape = new[] { 1 }, datatype = "BYTES", data = new[] { "u0" } } };

    [Fact]
    public async Task Every_item_that_is_found_becomes_an_impression_with_its_rank()
    {
        await SmallTowers.RegisterAsync(platform, _name, 0, 3);
        await PostAsync($"deployments/{_name}/deploy", new { version = 1, settings = new { keyColumn = "user", keepRows = true } });
        await PostAsync($"deployments/{_name}/deploy", new { version = 2, role = "shadow" });
        JsonElement answer = await RecallAsync("r1", 3, "u1");
        Assert.Equal(["r1"], answer.GetProperty("requestIds").EnumerateArray().Select(i => i.GetString()!));
        JsonElement[] found = [.. answer.GetProperty("items")[0].EnumerateArray()];
        List<JsonElement> impressions = await ImpressionsAsync(6), own = impressions[..3], shadow = impressions[3..];
        Assert.Equal(found.Select((f, i) => $"{Text(f, "item")} {f.GetProperty("score").GetRawText()} {i + 1}"), own.Select(i => $"{Text(i, "item")} {i.GetProperty("score").GetRawText()} {i.GetProperty("rank")}"));
        Assert.All(own, i => Assert.Equal(("r1", _name, 1, "champion", "u1"), (Text(i, "requestId"), Text(i, "model"), i.GetProperty("version").GetInt32(), Text(i, "role"), Text(i, "key"))));
        Assert.Equal([true, false, false], own.Select(i => i.TryGetProperty("row", out _))); // A list has one row.
        Assert.Equal("u1", Text(own[0].GetProperty("row"), "user"));
        Assert.All(shadow, i => Assert.Equal((2, "shadow"), (i.GetProperty("version").GetInt32(), Text(i, "role"))));
        Assert.NotEqual(own.Select(i => Text(i, "item")), shadow.Select(i => Text(i, "item"))); // Its own list.
    }

    [Fact]
    public async Task Feedback_tells_how_much_of_what_was_wanted_was_found()
    {
        await DeployAsync();
        string best = Item(await RecallAsync("r1", 3, "u1"), 0, 0);
        JsonElement two = await RecallAsync("r2", 3, "u2", "u3");
        Assert.Equal(["r2/0", "r2/1"], two.GetProperty("requestIds").EnumerateArray().Select(i => i.GetString()!));
        using (HttpResponseMessage inferred = await platform.Client.PostAsJsonAsync($"v2/models/{_name}/infer", new
        {
            id = "r3",
            inputs = OneUser,
            parameters = new { k = 3 },
        }, Cancel))
            Assert.Equal(HttpStatusCode.OK, inferred.StatusCode);
        await ImpressionsAsync(12);
        Assert.Equal(2, (await FeedbackAsync(("r1", best), ("r2/1", Item(two, 1, 2)), ("r2/0", "elsewhere"), ("r2", best))).GetProperty("joined").GetInt32());
        JsonElement metrics = await platform.GetJsonAsync($"api/v1/deployments/{_name}/metrics?window=PT1H"), figures = metrics.GetProperty("versions")[0].GetProperty("figures");
        Assert.Equal((3, 12, 2), (figures.GetProperty("requests").GetInt32(), figures.GetProperty("impressions").GetInt32(), figures.GetProperty("positives").GetInt32()));
        Assert.Equal(new FoundFigures(4, 2, 0.5, 3, 2.0 / 3, 2.0 / 3), figures.GetProperty("found").Deserialize<FoundFigures>(JsonSerializerOptions.Web));
        Assert.False(figures.TryGetProperty("auc", out _));
        Assert.Equal(2, metrics.GetProperty("unmatched").GetInt32());

        Deployment deployment = (await platform.Get<IDeploymentStore>().FindAsync(_name, Cancel))!;
        ServingWindows fresh = new(platform.Get<LandingLogs>(), platform.Get<Microsoft.Extensions.Options.IOptions<ServingOptions>>(), TimeProvider.System);
        VersionFigures again = Assert.Single(await fresh.FiguresAsync(deployment, DateTimeOffset.UnixEpoch));
        Assert.Equal(new FoundFigures(4, 2, 0.5, 3, 2.0 / 3, 2.0 / 3), again.Found); // From the logs, as after a start.
    }

    [Fact]
    public async Task A_request_that_a_version_cannot_answer_counts_as_an_error()
    {
        await SmallModels.RegisterAsync(platform, _name, "a");
        await PostAsync($"deployments/{_name}/deploy", new { version = 1 });
        using HttpResponseMessage refused = await platform.Client.PostAsJsonAsync($"api/v1/deployments/{_name}/recall", new { rows = new[] { new { app = "a" } } }, Cancel);
        await ProblemAssert.IsAsync(refused, 400, "SERVE-008");
        JsonElement versions = default;
        while (versions.ValueKind == JsonValueKind.Undefined || versions.GetArrayLength() == 0) // Counted behind the answer.
            versions = (await platform.GetJsonAsync($"api/v1/deployments/{_name}/metrics")).GetProperty("versions");
        JsonElement figures = versions[0].GetProperty("figures");
        Assert.Equal((1, 1, 0), (figures.GetProperty("requests").GetInt32(), figures.GetProperty("errors").GetInt32(), figures.GetProperty("impressions").GetInt32()));
    }

    [Fact]
    public async Task A_process_of_its_own_logs_what_it_found()
    {
        string folder = Directory.CreateTempSubdirectory("mlp-recall-").FullName, model = Path.Combine(folder, "model");
        SmallTowers.Train(model);
        await using (WebApplication app = ModelHost.Build(new ModelHostSettings(
            _name, new DeploymentSpec { Model = _name, Champion = 1 }, new Dictionary<int, string> { [1] = model }, "http://127.0.0.1:0", null)
        { Impressions = folder }))
        {
            await app.StartAsync(Cancel);
            using HttpClient client = new() { BaseAddress = new Uri(app.Urls.First() + "/") };
            using HttpResponseMessage response = await client.PostAsJsonAsync($"api/v1/deployments/{_name}/recall", new { rows = new[] { new { user = "u1" } }, k = 2 }, Cancel);
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
            await app.StopAsync(Cancel); // What waits is written.
        }
        Assert.Equal([1, 2], (await File.ReadAllLinesAsync(Path.Combine(folder, $"impressions.{_name}.jsonl"), Cancel)).Select(line => JsonElement.Parse(line).GetProperty("rank").GetInt32()));
        Directory.Delete(folder, recursive: true);
    }

    private async Task DeployAsync()
    {
        await SmallTowers.RegisterAsync(platform, _name, 0);
        await PostAsync($"deployments/{_name}/deploy", new { version = 1 });
    }

    private Task<JsonElement> RecallAsync(string requestId, int k, params string[] users) =>
        PostAsync($"deployments/{_name}/recall", new { requestId, k, rows = users.Select(user => new { user }) });

    private Task<JsonElement> FeedbackAsync(params (string RequestId, string Item)[] clicks) =>
        PostAsync("feedback", new { deployment = _name, events = clicks.Select((c, i) => new { eventId = $"{_name}-{i}", requestId = c.RequestId, item = c.Item }) });

    private static string Item(JsonElement answer, int row, int place) => Text(answer.GetProperty("items")[row][place], "item");

    private Task<List<JsonElement>> ImpressionsAsync(int count) => ServingLogs.ImpressionsAsync(platform, _name, count);

    private static string Text(JsonElement json, string name) => json.GetProperty(name).GetString()!;

    private async Task<JsonElement> PostAsync(string path, object body)
    {
        using HttpResponseMessage response = await platform.Client.PostAsJsonAsync("api/v1/" + path, body, Cancel);
        JsonElement answer = await response.Content.ReadFromJsonAsync<JsonElement>(Cancel);
        Assert.True(response.StatusCode == HttpStatusCode.OK, answer.ToString());
        return answer;
    }
}
