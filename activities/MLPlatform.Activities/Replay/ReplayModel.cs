using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Text.Json;
using MLPlatform.Activities.Evaluation;
using MLPlatform.Activities.Tables;
using MLPlatform.Activities.Training;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Artifacts;
using MLPlatform.Vlps.Declarations;
using MLPlatform.Vlps.Features;
using MLPlatform.Vlps.Metrics;
using MLPlatform.Vlps.Networks;
using MLPlatform.Vlps.Tables;
using MLPlatform.Vlps.Training;

namespace MLPlatform.Activities.Replay;

/// <summary>
/// Lives a dated feedback log again, step by step: one model is trained once and stays, the other is trained anew after
/// every step and takes over where it passes the gate. Each step is scored before anything learns from it, so the figures
/// are what serving would have seen.
/// </summary>
[Activity("model.replay")]
[Description("Replays dated feedback day by day: a model that stays as it is against one that is retrained and gated, each day scored before it is learned from.")]
public sealed class ReplayModel : IActivity<ReplayModel.Inputs, ReplayModel.Outputs>
{
    public sealed record Inputs
    {
        [Description("Labeled rows with a time: the feedback.")]
        public required ArtifactRef Table { get; init; }

        [Description("The timestamp column.")]
        public required string Time { get; init; }

        [Description("The column with the label.")]
        public required string Label { get; init; }

        [Description("Label values that count as 1. Empty: the column holds 0 and 1, or true and false.")]
        public IReadOnlyList<string> Positive { get; init; } = [];

        [Description("What to make of the columns, as in features.build. Empty: every column but time and label is hashed.")]
        public IReadOnlyList<FeatureDeclaration> Features { get; init; } = [];

        [Description("Columns that are left out where features is empty, such as ids and what is known only after the label.")]
        public IReadOnlyList<string> Ignore { get; init; } = [];

        [Description("The length of a step. Default: P1D.")]
        public TimeSpan Step { get; init; } = TimeSpan.FromDays(1);

        [Description("Steps to train the first model on. Default: 1."), Range(1, 1000)]
        public int WarmUp { get; init; } = 1;

        [Description("The newest steps that are trained on. Default: all."), Range(1, 1000)]
        public int? Window { get; init; }

        [Description("How the models are trained.")]
        public ReplayTraining Training { get; init; } = new();

        [Description("The newest part of each step, kept out of training to judge the new model by; 0: every new model takes over. Default: 0.2."), Range(0, 0.9)]
        public double Holdout { get; init; } = 0.2;

        [Description("How much worse than the champion a new model may be there, at the lower end of the interval. Default: 0.02."), Range(0, 1e6)]
        public double Tolerance { get; init; } = 0.02;

        [Description("auc or logLoss: what the gate and the comparison look at. Default: auc.")]
        public JudgedBy Metric { get; init; } = JudgedBy.Auc;
    }

    /// <param name="Steps">A table: one row for each step that was scored.</param>
    /// <param name="Report">A page with both curves.</param>
    /// <param name="Count">Steps that were scored.</param>
    /// <param name="Rows">Rows that were scored.</param>
    /// <param name="Positives">How many of them have label 1.</param>
    /// <param name="Promotions">How often a new model took over.</param>
    /// <param name="Frozen">The metric of the model that stayed, over all rows; null where there is one class only.</param>
    /// <param name="Retrained">The metric of the models that were retrained.</param>
    /// <param name="Improvement">How much better retraining was; positive is better whatever the metric.</param>
    /// <param name="CiLow">Lower end of the 95 % interval of the improvement.</param>
    /// <param name="CiHigh">Upper end.</param>
    public sealed record Outputs(
        ArtifactRef Steps, ArtifactRef Report, int Count, long Rows, long Positives, int Promotions,
        double? Frozen, double? Retrained, double? Improvement, double? CiLow, double? CiHigh);

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    public async Task<Outputs> RunAsync(Inputs inputs, ActivityContext context, CancellationToken cancel)
    {
        if (inputs.Step < TimeSpan.FromMinutes(1))
            throw MlErrors.Bad("ML-006", $"step must be at least a minute; it is {inputs.Step}.");
        // 1. See: one folder of rows for each step.
        IReadOnlyList<ReplaySlice> slices;
        using (DuckSession session = DuckSession.Open(context))
        {
            await session.AttachAsync("source", inputs.Table, cancel).ConfigureAwait(false);
            slices = await MlErrors.ExplainedAsync(() => ReplaySlice.Cut(session, inputs, context, cancel), cancel).ConfigureAwait(false);
        }
        if (slices.Count <= inputs.WarmUp)
            throw MlErrors.Bad("ML-016", $"The table has {slices.Count} steps of {inputs.Step} with rows, and warmUp takes {inputs.WarmUp} of them: nothing is left to replay. Take a shorter step, or more data.");
        // 2. Live through them.
        using ReplayCourse course = new(inputs, slices, context);
        await MlErrors.ExplainedAsync(() => course.Run(cancel), cancel).ConfigureAwait(false);
        // 3. Tell.
        PairedComparison? comparison = await MlErrors.ExplainedAsync(() => course.Compare(cancel), cancel).ConfigureAwait(false);
        foreach (ReplayStep step in course.Steps)
            Report(step, context);
        int promotions = course.Steps.Count(s => s.Promoted);
        context.Log(string.Create(CultureInfo.InvariantCulture,
            $"{course.Steps.Count} steps, {promotions} promotions: {Verdict.NameOf(inputs.Metric)} {comparison?.Champion:F4} frozen, {comparison?.Candidate:F4} retrained"));
        return new Outputs(
            await ReplaySteps.WriteAsync(course.Steps, context, cancel).ConfigureAwait(false),
            await WriteReportAsync(course.Steps, comparison, inputs, context, cancel).ConfigureAwait(false),
            course.Steps.Count, course.Steps.Sum(s => s.Rows), course.Steps.Sum(s => s.Positives), promotions,
            comparison?.Champion, comparison?.Candidate, comparison?.Improvement, comparison?.Low, comparison?.High);
    }

    private static void Report(ReplayStep step, ActivityContext context)
    {
        if (step.FrozenAuc is { } frozen)
            context.Report("frozenAuc", frozen, step.Number);
        if (step.RetrainedAuc is { } retrained)
            context.Report("retrainedAuc", retrained, step.Number);
        context.Report("frozenLogLoss", step.FrozenLogLoss, step.Number);
        context.Report("retrainedLogLoss", step.RetrainedLogLoss, step.Number);
    }

    private static async Task<ArtifactRef> WriteReportAsync(
        IReadOnlyList<ReplayStep> steps, PairedComparison? comparison, Inputs inputs, ActivityContext context, CancellationToken cancel)
    {
        string folder = Directory.CreateDirectory(Path.Combine(context.ScratchFolder, "report")).FullName;
        await File.WriteAllTextAsync(Path.Combine(folder, "index.html"), ReplayPage.Render(context.Pipeline, steps, comparison, inputs), cancel).ConfigureAwait(false);
        await File.WriteAllTextAsync(Path.Combine(folder, "replay.json"), JsonSerializer.Serialize(new { steps, comparison }, Json), cancel).ConfigureAwait(false);
        return await context.Artifacts.PutFolderAsync(folder, "report", cancel).ConfigureAwait(false);
    }
}

/// <summary>The models that a replay trains.</summary>
public enum ReplayedModel
{
    Lr,
    Fm,
}

/// <summary>How the models of a replay are trained; as in train.vlps.</summary>
public sealed record ReplayTraining
{
    [Description("lr or fm. Default: fm.")]
    public ReplayedModel Model { get; init; } = ReplayedModel.Fm;

    [Description("Factors of each feature, for fm. Default: 8."), Range(1, RowLayout.MaxDim)]
    public int Dim { get; init; } = 8;

    [Description("Adagrad's learning rate. Default: 0.05."), Range(1e-6, 100)]
    public double LearningRate { get; init; } = 0.05;

    [Description("What Adagrad's sums of squares begin with. Default: 0.1."), Range(1e-9, 1e9)]
    public double FirstSquares { get; init; } = 0.1;

    [Description("Passes over the rows. Default: 3."), Range(1, 1000)]
    public int Epochs { get; init; } = 3;

    [Description("Pull of weights towards 0. Default: 0."), Range(0, 1e6)]
    public double L2 { get; init; }

    [Description("Seeds the order of rows and the first factors. Default: 1.")]
    public long Seed { get; init; } = 1;

    internal NetworkOptions OptionsFor(int threads, string scratch) => new()
    {
        Declaration = new ModelDeclaration
        {
            Model = Model == ReplayedModel.Lr ? ModelName.Lr : ModelName.Fm,
            Fields = new FieldDeclaration { Dim = Dim, Rate = LearningRate, FirstSquares = FirstSquares, L2 = L2 },
        },
        Sparse = new SparseOptions { Batch = 64, Threads = Math.Clamp(threads, 1, 8), AnyThreads = true, Seed = Seed },
        Epochs = Epochs,
        WithState = false,
        ScratchFolder = scratch,
    };
}
