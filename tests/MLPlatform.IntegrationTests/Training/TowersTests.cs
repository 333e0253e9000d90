using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using MLPlatform.Core.Artifacts;
using MLPlatform.Core.Registry;
using MLPlatform.Core.Runs;
using MLPlatform.IntegrationTests.Deployments;
using MLPlatform.IntegrationTests.Samples;
using MLPlatform.IntegrationTests.Server;
using Xunit;

namespace MLPlatform.IntegrationTests.Training;

/// <summary>Two towers as a user meets them: the sample from its file to recall, then inspection, registry and deployments.</summary>
public sealed class TowersTests(TestPlatform platform) : IClassFixture<TestPlatform>
{
    private const string Name = "two-tower";

    private static readonly string[] Others = ["i000", "i001", "i002", "i003"];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_sample_finds_more_than_popularity_and_its_model_is_inspected_and_served_once_it_has_items()
    {
        using MlpCommandLine mlp = new();
        JsonElement outputs = (await mlp.RunAsync("samples/two-tower/pipeline.json")).GetProperty("outputs");
        double popular = outputs.GetProperty("popularRecall").GetDouble();
        Assert.InRange(popular, 0.01, 0.3);
        Assert.InRange(outputs.GetProperty("recall").GetDouble(), 3 * popular, 0.8);
        Assert.InRange(outputs.GetProperty("coverage").GetDouble(), 0.5, 1);

        string folder = Path.Combine(mlp.Home, "model");
        string hash = outputs.GetProperty("model").GetProperty("$artifact").GetString()!;
        Assert.Equal(0, (await mlp.CallAsync("artifacts", "get", hash, "--to", folder)).Status);
        (int status, string shown, _) = await mlp.CallAsync("vlps", "inspect", folder);
        Assert.Equal(0, status);
        Assert.Contains("right: item, kind, price.bucket, 32 numbers", shown, StringComparison.Ordinal);
        Assert.Contains("validationRecall10", shown, StringComparison.Ordinal);
        (status, _, string refused) = await mlp.CallAsync("serve-model", folder, "--address", "http://127.0.0.1:0");
        Assert.NotEqual(0, status);
        Assert.Contains("SERVE-003", refused, StringComparison.Ordinal);

        Assert.Equal(HttpStatusCode.Conflict, (await DeployAsync(folder, 1)).Status);
        Assert.Contains("model.stock", (await DeployAsync(folder, 2)).Body, StringComparison.Ordinal);

        (status, string run, _) = await mlp.CallAsync("run", DeployFile(mlp.Home, hash), "--json");
        Assert.Equal(1, status);
        Assert.Contains("SERVE-003", run, StringComparison.Ordinal);

        string stocked = Path.Combine(mlp.Home, "stocked");
        await mlp.CallAsync("artifacts", "get", outputs.GetProperty("stocked").GetProperty("$artifact").GetString()!, "--to", stocked);
        Assert.Contains("300 by item", (await mlp.CallAsync("vlps", "inspect", stocked)).Output, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, (await DeployAsync(stocked, 3)).Status);
        JsonElement found = await RecallAsync(HttpStatusCode.OK, new { rows = new[] { new { user = "u1" }, new { user = "u2" } }, k = 7, key = "x" });
        Assert.Equal((3, 2), (found.GetProperty("version").GetInt32(), found.GetProperty("items").GetArrayLength()));
        JsonElement[] first = [.. found.GetProperty("items")[0].EnumerateArray()];
        Assert.Equal(7, first.Select(i => i.GetProperty("item").GetString()).Distinct().Count());
        Assert.Equal(first.Select(i => i.GetProperty("score").GetSingle()).OrderDescending(), first.Select(i => i.GetProperty("score").GetSingle()));
        Assert.Equal("SERVE-002", CodeOf(await RecallAsync(HttpStatusCode.BadRequest, new { rows = Array.Empty<object>() })));
        Assert.Equal("SERVE-002", CodeOf(await RecallAsync(HttpStatusCode.BadRequest, new { rows = new[] { new { user = "u1" } }, k = 0 })));
        using HttpResponseMessage scored = await platform.Client.PostAsJsonAsync("api/v1/deployments/two-tower/score", new { rows = new[] { new { user = "u1" } } }, Cancel);
        Assert.Contains("model.recall", await scored.Content.ReadAsStringAsync(Cancel), StringComparison.Ordinal);
        await RetrainAsync();
    }

    // Users want the second of what they are shown, and something that they are not; that becomes the next version.
    private async Task RetrainAsync()
    {
        using HttpResponseMessage kept = await platform.Client.PutAsJsonAsync($"api/v1/deployments/{Name}/settings", new { keepRows = true }, Cancel);
        Assert.Equal(HttpStatusCode.OK, kept.StatusCode);
        const int Users = 30;
        List<object> events = [];
        for (int i = 0; i < Users; i++)
        {
            JsonElement found = await RecallAsync(HttpStatusCode.OK, new { requestId = $"loop-{i}", rows = new[] { new { user = $"u{i}" } }, k = 3 });
            string[] items = [.. found.GetProperty("items")[0].EnumerateArray().Select(f => f.GetProperty("item").GetString()!)];
            foreach (string item in (string[])[items[1], .. Others.Except(items).Take(1)])
                events.Add(new { eventId = $"loop-{i}-{item}", requestId = $"loop-{i}", item });
        }
        using HttpResponseMessage taken = await platform.Client.PostAsJsonAsync("api/v1/feedback", new { deployment = Name, events }, Cancel);
        Assert.Equal(HttpStatusCode.OK, taken.StatusCode);
        JsonElement figures = default;
        while (figures.ValueKind == JsonValueKind.Undefined || figures.GetProperty("found").GetProperty("lists").GetInt32() < Users + 2) // Impressions come behind the answers; two lists are those of above.
            figures = (await platform.GetJsonAsync($"api/v1/deployments/{Name}/metrics")).GetProperty("versions")[0].GetProperty("figures");
        Assert.Equal((Users, 2 * Users, 0.5), (figures.GetProperty("found").GetProperty("hits").GetInt32(), figures.GetProperty("found").GetProperty("wanted").GetInt32(), figures.GetProperty("found").GetProperty("recall").GetDouble()));

        string folder = Path.Combine(Repository.Root, "samples", "two-tower");
        Guid run = await platform.StartAsync(await File.ReadAllTextAsync(Path.Combine(folder, "retrain.json"), Cancel), new { items = Path.Combine(folder, "data", "items.csv") });
        JsonElement outputs = (await platform.WaitAsync(run, "succeeded")).GetProperty("outputs");
        Assert.Equal((2 * Users, 4), (outputs.GetProperty("pairs").GetInt32(), outputs.GetProperty("version").GetInt32()));
        JsonElement candidate = Assert.Single((await platform.GetJsonAsync($"api/v1/deployments/{Name}")).GetProperty("candidates").EnumerateArray());
        Assert.Equal((4, "canary"), (candidate.GetProperty("version").GetInt32(), candidate.GetProperty("role").GetString()));
    }

    [Fact]
    public async Task A_deployment_of_a_model_that_scores_finds_no_items()
    {
        string name = "scores" + Guid.NewGuid().ToString("N")[..8];
        await SmallModels.RegisterAsync(platform, name, "a");
        using HttpResponseMessage deployed = await platform.Client.PostAsJsonAsync($"api/v1/deployments/{name}/deploy", new { version = 1 }, Cancel);
        Assert.Equal(HttpStatusCode.OK, deployed.StatusCode);
        Assert.Equal("SERVE-008", CodeOf(await RecallAsync(HttpStatusCode.BadRequest, new { rows = new[] { new { app = "a" } } }, name)));
    }

    private static string CodeOf(JsonElement problem) => problem.GetProperty("code").GetString()!;

    private async Task<JsonElement> RecallAsync(HttpStatusCode expected, object request, string name = Name)
    {
        using HttpResponseMessage answer = await platform.Client.PostAsJsonAsync($"api/v1/deployments/{name}/recall", request, Cancel);
        Assert.Equal(expected, answer.StatusCode);
        return await answer.Content.ReadFromJsonAsync<JsonElement>(Cancel);
    }

    // Registers the folder's model as the next version and deploys that.
    private async Task<(HttpStatusCode Status, string Body)> DeployAsync(string folder, int version)
    {
        ArtifactRef artifact = await platform.Get<IArtifactStore>().PutFolderAsync(folder, "model", Cancel);
        await platform.Get<IModelRegistry>().RegisterAsync(new ModelRegistration(Name, artifact, new AttemptId(new RunId(Guid.NewGuid()), 0, 1), "{}", null), Cancel);
        using HttpResponseMessage answer = await platform.Client.PostAsJsonAsync("api/v1/deployments/two-tower/deploy", new { version }, Cancel);
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync(Cancel));
    }

    private static string DeployFile(string folder, string hash)
    {
        string file = Path.Combine(folder, "deploy.json");
        File.WriteAllText(file, $$"""
            { "id": "deploy-towers", "activities": { "deploy": { "type": "model.deploy", "inputs": { "model": { "$artifact": "{{hash}}", "kind": "model", "bytes": 1 } } } } }
            """);
        return file;
    }
}
