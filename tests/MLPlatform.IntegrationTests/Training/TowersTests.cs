using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using MLPlatform.Core.Artifacts;
using MLPlatform.Core.Registry;
using MLPlatform.Core.Runs;
using MLPlatform.IntegrationTests.Samples;
using MLPlatform.IntegrationTests.Server;
using Xunit;

namespace MLPlatform.IntegrationTests.Training;

/// <summary>Two towers as a user meets them: the sample from its file to recall, then inspection, registry and a deployment that refuses them.</summary>
public sealed class TowersTests(TestPlatform platform) : IClassFixture<TestPlatform>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_sample_finds_more_than_popularity_and_its_model_is_inspected_registered_and_not_served()
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

        ArtifactRef artifact = await platform.Get<IArtifactStore>().PutFolderAsync(folder, "model", Cancel);
        await platform.Get<IModelRegistry>().RegisterAsync(new ModelRegistration("towers", artifact, new AttemptId(new RunId(Guid.NewGuid()), 0, 1), "{}", null), Cancel);
        using HttpResponseMessage answer = await platform.Client.PostAsJsonAsync("api/v1/deployments/towers/deploy", new { version = 1 }, Cancel);
        string problem = await answer.Content.ReadAsStringAsync(Cancel);
        Assert.Equal(HttpStatusCode.Conflict, answer.StatusCode);
        Assert.Contains("SERVE-003", problem, StringComparison.Ordinal);
        Assert.Contains("model.recall", problem, StringComparison.Ordinal);

        (status, string run, _) = await mlp.CallAsync("run", DeployFile(mlp.Home, hash), "--json");
        Assert.Equal(1, status);
        Assert.Contains("SERVE-003", run, StringComparison.Ordinal);
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
