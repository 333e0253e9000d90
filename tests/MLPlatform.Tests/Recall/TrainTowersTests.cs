using System.Text.Json;
using MLPlatform.Activities.Evaluation;
using MLPlatform.Activities.Training;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Artifacts;
using MLPlatform.Tests.Tables;
using MLPlatform.Tests.Training;
using MLPlatform.Vlps.Models;
using Xunit;

namespace MLPlatform.Tests.Recall;

public sealed class TrainTowersTests : IDisposable
{
    private readonly TestActivityContext _context = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _context.Dispose();

    [Fact]
    public async Task Towers_learn_from_visits_alone_are_judged_by_recall_and_are_the_same_on_any_number_of_cores()
    {
        TrainVlps.Inputs inputs = await Tastes.InputsAsync(_context) with { Validation = await Tastes.VisitsAsync(_context, 1000, 2) };
        TrainVlps.Outputs first = await Chain.TrainAsync(_context, inputs);
        Assert.InRange(first.ValidationRecall10!.Value, 0.75, 0.95); // At best about 0.92, by chance 0.17.
        Assert.InRange(first.ValidationRecall100!.Value, 1, 1);
        Assert.InRange(first.ValidationLogLoss!.Value, 2.0, 3.3); // By chance ln 60 = 4.1, at best about 2.6.
        Assert.Null(first.ValidationAuc);
        Assert.Equal(4000, first.Positives);
        Assert.Equal(first.ValidationRecall10, _context.Metrics["validationRecall10"]);
        Assert.Contains(_context.Lines, l => l.Contains("1000 rows over 60 right sides: recall in the first 10 0.", StringComparison.Ordinal));
        _context.CoresToUse = 5;
        Assert.Equal(first, (await Chain.TrainAsync(_context, inputs)) with { SamplesPerSecond = first.SamplesPerSecond });
        Assert.NotEqual(first.Model, (await Chain.TrainAsync(_context, inputs with { Seed = 2 })).Model);
    }

    [Fact]
    public async Task Training_stops_early_by_the_loss_over_all_right_sides()
    {
        TrainVlps.Inputs inputs = await Tastes.InputsAsync(_context) with { Validation = await Tastes.VisitsAsync(_context, 1000, 2), Epochs = 60, Patience = 2 };
        TrainVlps.Outputs outputs = await Chain.TrainAsync(_context, inputs);
        Assert.InRange(outputs.Epochs, 4, 59);
        Assert.Equal(outputs.Epochs - 2, outputs.BestEpoch);
    }

    [Fact]
    public async Task Rows_with_label_0_are_nothing_to_learn_from_but_their_items_can_be_in_the_way()
    {
        string shown = string.Concat(Tastes.Visits(900, 3).Split('\n', StringSplitOptions.RemoveEmptyEntries).Skip(1).Select(l => l[..^1] + "0\n"));
        TrainVlps.Inputs inputs = await Tastes.InputsAsync(_context);
        inputs = inputs with { Validation = await Chain.CollectAsync(_context, "both.csv", Tastes.Visits(100, 4) + shown), Epochs = 1 };
        await Chain.TrainAsync(_context, inputs);
        Assert.Contains(_context.Lines, l => l.Contains("100 rows over 60 right sides", StringComparison.Ordinal));
        ArtifactRef none = await Chain.CollectAsync(_context, "none.csv", "user,item,shop,visited\n" + shown);
        await RefusedAsync("ML-005", "label 0", inputs with { Samples = none });
        await RefusedAsync("ML-005", "label 1", inputs with { Validation = none });
    }

    [Fact]
    public async Task A_killed_training_of_towers_ends_with_the_same_bytes_and_a_new_day_goes_on_from_it()
    {
        TrainVlps.Inputs inputs = await Tastes.InputsAsync(_context) with { CheckpointEvery = 512, ShuffleWindow = 512, Patience = 3 };
        inputs = inputs with { Validation = await Tastes.VisitsAsync(_context, 200, 2) };
        TrainVlps.Outputs whole = await Chain.TrainAsync(_context, inputs);
        _context.CheckpointsToUse = _context.NewFolder();
        using CancellationTokenSource killed = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        _context.Reported = _ => killed.Cancel();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _context.RunAsync(new TrainVlps(), inputs, killed.Token));
        _context.Reported = null;
        Assert.Equal(whole.Model, (await Chain.TrainAsync(_context, inputs)).Model);
        Assert.Contains(_context.Lines, line => line.StartsWith("goes on from the checkpoint", StringComparison.Ordinal));
        _context.CheckpointsToUse = null;

        TrainVlps.Inputs daily = inputs with { Samples = await Tastes.VisitsAsync(_context, 300, 9), From = whole.Model, Epochs = null, Patience = null };
        TrainVlps.Outputs next = await Chain.TrainAsync(_context, daily);
        Assert.InRange(next.ChangedRows!.Value, 100, next.Features);
        Assert.InRange(next.ValidationRecall10!.Value, whole.ValidationRecall10!.Value - 0.05, 1);
    }

    [Fact]
    public async Task What_means_nothing_for_towers_is_refused()
    {
        TrainVlps.Inputs inputs = await Tastes.InputsAsync(_context);
        await RefusedAsync("ML-006", "calibrate", inputs with { Validation = inputs.Samples, Calibrate = MLPlatform.Vlps.Metrics.CalibrationMethod.Platt });
        await RefusedAsync("ML-006", "negativesKept", inputs with { NegativesKept = 0.1 });
        string less = Tastes.Declaration.Replace("""["item", "shop"]""", """["item"]""", StringComparison.Ordinal);
        await RefusedAsync("VLPS-008", "'shop' is read by neither tower", inputs with { Declaration = JsonSerializer.Deserialize<JsonElement>(less) });
    }

    [Fact]
    public async Task Whoever_wants_chances_of_the_label_is_sent_to_recall()
    {
        TrainVlps.Inputs inputs = await Tastes.InputsAsync(_context) with { Epochs = 1 };
        ArtifactRef model = (await Chain.TrainAsync(_context, inputs)).Model;
        foreach (Func<Task> use in new Func<Task>[]
        {
            () => Chain.EvaluateAsync(_context, new EvaluateModel.Inputs { Model = model, Table = inputs.Samples }),
            () => _context.RunAsync(new ScoreTable(), new ScoreTable.Inputs { Model = model, Table = inputs.Samples }),
            () => Chain.GateAsync(_context, new GateModel.Inputs { Candidate = model, Table = inputs.Samples }),
        })
        {
            ActivityException problem = await Assert.ThrowsAsync<ActivityException>(use);
            Assert.Equal("ML-020", problem.Code);
            Assert.Contains("model.recall", problem.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Inspection_tells_the_towers()
    {
        string folder = Path.Combine(_context.NewFolder(), "model");
        await _context.Artifacts.LayOutAsync((await Chain.TrainAsync(_context, await Tastes.InputsAsync(_context) with { Epochs = 1 })).Model.Hash, folder, Cancel);
        ModelInspection model = ModelInspection.Of(folder);
        Assert.Equal(["left user 16", "right item shop 16"], model.Towers.Select(t => $"{t.Name} {string.Join(' ', t.Fields)} {t.Width}"));
        Assert.True(model.Description.HasTowers);
        Assert.Contains(model.Dense, d => d is { Name: "right/1/weights", Norm: > 0 });
    }

    private async Task RefusedAsync(string code, string about, TrainVlps.Inputs inputs)
    {
        ActivityException problem = await Assert.ThrowsAsync<ActivityException>(() => Chain.TrainAsync(_context, inputs));
        Assert.Equal(code, problem.Code);
        Assert.Contains(about, problem.Message, StringComparison.Ordinal);
    }
}
