using MLPlatform.Activities.Training;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Artifacts;
using MLPlatform.Tests.Tables;
using MLPlatform.Vlps.Features;
using Xunit;

namespace MLPlatform.Tests.Training;

public sealed class TrainVlpsTests : IDisposable
{
    private readonly TestActivityContext _context = new();

    public void Dispose() => _context.Dispose();

    [Fact]
    public async Task The_same_inputs_give_the_same_model_artifact()
    {
        TrainVlps.Inputs inputs = await InputsAsync();
        TrainVlps.Outputs first = await Chain.TrainAsync(_context, inputs), second = await Chain.TrainAsync(_context, inputs);
        Assert.Equal(first.Model, second.Model);
        Assert.Equal("model", first.Model.Kind);
        Assert.NotEqual(first.Model, (await Chain.TrainAsync(_context, inputs with { Seed = 2 })).Model);
    }

    [Fact]
    public async Task Every_epoch_is_reported_and_progress_ends_at_one()
    {
        TrainVlps.Inputs inputs = await InputsAsync();
        TrainVlps.Outputs outputs = await Chain.TrainAsync(_context, inputs with { Validation = inputs.Samples });
        Assert.Equal(3, _context.Lines.Count(l => l.StartsWith("epoch ", StringComparison.Ordinal)));
        Assert.Equal(1, _context.Fraction);
        Assert.Equal(outputs.LogLoss, _context.Metrics["logLoss"]);
        Assert.True(outputs.ValidationAuc > 0.6);
        Assert.Equal(2000, outputs.Rows);
    }

    [Theory]
    [InlineData("ML-001", "there")]
    [InlineData("ML-004", "in row 1 of the table 'samples', which is neither 0 nor 1")]
    [InlineData("ML-005", "All 2000 samples have the label 0, so there is nothing to tell apart: the label column 'clicked' holds 'yes', 'no', and 'positive' says that 'maybe' counts as 1.")]
    public async Task Labels_that_cannot_be_learned_from_are_refused(string code, string about)
    {
        TrainVlps.Inputs inputs = await InputsAsync();
        inputs = code switch
        {
            "ML-001" => inputs with { Label = "there" },
            "ML-004" => inputs with { Positive = [] },
            _ => inputs with { Positive = ["maybe"] },
        };
        ActivityException problem = await Assert.ThrowsAsync<ActivityException>(() => Chain.TrainAsync(_context, inputs));
        Assert.Equal(code, problem.Code);
        Assert.Contains(about, problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Samples_that_all_weigh_nothing_are_refused()
    {
        ArtifactRef table = await Chain.CollectAsync(_context, "weightless.csv", "colour,clicked,w\n" + string.Concat(Enumerable.Repeat("red,1,0\nblue,0,0\n", 20)));
        ArtifactRef features = await Chain.FitAsync(_context, table, new FeatureDeclaration { Hash = ["colour"] });
        ActivityException problem = await Assert.ThrowsAsync<ActivityException>(
            () => Chain.TrainAsync(_context, new TrainVlps.Inputs { Samples = table, Features = features, Label = "clicked", Weight = "w" }));
        Assert.Equal("ML-005", problem.Code);
        Assert.Contains("All 40 samples weigh 0", problem.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("blue,,1", "ML-004", "The label column 'clicked' is missing in row 1503 of the table 'samples'")]
    [InlineData("blue,0,-1", "ML-006", "holds '-1' in row 1503 of the table 'samples'; weights are")]
    [InlineData("blue,5,1", "ML-004", "holds '5' in row 1503 of the table 'samples', which is neither")]
    public async Task The_first_row_with_a_label_or_weight_that_is_wrong_is_told(string row, string code, string about)
    {
        string good = string.Concat(Enumerable.Range(0, 1502).Select(i => $"red,{i % 2},1\n"));
        ArtifactRef table = await Chain.CollectAsync(_context, "wrong.csv", $"colour,clicked,w\n{good}{row}\n{good}{row}\n");
        ArtifactRef features = await Chain.FitAsync(_context, table, new FeatureDeclaration { Hash = ["colour"] });
        ActivityException problem = await Assert.ThrowsAsync<ActivityException>(
            () => Chain.TrainAsync(_context, new TrainVlps.Inputs { Samples = table, Features = features, Label = "clicked", Weight = "w", ShuffleWindow = 256 }));
        Assert.Equal(code, problem.Code);
        Assert.Contains(about, problem.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(256, true, 0.3, true)]
    [InlineData(256, false, 0.3, false)]
    [InlineData(65_536, true, 0.3, false)] // One block: all of it is shuffled.
    [InlineData(256, true, 0.01, false)] // So few of the one label that a block may have none by chance.
    public async Task A_table_sorted_by_its_label_is_told(int window, bool sorted, double share, bool told)
    {
        IEnumerable<bool> labels = Enumerable.Range(0, 2000).Select(i => sorted ? i < 2000 * share : i * 7919 % 2000 < 2000 * share);
        ArtifactRef table = await Chain.CollectAsync(_context, "sorted.csv", "colour,clicked\n" + string.Concat(labels.Select((one, i) => $"c{i % 7},{(one ? 1 : 0)}\n")));
        ArtifactRef features = await Chain.FitAsync(_context, table, new FeatureDeclaration { Hash = ["colour"] });
        await Chain.TrainAsync(_context, new TrainVlps.Inputs { Samples = table, Features = features, Label = "clicked", Epochs = 2, ShuffleWindow = window });
        Assert.Equal(told ? 1 : 0, _context.Lines.Count(l => l.Contains("sorted by its label: 7 of 8 blocks of 256 rows", StringComparison.Ordinal)));
        Assert.Equal(told, _context.Lines.Any(l => l.Contains("sorted by its label", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData(25, null, true)]
    [InlineData(25, 2, false)]
    [InlineData(1, null, false)]
    public async Task Epochs_that_make_the_model_worse_are_told_where_nothing_stops_them(int epochs, int? patience, bool told)
    {
        ArtifactRef table = await Chain.CollectAsync(_context, "few.csv", Chain.Clicks(300, 1)), validation = await Chain.CollectAsync(_context, "other.csv", Chain.Clicks(1000, 2));
        ArtifactRef features = await Chain.FitAsync(_context, table, new FeatureDeclaration { Cross = ["user", "colour", "size"] }, new FeatureDeclaration { Cross = ["colour", "size"] });
        await Chain.TrainAsync(_context, new TrainVlps.Inputs
        {
            Samples = table,
            Features = features,
            Label = "clicked",
            Positive = ["yes"],
            Validation = validation,
            Epochs = epochs,
            Patience = patience,
            LearningRate = 0.5,
            Batch = 32,
        });
        Assert.Equal(told, _context.Lines.Any(l => l.StartsWith("The model became worse after epoch ", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_feature_that_reads_the_label_is_refused_since_the_model_would_learn_nothing_else()
    {
        TrainVlps.Inputs inputs = await InputsAsync();
        ArtifactRef features = await Chain.FitAsync(_context, inputs.Samples, new FeatureDeclaration { Hash = ["colour", "clicked"] });
        ActivityException problem = await Assert.ThrowsAsync<ActivityException>(() => Chain.TrainAsync(_context, inputs with { Features = features }));
        Assert.Equal("ML-003", problem.Code);
        Assert.Contains("The feature 'clicked' reads the label's column 'clicked'", problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Patience_without_a_validation_table_is_refused_since_it_would_do_nothing()
    {
        TrainVlps.Inputs inputs = await InputsAsync();
        ActivityException problem = await Assert.ThrowsAsync<ActivityException>(() => Chain.TrainAsync(_context, inputs with { Patience = 2 }));
        Assert.Equal("ML-006", problem.Code);
        Assert.Contains("'validation'", problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_artifact_of_another_kind_is_refused_by_name()
    {
        TrainVlps.Inputs inputs = await InputsAsync();
        ActivityException problem = await Assert.ThrowsAsync<ActivityException>(
            () => Chain.TrainAsync(_context, inputs with { Features = inputs.Samples }));
        Assert.Equal("ML-010", problem.Code);
        Assert.Contains("'features' must be an artifact of the kind features; it is of the kind table", problem.Message, StringComparison.Ordinal);
    }

    private async Task<TrainVlps.Inputs> InputsAsync()
    {
        ArtifactRef table = await Chain.CollectAsync(_context, "clicks.csv", Chain.Clicks(2000, 1));
        ArtifactRef features = await Chain.FitAsync(
            _context, table, new FeatureDeclaration { Hash = ["colour", "size"] }, new FeatureDeclaration { Cross = ["colour", "size"] });
        return new TrainVlps.Inputs { Samples = table, Features = features, Label = "clicked", Positive = ["yes"], Epochs = 3, Batch = 32 };
    }
}
