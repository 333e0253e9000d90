using System.Text.Json;
using MLPlatform.Activities.Evaluation;
using MLPlatform.Activities.Training;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Artifacts;
using MLPlatform.Tests.Tables;
using MLPlatform.Vlps.Features;
using MLPlatform.Vlps.Keyed;
using MLPlatform.Vlps.Models;
using MLPlatform.Vlps.Rows;
using Xunit;

namespace MLPlatform.Tests.Training;

/// <summary>The daily case: a training that goes on from the last model with the new day's rows alone.</summary>
public sealed class WarmStartTests : IDisposable
{
    private readonly TestActivityContext _context = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _context.Dispose();

    [Fact]
    public async Task A_new_day_is_learned_without_forgetting_the_days_before_and_new_ids_get_rows()
    {
        (TrainVlps.Inputs first, ArtifactRef newDay) = await DaysAsync();
        TrainVlps.Outputs before = await Chain.TrainAsync(_context, first);
        TrainVlps.Inputs daily = first with { Samples = newDay, From = before.Model, Epochs = null };
        TrainVlps.Outputs after = await Chain.TrainAsync(_context, daily), again = await Chain.TrainAsync(_context, daily);
        Assert.Equal(after.Model, again.Model);
        Assert.Equal(1, after.Epochs); // A new day is passed over once.
        Assert.InRange(after.Features - before.Features, 5, 400);
        Assert.Null(before.ChangedRows);
        Assert.InRange(after.ChangedRows!.Value, 10, after.Features);
        ArtifactRef test = await Chain.CollectAsync(_context, "test.csv", Chain.Clicks(1500, 77));
        double was = await AucAsync(before.Model, test), still = await AucAsync(after.Model, test);
        Assert.InRange(still, was - 0.02, 1);
        // Alone, the new day is too little to learn from.
        Assert.InRange(still, await AucAsync((await Chain.TrainAsync(_context, first with { Samples = newDay, Epochs = 1 })).Model, test) + 0.03, 1);
    }

    [Fact]
    public async Task The_delta_brings_the_rows_of_the_model_before_to_those_of_the_new_one()
    {
        (TrainVlps.Inputs first, ArtifactRef newDay) = await DaysAsync();
        TrainVlps.Outputs before = await Chain.TrainAsync(_context, first);
        TrainVlps.Outputs after = await Chain.TrainAsync(_context, first with { Samples = newDay, From = before.Model });
        string old = await LayOutAsync(before.Model), made = await LayOutAsync(after.Model);
        NetworkSection section = Section(made);
        Assert.True(section.Continues(Section(old)));
        Assert.Null(Section(old).Delta);
        Assert.InRange(section.Delta!.Files[0].Rows, 10, section.Tables[0].Rows - 20); // Users of the first day alone did not change.
        using KeyedRows rows = KeyedRows.Open(Path.Combine(old, "rows-0.bin")), full = KeyedRows.Open(Path.Combine(made, "rows-0.bin"));
        rows.Apply(Path.Combine(made, section.Delta.Files[0].File));
        ulong[] ids = [.. full.Ids()];
        Assert.Equal(section.Tables[0].Rows, ids.Length);
        var expected = new float[ids.Length * full.Layout.Values];
        var found = new float[expected.Length];
        Assert.Equal(full.Find(ids, expected), rows.Find(ids, found));
        Assert.Equal(expected, found);
        Assert.Equal(full.Stamp, rows.Stamp);
    }

    [Fact]
    public async Task A_model_in_memory_becomes_the_next_by_what_changed_and_stays_what_it_was()
    {
        (TrainVlps.Inputs first, ArtifactRef newDay) = await DaysAsync();
        TrainVlps.Outputs one = await Chain.TrainAsync(_context, first);
        TrainVlps.Outputs two = await Chain.TrainAsync(_context, first with { Samples = newDay, From = one.Model });
        TrainVlps.Outputs three = await Chain.TrainAsync(_context, first with { Samples = newDay, From = two.Model, Seed = 3 });
        string[] folders = [await LayOutAsync(one.Model), await LayOutAsync(two.Model), await LayOutAsync(three.Model)];
        float[][] whole = [.. folders.Select(f => { using ModelFolder model = ModelFolder.Load(f); return Score(model); })];
        foreach (string folder in folders[1..])
            File.Delete(Path.Combine(folder, "rows-0.bin")); // What changed is enough.
        ModelFolder before = ModelFolder.Load(folders[0]);
        float[] was = Score(before);
        using ModelFolder next = ModelFolder.Load(folders[1], before);
        Assert.True(next.ChangedRows > 0);
        Assert.Equal(whole[1], Score(next));
        Assert.Equal(was, Score(before));
        Assert.False(before.LeadsTo(ModelFolder.Describe(folders[2])));
        before.Dispose();
        using ModelFolder last = ModelFolder.Load(folders[2], next);
        Assert.Equal(whole[2], Score(last));
        Assert.Equal(whole[1], Score(next));
        Assert.NotEqual(whole[1], whole[2]);
    }

    private static float[] Score(ModelFolder model)
    {
        ColumnBatch batch = ColumnBatch.FromJson(model.Columns, [.. Enumerable.Range(0, 60).Select(i => JsonSerializer.SerializeToElement(
            new { user = i < 30 ? $"u{i}" : $"new{i - 20}", colour = "red blue green grey".Split(' ')[i % 4], size = i % 5, price = 2.5 }))]);
        var scores = new float[batch.Rows];
        model.Score(batch, scores);
        return scores;
    }

    [Fact]
    public async Task A_killed_training_that_went_on_from_a_model_ends_with_the_same_bytes()
    {
        (TrainVlps.Inputs first, ArtifactRef newDay) = await DaysAsync();
        TrainVlps.Outputs before = await Chain.TrainAsync(_context, first);
        TrainVlps.Inputs daily = first with { Samples = newDay, From = before.Model, Epochs = 4, CheckpointEvery = 256 };
        TrainVlps.Outputs whole = await Chain.TrainAsync(_context, daily);
        _context.CheckpointsToUse = _context.NewFolder();
        using CancellationTokenSource killed = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        _context.Reported = _ => killed.Cancel();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _context.RunAsync(new TrainVlps(), daily, killed.Token));
        _context.Reported = null;
        Assert.NotEmpty(Directory.GetFiles(_context.CheckpointsToUse));
        Assert.Equal(whole.Model, (await Chain.TrainAsync(_context, daily)).Model);
        Assert.Contains(_context.Lines, line => line.StartsWith("goes on from the checkpoint", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Another_declaration_is_refused_and_so_is_a_model_without_its_state()
    {
        (TrainVlps.Inputs first, _) = await DaysAsync();
        TrainVlps.Outputs before = await Chain.TrainAsync(_context, first);
        ActivityException problem = await Assert.ThrowsAsync<ActivityException>(() => Chain.TrainAsync(_context, first with { From = before.Model, Dim = 5 }));
        Assert.Equal("ML-019", problem.Code);
        Assert.Contains("ask for another: 'fields.dim' is not set in the model and is 5 in the inputs. Leave 'from' out", problem.Message, StringComparison.Ordinal);
        TrainVlps.Outputs bare = await Chain.TrainAsync(_context, first with { State = false });
        Assert.True(bare.Model.Bytes < before.Model.Bytes * 0.7);
        problem = await Assert.ThrowsAsync<ActivityException>(() => Chain.TrainAsync(_context, first with { From = bare.Model }));
        Assert.Equal("ML-006", problem.Code);
        Assert.Contains("state", problem.Message, StringComparison.Ordinal);
        problem = await Assert.ThrowsAsync<ActivityException>(() => Chain.TrainAsync(_context, first with { Features = null }));
        Assert.Equal("ML-006", problem.Code);
    }

    [Fact]
    public async Task A_setting_that_differs_from_the_model_is_told_also_where_it_is_all_that_is_given()
    {
        (TrainVlps.Inputs first, _) = await DaysAsync();
        TrainVlps.Outputs before = await Chain.TrainAsync(_context, first with { LearningRate = 0.05, NegativesKept = 0.5 });
        TrainVlps.Inputs next = first with { From = before.Model, Declaration = null, Epochs = 1 };
        ActivityException problem = await Assert.ThrowsAsync<ActivityException>(() => Chain.TrainAsync(_context, next with { LearningRate = 0.2 }));
        Assert.Equal("ML-019", problem.Code);
        Assert.Contains("'fields.rate' ('learningRate') is 0.05 in the model and is 0.2 in the inputs.", problem.Message, StringComparison.Ordinal);
        await Chain.TrainAsync(_context, next with { LearningRate = 0.05, NegativesKept = 0.5 }); // What it has may be repeated.
    }

    [Fact]
    public async Task A_model_of_an_earlier_version_that_kept_what_it_never_reads_is_gone_on_from_without_it()
    {
        (TrainVlps.Inputs first, ArtifactRef newDay) = await DaysAsync();
        first = first with { Declaration = JsonSerializer.SerializeToElement("lr") };
        TrainVlps.Outputs before = await Chain.TrainAsync(_context, first);
        string folder = await LayOutAsync(before.Model), file = Path.Combine(folder, ModelDescription.FileName);
        string text = await File.ReadAllTextAsync(file, Cancel);
        Assert.DoesNotContain("\"layers\"", text, StringComparison.Ordinal);
        File.Delete(file);
        await File.WriteAllTextAsync(file, text.Replace("\"model\": \"lr\"", "\"model\": \"lr\", \"layers\": [8]", StringComparison.Ordinal), Cancel);
        ArtifactRef kept = await _context.Artifacts.PutFolderAsync(folder, "model", Cancel);
        Assert.NotEqual(before.Model, kept);
        TrainVlps.Inputs daily = first with { Samples = newDay, From = kept, Epochs = null };
        TrainVlps.Outputs after = await Chain.TrainAsync(_context, daily);
        Assert.InRange(after.ChangedRows!.Value, 10, after.Features);
        Assert.NotNull((await Chain.TrainAsync(_context, daily with { Declaration = null, Dim = 4 })).ChangedRows);
    }

    private async Task<double> AucAsync(ArtifactRef model, ArtifactRef table) =>
        (await Chain.EvaluateAsync(_context, new EvaluateModel.Inputs { Model = model, Table = table })).Auc!.Value;

    private async Task<string> LayOutAsync(ArtifactRef model)
    {
        string folder = Path.Combine(_context.NewFolder(), "model");
        await _context.Artifacts.LayOutAsync(model.Hash, folder, Cancel);
        return folder;
    }

    private static NetworkSection Section(string folder) => ModelFolder.ReadNetwork(folder);

    // The new day has users of its own.
    private async Task<(TrainVlps.Inputs First, ArtifactRef NewDay)> DaysAsync()
    {
        ArtifactRef table = await Chain.CollectAsync(_context, "clicks.csv", Chain.Clicks(2000, 1));
        string day = Chain.Clicks(300, 2).Replace("\nu1", "\nnew1", StringComparison.Ordinal).Replace("\nu2", "\nnew2", StringComparison.Ordinal);
        ArtifactRef features = await Chain.FitAsync(_context, table, new FeatureDeclaration { Hash = ["user", "colour", "size"] }, new FeatureDeclaration { Standardize = ["price"] });
        JsonElement declared = JsonSerializer.SerializeToElement(new { model = "deepfm", layers = Enumerable.Repeat(8, 1) });
        return (new TrainVlps.Inputs { Samples = table, Features = features, Label = "clicked", Positive = ["yes"], Declaration = declared, Epochs = 8, Batch = 64, ShuffleWindow = 256 },
            await Chain.CollectAsync(_context, "day.csv", day));
    }
}
