using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using MLPlatform.Activities.Training;
using MLPlatform.Core.Artifacts;
using MLPlatform.Core.Deployments;
using MLPlatform.IntegrationTests.Samples;
using MLPlatform.Server.Deployments;
using MLPlatform.Tests.Tables;
using MLPlatform.Tests.Training;
using MLPlatform.Vlps.Features;
using MLPlatform.Vlps.Models;
using MLPlatform.Vlps.Rows;
using Xunit;

namespace MLPlatform.IntegrationTests.Deployments;

/// <summary><c>mlp serve-model FOLDER --follow</c>: the folder is a link that gets another target.</summary>
public sealed class FollowTests : IDisposable
{
    private static readonly JsonElement[] Rows = [.. Enumerable.Range(0, 12).Select(i => JsonSerializer.SerializeToElement(new { user = $"u{i}", colour = "red blue green grey".Split(' ')[i % 4], size = i % 5, price = 2.5 }))];

    private readonly TestActivityContext _context = new();
    private readonly string _folder = Directory.CreateTempSubdirectory("mlp-follow-").FullName;

    private string Link => Path.Combine(_folder, "model");

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _context.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task The_next_model_answers_by_its_delta_and_a_damaged_one_leaves_the_one_before()
    {
        (string first, string second) = await TrainAsync();
        Point(first);
        await using WebApplication app = ModelHost.Build(new ModelHostSettings("m", new DeploymentSpec { Model = "m", Champion = 1 }, new Dictionary<int, string> { [1] = Link }, "http://127.0.0.1:0", null) { Follow = true });
        await app.StartAsync(Cancel);
        using HttpClient client = new() { BaseAddress = new Uri(app.Urls.First() + "/") };
        FolderFollower follower = app.Services.GetRequiredService<FolderFollower>();
        await AssertServedAsync(client, 1, first);
        Assert.False(follower.Look());

        string damaged = Copy(second, "damaged");
        File.WriteAllBytes(Path.Combine(damaged, "dense.bin"), [1, 2, 3]);
        Point(damaged);
        Assert.False(follower.Look());
        await AssertServedAsync(client, 1, first);

        // Where rows can only come from the delta, the model is loaded with it.
        string whole = Copy(second, "whole");
        foreach (string file in Directory.GetFiles(whole, "rows-*.bin"))
            File.WriteAllBytes(file, [1, 2, 3]);
        Point(whole);
        Assert.True(follower.Look());
        await AssertServedAsync(client, 2, second);
        Point(first); // Goes on from nothing: all of it is loaded.
        Assert.True(follower.Look());
        await AssertServedAsync(client, 3, first);
        await app.StopAsync(Cancel);
    }

    [Fact]
    public async Task What_is_no_folder_is_not_followed()
    {
        using MlpCommandLine mlp = new();
        (int status, _, string error) = await mlp.CallAsync("serve-model", "--model", "m", "--follow");
        Assert.NotEqual(0, status);
        Assert.Contains("SERVE-012", error, StringComparison.Ordinal);
    }

    private void Point(string target)
    {
        if (Directory.Exists(Link))
            Directory.Delete(Link);
        Directory.CreateSymbolicLink(Link, target);
    }

    private string Copy(string folder, string name)
    {
        string copy = Directory.CreateDirectory(Path.Combine(_folder, name)).FullName;
        foreach (string file in Directory.GetFiles(folder))
            File.Copy(file, Path.Combine(copy, Path.GetFileName(file)));
        return copy;
    }

    private async Task<(string First, string Second)> TrainAsync()
    {
        ArtifactRef table = await Chain.CollectAsync(_context, "clicks.csv", Chain.Clicks(2000, 1)), day = await Chain.CollectAsync(_context, "day.csv", Chain.Clicks(300, 2));
        ArtifactRef features = await Chain.FitAsync(_context, table, new FeatureDeclaration { Hash = ["user", "colour", "size"] }, new FeatureDeclaration { Standardize = ["price"] });
        TrainVlps.Inputs inputs = new() { Samples = table, Features = features, Label = "clicked", Positive = ["yes"], Model = TrainVlps.ModelType.Fm, Epochs = 2, Batch = 64 };
        ArtifactRef first = (await Chain.TrainAsync(_context, inputs)).Model, second = (await Chain.TrainAsync(_context, inputs with { Samples = day, From = first })).Model;
        return (await LayOutAsync(first), await LayOutAsync(second));
    }

    private async Task<string> LayOutAsync(ArtifactRef model)
    {
        string folder = Path.Combine(_context.NewFolder(), "model");
        await _context.Artifacts.LayOutAsync(model.Hash, folder, Cancel);
        return folder;
    }

    private static async Task AssertServedAsync(HttpClient client, int version, string folder)
    {
        using ModelFolder model = ModelFolder.Load(folder);
        float[] expected = new float[Rows.Length];
        model.Score(ColumnBatch.FromJson(model.Columns, Rows), expected);
        using HttpResponseMessage response = await client.PostAsJsonAsync("api/v1/deployments/m/score", new { rows = Rows }, Cancel);
        JsonElement answer = await response.Content.ReadFromJsonAsync<JsonElement>(Cancel);
        Assert.True(response.IsSuccessStatusCode, answer.ToString());
        Assert.Equal(version, answer.GetProperty("version").GetInt32());
        Assert.Equal(expected, answer.GetProperty("scores").EnumerateArray().Select(s => s.GetSingle()));
    }
}
