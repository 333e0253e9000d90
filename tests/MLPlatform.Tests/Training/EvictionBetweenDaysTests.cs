using System.Globalization;
using System.Text;
using System.Text.Json;
using MLPlatform.Activities.Training;
using MLPlatform.Core.Artifacts;
using MLPlatform.Tests.Tables;
using MLPlatform.Vlps.Features;
using MLPlatform.Vlps.Keyed;
using MLPlatform.Vlps.Models;
using MLPlatform.Vlps.Rows;
using MLPlatform.Vlps.Training;
using Xunit;

namespace MLPlatform.Tests.Training;

/// <summary>Trainings that go on from the last model drop what was not seen for long.</summary>
public sealed class EvictionBetweenDaysTests : IDisposable
{
    private readonly TestActivityContext _context = new();
    private ArtifactRef? _features;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _context.Dispose();

    [Fact]
    public async Task Ids_that_no_training_touched_for_so_long_go_and_all_others_stay()
    {
        TrainVlps.Outputs[] days = await DaysAsync(new RowEviction { AfterTrainings = 2 }, "a", "b", "c", "d");
        Assert.Null(days[0].EvictedRows);
        Assert.Equal([0, 20, 20], days[1..].Select(d => (int)d.EvictedRows!)); // Day 3 drops the users of day 1, day 4 those of day 2.
        Assert.Equal([24, 44, 44, 44], days.Select(d => (int)d.Features));
        Assert.Equal(20, _context.Metrics["evictedRows"]);
        Assert.Contains("evicted 20 rows, 44 are left", _context.Lines);
        using ModelFolder last = await LoadAsync(days[3]);
        float unknown = Score(last, "nobody0");
        Assert.Equal([true, true, false, false], "abcd".Select(day => Score(last, $"{day}0") == unknown));
    }

    [Fact]
    public async Task A_running_model_forgets_them_with_the_delta_and_knows_them_again_when_they_come_back()
    {
        TrainVlps.Outputs[] days = await DaysAsync(new RowEviction { AfterTrainings = 1 }, "a", "b", "a");
        string[] folders = [.. await Task.WhenAll(days.Select(FolderAsync))];
        float[][] whole = [.. folders.Select(f => { using ModelFolder model = ModelFolder.Load(f); return Scores(model); })];
        foreach (string folder in folders[1..])
            File.Delete(Path.Combine(folder, "rows-0.bin")); // What changed is enough.
        using ModelFolder first = ModelFolder.Load(folders[0]);
        using ModelFolder second = ModelFolder.Load(folders[1], first);
        using ModelFolder third = ModelFolder.Load(folders[2], second);
        Assert.Equal(whole[0], Scores(first));
        Assert.Equal(whole[1], Scores(second));
        Assert.Equal(whole[2], Scores(third));
        Assert.NotEqual(Score(second, "nobody0"), Score(third, "a0"));
        Assert.Equal(Score(second, "nobody0"), Score(second, "a0"));
        Assert.Equal(20, days[2].EvictedRows); // Those of the second day.
    }

    [Fact]
    public async Task The_floor_holds_and_the_first_day_of_a_pipeline_that_declares_eviction_drops_nothing()
    {
        TrainVlps.Outputs[] days = await DaysAsync(new RowEviction { AfterTrainings = 1, Floor = 40 }, "a", "b");
        Assert.Null(days[0].EvictedRows);
        Assert.Equal((4, 40), (days[1].EvictedRows, (int)days[1].Features));
    }

    [Fact]
    public async Task Short_rows_go_only_where_this_training_did_not_touch_them()
    {
        TrainVlps.Outputs[] days = await DaysAsync(new RowEviction { Norm = 1e6 }, "a", "b");
        Assert.Equal((20, 24), (days[1].EvictedRows, (int)days[1].Features)); // 20 of the new users, and 4 colours of every day.
    }

    [Fact]
    public async Task Steps_are_counted_over_all_trainings()
    {
        // A day has 400 samples in batches of 64: 7 steps.
        TrainVlps.Outputs[] days = await DaysAsync(new RowEviction { AfterSteps = 13 }, "a", "b", "c");
        Assert.Equal([0, 20], days[1..].Select(d => (int)d.EvictedRows!));
    }

    [Fact]
    public async Task A_killed_training_that_evicts_ends_with_the_same_bytes()
    {
        TrainVlps.Outputs[] days = await DaysAsync(null, "a", "b");
        TrainVlps.Inputs daily = await InputsAsync("c") with { From = days[1].Model, Evict = new RowEviction { AfterTrainings = 1, Floor = 50 }, Epochs = 4, CheckpointEvery = 128, Validation = await TableAsync("b"), Patience = 4 };
        TrainVlps.Outputs whole = await Chain.TrainAsync(_context, daily);
        Assert.Equal(14, whole.EvictedRows);
        _context.CheckpointsToUse = _context.NewFolder();
        using CancellationTokenSource killed = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        _context.Reported = _ => killed.Cancel(); // In the third of four epochs: two evictions were before it.
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _context.RunAsync(new TrainVlps(), daily, killed.Token));
        _context.Reported = null;
        Assert.Equal(whole.Model, (await Chain.TrainAsync(_context, daily)).Model);
        Assert.Contains(_context.Lines, line => line.StartsWith("goes on from the checkpoint", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_model_remembers_when_the_trainings_before_it_ended()
    {
        TrainVlps.Outputs[] days = await DaysAsync(null, "a", "b", "c");
        NetworkSection[] sections = [.. (await Task.WhenAll(days.Select(FolderAsync))).Select(ModelFolder.ReadNetwork)];
        Assert.Equal([7u, 14, 21], sections.Select(s => s.Step));
        Assert.Equal([[], [7u], [7u, 14u]], sections.Select(s => s.Ends));
    }

    // Each day goes on from the one before, with users of its own.
    private async Task<TrainVlps.Outputs[]> DaysAsync(RowEviction? evict, params string[] days)
    {
        List<TrainVlps.Outputs> trained = [];
        foreach (string day in days)
            trained.Add(await Chain.TrainAsync(_context, await InputsAsync(day) with { From = trained.LastOrDefault()?.Model, Evict = evict }));
        return [.. trained];
    }

    private async Task<TrainVlps.Inputs> InputsAsync(string day)
    {
        ArtifactRef table = await TableAsync(day);
        _features ??= await Chain.FitAsync(_context, table, new FeatureDeclaration { Hash = ["user", "colour"] });
        return new TrainVlps.Inputs { Samples = table, Features = _features, Label = "clicked", Model = TrainVlps.ModelType.Fm, Epochs = 1, Batch = 64, ShuffleWindow = 256, LearningRate = 0.2 };
    }

    private Task<ArtifactRef> TableAsync(string day)
    {
        var csv = new StringBuilder("user,colour,clicked\n");
        for (int i = 0; i < 400; i++)
            csv.Append(CultureInfo.InvariantCulture, $"{day}{i % 20},{"red blue green grey".Split(' ')[i / 20 % 4]},{(i % 20 + i / 20) % 3 % 2}\n");
        return Chain.CollectAsync(_context, $"{day}.csv", csv.ToString());
    }

    private async Task<string> FolderAsync(TrainVlps.Outputs trained)
    {
        string folder = Path.Combine(_context.NewFolder(), "model");
        await _context.Artifacts.LayOutAsync(trained.Model.Hash, folder, Cancel);
        return folder;
    }

    private async Task<ModelFolder> LoadAsync(TrainVlps.Outputs trained) => ModelFolder.Load(await FolderAsync(trained));

    private static float[] Scores(ModelFolder model) => [.. "abcn".SelectMany(day => Enumerable.Range(0, 20).Select(i => Score(model, $"{day}{i}")))];

    private static float Score(ModelFolder model, string user)
    {
        var score = new float[1];
        model.Score(ColumnBatch.FromJson(model.Columns, [JsonSerializer.SerializeToElement(new { user, colour = "red" })]), score);
        return score[0];
    }
}
