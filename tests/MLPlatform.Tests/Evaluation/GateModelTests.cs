using MLPlatform.Activities.Data;
using MLPlatform.Activities.Evaluation;
using MLPlatform.Activities.Training;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Artifacts;
using MLPlatform.Core.Pipelines;
using MLPlatform.Tests.Tables;
using MLPlatform.Tests.Training;
using MLPlatform.Vlps.Features;
using Xunit;

namespace MLPlatform.Tests.Evaluation;

public sealed class GateModelTests : IDisposable
{
    private static readonly FeatureDeclaration[] Good = [new() { Hash = ["colour", "size"] }, new() { Log = ["price"] }, new() { Cross = ["colour", "size"] }];

    private readonly TestActivityContext _context = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _context.Dispose();

    [Fact]
    public async Task The_first_model_passes_the_gate_if_it_is_good_enough()
    {
        (ArtifactRef model, SplitData.Outputs parts) = await TrainAsync(Sound, Good);
        GateModel.Outputs good = await Chain.GateAsync(_context, new GateModel.Inputs { Candidate = model, Table = parts.Test, Minimum = 0.6 });
        Assert.True(good.Passed);
        Assert.Null(good.Champion);
        Assert.Contains("no champion", good.Reason, StringComparison.Ordinal);
        GateModel.Outputs poor = await Chain.GateAsync(_context, new GateModel.Inputs { Candidate = model, Table = parts.Test, Minimum = 0.99 });
        Assert.False(poor.Passed);
        Assert.Contains("misses the required 0.99", poor.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_worse_model_is_rejected_and_an_equal_or_better_one_passes()
    {
        (ArtifactRef good, SplitData.Outputs parts) = await TrainAsync(Sound, Good);
        (ArtifactRef poor, _) = await TrainAsync(Sound, new FeatureDeclaration { Hash = ["user"] });
        async Task<GateModel.Outputs> GateAsync(ArtifactRef candidate, ArtifactRef champion) => await Chain.GateAsync(
            _context, new GateModel.Inputs { Candidate = candidate, Champion = champion, Table = parts.Test, GroupBy = "user", Resamples = 100 });
        GateModel.Outputs worse = await GateAsync(poor, good), better = await GateAsync(good, poor), equal = await GateAsync(good, good);
        Assert.Equal((false, true, true), (worse.Passed, better.Passed, equal.Passed));
        Assert.True(better.CiLow > 0 && better.CiLow <= better.Improvement && better.Improvement <= better.CiHigh);
        Assert.Equal((0.0, 0.0), (equal.CiLow!.Value, equal.CiHigh!.Value));
        string folder = Path.Combine(_context.NewFolder(), "verdict");
        await _context.Artifacts.LayOutAsync(worse.Verdict.Hash, folder, Cancel);
        Assert.Contains("Rejected", await File.ReadAllTextAsync(Path.Combine(folder, "index.html"), Cancel), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_model_of_a_day_with_shuffled_labels_is_stopped()
    {
        (ArtifactRef champion, SplitData.Outputs sound) = await TrainAsync(Sound, Good);
        (ArtifactRef candidate, SplitData.Outputs _) = await TrainAsync(Shuffled, Good);
        GateModel.Outputs first = await GateAsync(candidate, null, sound.Test), later = await GateAsync(candidate, champion, sound.Test);
        Assert.False(first.Passed);
        Assert.Equal(["constant"], first.Failed);
        Assert.False(later.Passed);
        Assert.Equal(["constant", "champion"], later.Failed);
    }

    [Fact]
    public async Task Shuffled_rows_to_judge_by_stop_every_candidate_also_where_the_champion_looks_as_bad()
    {
        (ArtifactRef model, _) = await TrainAsync(Sound, Good);
        (_, SplitData.Outputs shuffled) = await TrainAsync(Shuffled, Good);
        GateModel.Outputs outcome = await GateAsync(model, model, shuffled.Test);
        Assert.Equal(["constant"], outcome.Failed);
        Assert.StartsWith("Over one score for all rows", outcome.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_slice_that_regresses_stops_a_candidate_that_the_comparison_over_all_rows_lets_through()
    {
        // The champion knows what red and blue people like; the candidate has the taste of the red ones upside down.
        (ArtifactRef champion, SplitData.Outputs parts) = await TrainAsync(OnlyFor("red", "blue"), Good);
        (ArtifactRef candidate, _) = await TrainAsync(UpsideDownFor("red"), Good);
        GateModel.Inputs inputs = new() { Candidate = candidate, Champion = champion, Table = parts.Test, Resamples = 100, Tolerance = 0.5, BeatConstant = false };
        Assert.True((await Chain.GateAsync(_context, inputs)).Passed);
        GateModel.Outputs sliced = await Chain.GateAsync(_context, inputs with { Slices = ["colour"], SliceRows = 50 });
        Assert.Equal(["slice"], sliced.Failed);
        Assert.StartsWith("On colour = red", sliced.Reason, StringComparison.Ordinal);
        string page = await PageAsync(sliced);
        Assert.Contains("colour = red", page, StringComparison.Ordinal);
        Assert.Contains("colour = grey", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Each_budget_stops_a_candidate_that_exceeds_it_and_no_other()
    {
        (ArtifactRef model, SplitData.Outputs parts) = await TrainAsync(Sound, Good);
        GateModel.Inputs inputs = new() { Candidate = model, Table = parts.Test, Resamples = 20 };
        async Task<IReadOnlyList<string>> FailedAsync(GateModel.Inputs with) => (await Chain.GateAsync(_context, with)).Failed;
        Assert.Equal(["size"], await FailedAsync(inputs with { MaxSize = new Quantity(model.Bytes - 1), MaxMilliseconds = 1e6, MaxCalibrationError = 1 }));
        Assert.Equal(["latency"], await FailedAsync(inputs with { MaxSize = new Quantity(model.Bytes), MaxMilliseconds = 0, MaxCalibrationError = 1 }));
        Assert.Equal(["calibration"], await FailedAsync(inputs with { MaxSize = new Quantity(model.Bytes), MaxMilliseconds = 1e6, MaxCalibrationError = 1e-9 }));
    }

    [Fact]
    public async Task Rows_of_one_label_are_refused_with_their_column_and_what_it_holds()
    {
        (ArtifactRef model, _) = await TrainAsync(Sound, Good);
        ArtifactRef table = await Chain.CollectAsync(_context, "one.csv", Text([.. Lines(Sound).Where(l => !l.EndsWith("yes", StringComparison.Ordinal)).Take(301)]));
        ActivityException problem = await Assert.ThrowsAsync<ActivityException>(() => GateAsync(model, null, table));
        Assert.Equal(("ML-005",
            "All 300 rows to judge by have the label 0, so no model can be judged by them: the label column 'clicked' holds 'no' alone, and 'positive' says that 'yes' counts as 1."), (problem.Code, problem.Message));
    }

    private static string Sound => Chain.Clicks(4000, 1);

    // Every row gets the label of another, so that nothing in a row says anything about its label.
    private static string Shuffled
    {
        get
        {
            string[] lines = Lines(Sound);
            string[] labels = [.. lines.Skip(1).Select(l => l[(l.LastIndexOf(',') + 1)..])];
            new Random(7).Shuffle(labels);
            return Text([lines[0], .. lines.Skip(1).Select((l, i) => l[..(l.LastIndexOf(',') + 1)] + labels[i])]);
        }
    }

    private static string OnlyFor(params string[] colours)
    {
        string[] lines = Lines(Sound);
        string[] shuffled = Lines(Shuffled);
        return Text([lines[0], .. lines.Skip(1).Select((l, i) => colours.Contains(l.Split(',')[1]) ? l : shuffled[i + 1])]);
    }

    private static string UpsideDownFor(string colour) => Text([.. Lines(Sound).Select(l => l.Split(',')[1] != colour ? l
        : l[..(l.LastIndexOf(',') + 1)] + (l.EndsWith("yes", StringComparison.Ordinal) ? "no" : "yes"))]);

    private static string[] Lines(string csv) => csv.Split('\n', StringSplitOptions.RemoveEmptyEntries);

    private static string Text(string[] lines) => string.Join('\n', lines) + "\n";

    private Task<GateModel.Outputs> GateAsync(ArtifactRef candidate, ArtifactRef? champion, ArtifactRef table) =>
        Chain.GateAsync(_context, new GateModel.Inputs { Candidate = candidate, Champion = champion, Table = table, Resamples = 100 });

    private async Task<string> PageAsync(GateModel.Outputs outcome)
    {
        string folder = Path.Combine(_context.NewFolder(), "verdict");
        await _context.Artifacts.LayOutAsync(outcome.Verdict.Hash, folder, Cancel);
        return await File.ReadAllTextAsync(Path.Combine(folder, "index.html"), Cancel);
    }

    private async Task<(ArtifactRef Model, SplitData.Outputs Parts)> TrainAsync(string csv, params FeatureDeclaration[] features)
    {
        ArtifactRef table = await Chain.CollectAsync(_context, "clicks.csv", csv);
        SplitData.Outputs parts = await Chain.SplitAsync(_context, table);
        ArtifactRef fitted = await Chain.FitAsync(_context, parts.Train, features);
        TrainVlps.Outputs trained = await Chain.TrainAsync(_context, new TrainVlps.Inputs
        {
            Samples = parts.Train,
            Features = fitted,
            Label = "clicked",
            Positive = ["yes"],
        });
        return (trained.Model, parts);
    }
}
