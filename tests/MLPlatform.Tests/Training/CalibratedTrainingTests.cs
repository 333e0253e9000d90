using System.Globalization;
using System.Text;
using MLPlatform.Activities.Evaluation;
using MLPlatform.Activities.Training;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Artifacts;
using MLPlatform.Tests.Tables;
using MLPlatform.Vlps;
using MLPlatform.Vlps.Features;
using MLPlatform.Vlps.Metrics;
using MLPlatform.Vlps.Models;
using Xunit;

namespace MLPlatform.Tests.Training;

/// <summary>Scores that are probabilities: of thinned tables, and of models that are too sure of themselves.</summary>
public sealed class CalibratedTrainingTests : IDisposable
{
    private readonly TestActivityContext _context = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _context.Dispose();

    [Theory]
    [InlineData(null)]
    [InlineData(CalibrationMethod.Platt)]
    [InlineData(CalibrationMethod.Isotonic)]
    public async Task A_model_of_sampled_negatives_tells_the_chances_of_all_rows(CalibrationMethod? method)
    {
        TrainVlps.Inputs inputs = await InputsAsync(kept: 0.2) with { NegativesKept = 0.2, Calibrate = method };
        TrainVlps.Outputs trained = await Chain.TrainAsync(_context, inputs);
        Assert.InRange((await JudgeAsync(trained.Model)).PredictedToActual!.Value, 0.85, 1.15);
        TrainVlps.Outputs blind = await Chain.TrainAsync(_context, inputs with { NegativesKept = null });
        Assert.InRange((await JudgeAsync(blind.Model)).PredictedToActual!.Value, 2, 10);
    }

    [Theory]
    [InlineData(CalibrationMethod.Platt)]
    [InlineData(CalibrationMethod.Isotonic)]
    public async Task A_model_that_is_too_sure_is_set_right_and_ranks_as_before(CalibrationMethod method)
    {
        // Users of a few rows each, learned by heart.
        TrainVlps.Inputs inputs = await InputsAsync(kept: 1, users: 400) with { Epochs = 30, LearningRate = 0.3 };
        EvaluateModel.Outputs sure = await JudgeAsync((await Chain.TrainAsync(_context, inputs)).Model, users: 400);
        TrainVlps.Outputs trained = await Chain.TrainAsync(_context, inputs with { Calibrate = method });
        EvaluateModel.Outputs judged = await JudgeAsync(trained.Model, users: 400);
        Assert.InRange(judged.CalibrationError, 0, sure.CalibrationError * 0.7);
        Assert.True(judged.LogLoss < sure.LogLoss);
        Assert.Equal(sure.Auc!.Value, judged.Auc!.Value, 1e-4);
        Assert.Contains(_context.Lines, l => l.StartsWith($"calibrated ({method}) on 6000 validation rows", StringComparison.Ordinal));
        string folder = Path.Combine(_context.NewFolder(), "model");
        await _context.Artifacts.LayOutAsync(trained.Model.Hash, folder, Cancel);
        Assert.Equal(method, ModelInspection.Of(folder).Description.Calibration!.Method);
        string report = Path.Combine(_context.NewFolder(), "report");
        await _context.Artifacts.LayOutAsync(judged.Report.Hash, report, Cancel);
        Assert.Contains("on 6000 rows)", await File.ReadAllTextAsync(Path.Combine(report, "index.html"), Cancel), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_calibration_is_that_of_the_kept_epoch_also_where_the_training_was_killed()
    {
        TrainVlps.Inputs inputs = await InputsAsync(kept: 1, users: 400) with { Epochs = 10, LearningRate = 0.5, Patience = 3, Calibrate = CalibrationMethod.Platt, CheckpointEvery = 1000 };
        TrainVlps.Outputs whole = await Chain.TrainAsync(_context, inputs);
        Assert.InRange(whole.BestEpoch, 1, 6);
        _context.CheckpointsToUse = _context.NewFolder();
        using CancellationTokenSource killed = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        TestActivityContext context = _context;
        int told = 0;
        context.Told = () =>
        {
            if (++told == (3 * whole.Epochs) - 1)
                killed.Cancel();
        };
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => context.RunAsync(new TrainVlps(), inputs, killed.Token));
        context.Told = null;
        Assert.Equal(whole.Model, (await Chain.TrainAsync(context, inputs)).Model);
        Assert.Contains(context.Lines, line => line.StartsWith("goes on from the checkpoint", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Without_a_validation_table_there_is_nothing_to_fit_to()
    {
        TrainVlps.Inputs inputs = await InputsAsync(kept: 1) with { Calibrate = CalibrationMethod.Platt, Validation = null };
        ActivityException problem = await Assert.ThrowsAsync<ActivityException>(() => Chain.TrainAsync(_context, inputs));
        Assert.Equal("ML-006", problem.Code);
        Assert.Contains("'validation'", problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_validation_table_of_one_label_is_refused_with_its_column_and_what_it_holds()
    {
        TrainVlps.Inputs inputs = await InputsAsync(kept: 1) with { Calibrate = CalibrationMethod.Platt };
        inputs = inputs with { Validation = await Chain.CollectAsync(_context, "one.csv", "user,colour,clicked\n" + string.Concat(Enumerable.Range(0, 30).Select(i => $"u{i},red,0\n"))) };
        ActivityException problem = await Assert.ThrowsAsync<ActivityException>(() => Chain.TrainAsync(_context, inputs));
        Assert.Equal("ML-005", problem.Code);
        Assert.Contains("the label column 'clicked' holds '0' alone", problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_folder_whose_calibration_falls_is_refused()
    {
        TrainVlps.Outputs trained = await Chain.TrainAsync(_context, await InputsAsync(kept: 1) with { Calibrate = CalibrationMethod.Platt });
        string folder = Path.Combine(_context.NewFolder(), "model"), file = Path.Combine(folder, ModelDescription.FileName);
        await _context.Artifacts.LayOutAsync(trained.Model.Hash, folder, Cancel);
        string text = (await File.ReadAllTextAsync(file, Cancel)).Replace("\"slope\": ", "\"slope\": -", StringComparison.Ordinal);
        File.Delete(file);
        await File.WriteAllTextAsync(file, text, Cancel);
        Assert.Contains("rising curve", Assert.Throws<VlpsException>(() => ModelFolder.Load(folder)).Message, StringComparison.Ordinal);
    }

    private async Task<EvaluateModel.Outputs> JudgeAsync(ArtifactRef model, int users = 12) =>
        await Chain.EvaluateAsync(_context, new EvaluateModel.Inputs { Model = model, Table = await TableAsync("test.csv", 6000, 3, 1, users) });

    private async Task<TrainVlps.Inputs> InputsAsync(double kept, int users = 12)
    {
        ArtifactRef table = await TableAsync("train.csv", 3000, 1, kept, users);
        ArtifactRef features = await Chain.FitAsync(_context, table, new FeatureDeclaration { Hash = ["user", "colour"] });
        return new TrainVlps.Inputs
        {
            Samples = table,
            Features = features,
            Label = "clicked",
            Model = TrainVlps.ModelType.Lr,
            Epochs = 5,
            Batch = 64,
            ShuffleWindow = 1024,
            Validation = await TableAsync("validation.csv", 6000, 2, kept, users),
        };
    }

    // One row in seven is clicked, more with some colours; of the others a part is kept. Rows beyond those are made until there are enough.
    private Task<ArtifactRef> TableAsync(string name, int rows, int seed, double kept, int users)
    {
        var random = new Random(seed);
        var csv = new StringBuilder("user,colour,clicked\n");
        for (int made = 0; made < rows;)
        {
            int user = random.Next(users), colour = random.Next(4);
            bool clicked = random.NextDouble() < 0.05 + (0.07 * colour);
            if (!clicked && random.NextDouble() >= kept)
                continue;
            csv.Append(CultureInfo.InvariantCulture, $"u{user},c{colour},{(clicked ? 1 : 0)}\n");
            made++;
        }
        return Chain.CollectAsync(_context, name, csv.ToString());
    }
}
