using System.Collections.Concurrent;
using System.Net.Http.Json;
using System.Text.Json;
using MLPlatform.Activities.Training;
using MLPlatform.Core.Artifacts;
using MLPlatform.Core.Registry;
using MLPlatform.Core.Runs;
using MLPlatform.IntegrationTests.Server;
using MLPlatform.Tests.Tables;
using MLPlatform.Tests.Training;
using MLPlatform.Vlps.Features;
using MLPlatform.Vlps.Models;
using MLPlatform.Vlps.Rows;
using MLPlatform.Vlps.Training;
using Xunit;

namespace MLPlatform.IntegrationTests.Deployments;

/// <summary>Models that go on from the one that is served, deployed while requests come.</summary>
public sealed class DeltaServingTests(TestPlatform platform) : IClassFixture<TestPlatform>, IDisposable
{
    private readonly TestActivityContext _context = new();
    private readonly string _name = "d" + Guid.NewGuid().ToString("N");

    private static readonly object[] Rows = [.. Enumerable.Range(0, 12).Select(i => new { user = i < 6 ? $"u{i}" : $"new1{i - 6}", colour = "red blue green grey".Split(' ')[i % 4], size = i % 5, price = 2.5 })];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _context.Dispose();

    [Fact]
    public async Task Each_answer_is_that_of_one_version_whole_and_none_is_missing_while_versions_change()
    {
        List<string> folders = await TrainAsync();
        float[][] expected = [.. folders.Select(Score)];
        await RegisterAsync(folders);
        await DeployAsync(1);
        ConcurrentBag<(int Version, float[] Scores)> answers = [];
        using CancellationTokenSource enough = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        Task[] load = [.. Enumerable.Range(0, 4).Select(_ => Task.Run(async () =>
        {
            while (!enough.IsCancellationRequested)
                answers.Add(await ScoreAsync());
        }, Cancel))];
        foreach (int version in new[] { 2, 3, 4 })
        {
            await DeployAsync(version);
            Assert.Equal(version, (await ScoreAsync()).Version);
        }
        await enough.CancelAsync();
        await Task.WhenAll(load); // Throws where a request got no scores.
        Assert.All(answers, a => Assert.Equal(expected[a.Version - 1], a.Scores));
        Assert.NotEqual(expected[0], expected[1]);
        Assert.NotEqual(expected[1], expected[2]);
    }

    // Three days, and the second once more with a delta that is damaged, so that all of it is loaded.
    private async Task<List<string>> TrainAsync()
    {
        ArtifactRef table = await Chain.CollectAsync(_context, "clicks.csv", Chain.Clicks(2000, 1));
        ArtifactRef day = await Chain.CollectAsync(_context, "day.csv", Chain.Clicks(300, 2).Replace("\nu1", "\nnew1", StringComparison.Ordinal));
        ArtifactRef features = await Chain.FitAsync(_context, table, new FeatureDeclaration { Hash = ["user", "colour", "size"] }, new FeatureDeclaration { Standardize = ["price"] });
        TrainVlps.Inputs inputs = new() { Samples = table, Features = features, Label = "clicked", Positive = ["yes"], Model = TrainVlps.ModelType.DeepFm, Epochs = 2, Batch = 64 };
        ArtifactRef first = (await Chain.TrainAsync(_context, inputs)).Model;
        // The user u1, whom requests ask for, is of the first day alone.
        inputs = inputs with { Evict = new RowEviction { AfterTrainings = 1 } };
        TrainVlps.Outputs after = await Chain.TrainAsync(_context, inputs with { Samples = day, From = first });
        Assert.InRange(after.EvictedRows!.Value, 1, 50);
        ArtifactRef second = after.Model;
        ArtifactRef third = (await Chain.TrainAsync(_context, inputs with { Samples = day, From = second, Seed = 2 })).Model;
        List<string> folders = [];
        foreach (ArtifactRef model in new[] { first, second, third, second })
        {
            folders.Add(Path.Combine(_context.NewFolder(), "model"));
            await _context.Artifacts.LayOutAsync(model.Hash, folders[^1], Cancel);
        }
        string delta = Path.Combine(folders[3], "delta-0.bin");
        byte[] damaged = await File.ReadAllBytesAsync(delta, Cancel);
        damaged[^30] ^= 1;
        File.Delete(delta); // It is a link to what is stored.
        await File.WriteAllBytesAsync(delta, damaged, Cancel);
        return folders;
    }

    private async Task RegisterAsync(List<string> folders)
    {
        foreach (string folder in folders)
        {
            ArtifactRef artifact = await platform.Get<IArtifactStore>().PutFolderAsync(folder, "model", Cancel);
            await platform.Get<IModelRegistry>().RegisterAsync(new ModelRegistration(_name, artifact, new AttemptId(new RunId(Guid.NewGuid()), 0, 1), "{}", null), Cancel);
        }
    }

    private static float[] Score(string folder)
    {
        using ModelFolder model = ModelFolder.Load(folder);
        ColumnBatch batch = ColumnBatch.FromJson(model.Columns, [.. Rows.Select(r => JsonSerializer.SerializeToElement(r))]);
        var scores = new float[batch.Rows];
        model.Score(batch, scores);
        return scores;
    }

    private async Task DeployAsync(int version)
    {
        using HttpResponseMessage answer = await platform.Client.PostAsJsonAsync($"api/v1/deployments/{_name}/deploy", new { version }, Cancel);
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync(Cancel));
    }

    private async Task<(int Version, float[] Scores)> ScoreAsync()
    {
        using HttpResponseMessage response = await platform.Client.PostAsJsonAsync($"api/v1/deployments/{_name}/score", new { rows = Rows }, Cancel);
        JsonElement answer = await response.Content.ReadFromJsonAsync<JsonElement>(Cancel);
        Assert.True(response.IsSuccessStatusCode, answer.ToString());
        return (answer.GetProperty("version").GetInt32(), [.. answer.GetProperty("scores").EnumerateArray().Select(s => s.GetSingle())]);
    }
}
