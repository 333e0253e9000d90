using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Artifacts;
using MLPlatform.Core.Deployments;
using MLPlatform.IntegrationTests.Pipelines;
using MLPlatform.Server.Deployments;
using MLPlatform.Tests;
using MLPlatform.Tests.Tables;
using Xunit;

namespace MLPlatform.IntegrationTests.Deployments;

/// <summary>A declared model from the census files through training, evaluation and gate to a scored request.</summary>
public sealed class DeclaredModelTests : IDisposable
{
    private readonly TestActivityContext _context = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _context.Dispose();

    [Theory]
    [InlineData("deepfm", 3)]
    [InlineData("dcn-v2", 3)]
    public async Task The_census_is_learned_judged_and_served(string model, int epochs)
    {
        string data = SharedData.File("data/adult_census");
        Dictionary<string, JsonElement> run = await InProcess.RunAsync(_context, "workflows/adult-census.json", new { data, model, epochs, seed = 1 });
        Assert.InRange(run["outputs"].GetProperty("auc").GetDouble(), 0.91, 0.94);
        Assert.True(run["outputs"].GetProperty("passed").GetBoolean());

        string folder = Path.Combine(_context.NewFolder(), "model");
        await _context.Artifacts.LayOutAsync(run["outputs"].GetProperty("model").Deserialize<ArtifactRef>(ActivityJson.Options)!.Hash, folder, Cancel);
        DeploymentSpec spec = new() { Model = "census", Champion = 1 };
        await using WebApplication app = ModelHost.Build(new ModelHostSettings("census", spec, new Dictionary<int, string> { [1] = folder }, "http://127.0.0.1:0", null));
        await app.StartAsync(Cancel);
        using HttpClient client = new() { BaseAddress = new Uri(app.Urls.First() + "/") };
        object[] rows =
        [
            new { age = 45, education = "Doctorate", education_num = 16, marital_status = "Married-civ-spouse", occupation = "Prof-specialty", relationship = "Husband", capital_gain = 15024, hours_per_week = 50 },
            new { age = 19, education = "10th", education_num = 6, marital_status = "Never-married", occupation = "Juggler", relationship = "Own-child", hours_per_week = 20 },
        ];
        HttpResponseMessage answer = await client.PostAsJsonAsync("api/v1/deployments/census/score", new { rows }, Cancel);
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync(Cancel));
        float[] scores = [.. (await answer.Content.ReadFromJsonAsync<JsonElement>(Cancel)).GetProperty("scores").EnumerateArray().Select(s => s.GetSingle())];
        Assert.InRange(scores[0], 0.9f, 1f);
        Assert.InRange(scores[1], 0f, 0.05f);
        await app.StopAsync(Cancel);
    }
}
