using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using System.Text.Json.Serialization;
using MLPlatform.Activities.Training;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Artifacts;
using MLPlatform.Core.Pipelines;
using MLPlatform.Vlps.Metrics;
using MLPlatform.Vlps.Models;
using MLPlatform.Vlps.Rows;
using MLPlatform.Vlps.Training;

namespace MLPlatform.Activities.Evaluation;

/// <summary>
/// Decides whether a candidate may replace the champion. Both score the same rows; a paired bootstrap says how sure the
/// difference is. Deciding is not failing: a rejected candidate is a result, and pipelines branch on <c>passed</c>.
/// </summary>
[Activity("model.gate", Version = 2)]
[Description("Compares a candidate with the champion on the same rows, over all of them and by slice, looks at calibration, latency and size, and says whether it passes.")]
public sealed class GateModel : IActivity<GateModel.Inputs, GateModel.Outputs>
{
    public sealed record Inputs
    {
        [Description("The model that wants to be champion.")]
        public required ArtifactRef Candidate { get; init; }

        [Description("The champion, as in \"${{ models['NAME'].champion }}\"; null where there is none yet.")]
        public ArtifactRef? Champion { get; init; }

        [Description("The rows to judge by; neither model may have been trained on them.")]
        public required ArtifactRef Table { get; init; }

        [Description("The label column, where it is not the one the candidate was trained with.")]
        public string? Label { get; init; }

        [Description("Label values that count as 1, where they are not those the candidate was trained with.")]
        public IReadOnlyList<string>? Positive { get; init; }

        [Description("auc, logLoss or accuracy. Default: auc.")]
        public JudgedBy Metric { get; init; } = JudgedBy.Auc;

        [Description("What the candidate must reach in any case: at least this (logLoss: at most). Default: anything.")]
        public double? Minimum { get; init; }

        [Description("How much worse than the champion the candidate may be, at the lower end of the interval. Default: 0.005."), Range(0, 1e6)]
        public double Tolerance { get; init; } = 0.005;

        [Description("Confidence of the interval. Default: 0.95."), Range(0.5, 0.9999)]
        public double Confidence { get; init; } = 0.95;

        [Description("Draws of the bootstrap. Default: 500."), Range(20, 100_000)]
        public int Resamples { get; init; } = 500;

        [Description("A column whose values are drawn as a whole, a user id say, where rows of one value are not independent.")]
        public string? GroupBy { get; init; }

        [Description("For accuracy: scores of at least this count as 1. Default: 0.5."), Range(0, 1)]
        public double Threshold { get; init; } = 0.5;

        [Description("Seeds the draws. Default: 1.")]
        public long Seed { get; init; } = 1;

        [Description("Whether the candidate must surely beat one score for all rows, which stops a model of shuffled labels. Default: true.")]
        public bool BeatConstant { get; init; } = true;

        [Description("Columns by whose values the models are compared as well: a slice that surely regresses stops the candidate."), MaxLength(20)]
        public IReadOnlyList<string> Slices { get; init; } = [];

        [Description("How much worse than the champion the candidate may be on a slice; the whole interval must lie beyond it. Default: 0.01."), Range(0, 1e6)]
        public double SliceTolerance { get; init; } = 0.01;

        [Description("Rows that a slice needs to be compared on. Default: 500."), Range(2, 50_000_000)]
        public int SliceRows { get; init; } = 500;

        [Description("The largest expected calibration error, over 20 bins of equal size. Default: any."), Range(0, 1)]
        public double? MaxCalibrationError { get; init; }

        [Description("The longest time to score one row, in milliseconds at the 99th percentile, measured here; the candidate is then measured in every run. Default: any."), Range(0, 1e6)]
        public double? MaxMilliseconds { get; init; }

        [Description("The largest size of the model, such as \"64Mi\". Default: any.")]
        public Quantity? MaxSize { get; init; }
    }

    /// <param name="Passed">Whether the candidate may go on.</param>
    /// <param name="Reason">Why, as sentences.</param>
    /// <param name="Candidate">The candidate's value.</param>
    /// <param name="Champion">The champion's value; null where there is none.</param>
    /// <param name="Improvement">How much better the candidate is; positive is better whatever the metric.</param>
    /// <param name="CiLow">Lower end of the interval of the improvement.</param>
    /// <param name="CiHigh">Upper end.</param>
    /// <param name="Failed">The checks that stop the candidate, by name: minimum, constant, champion, slice, calibration, latency, size.</param>
    /// <param name="Verdict">The verdict as a page and as JSON.</param>
    public sealed record Outputs(
        bool Passed, string Reason, double Candidate, double? Champion, double? Improvement, double? CiLow, double? CiHigh,
        IReadOnlyList<string> Failed, ArtifactRef Verdict);

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
    };

    public async Task<Outputs> RunAsync(Inputs inputs, ActivityContext context, CancellationToken cancel)
    {
        using ModelFolder candidate = await TableFiles.LoadModelAsync(context, inputs.Candidate, "candidate", cancel).ConfigureAwait(false);
        using ModelFolder? champion = inputs.Champion is { } known
            ? await TableFiles.LoadModelAsync(context, known, "champion", cancel).ConfigureAwait(false)
            : null;
        IReadOnlyList<string> files = await TableFiles.FetchAsync(context, inputs.Table, "table", cancel).ConfigureAwait(false);
        ModelFolder[] models = champion is null ? [candidate] : [candidate, champion];
        LabelColumn label = EvaluateModel.LabelOf(candidate, inputs.Label, inputs.Positive);
        SliceRows slices = new(champion is null ? [] : inputs.Slices);
        ScoredRows rows = await MlErrors.ExplainedAsync(
            () => ScoredRows.Read(models, files, label, inputs.GroupBy, champion is null ? [] : inputs.Slices, (batch, _, _) => slices.Add(batch), context.Progress, cancel),
            cancel).ConfigureAwait(false);
        RequireBothLabels(rows, label, files);
        double? milliseconds = inputs.MaxMilliseconds is null ? null
            : await MlErrors.ExplainedAsync(() => ScoringCost.MillisecondsPerRow(candidate, files, cancel), cancel).ConfigureAwait(false);
        Judgement judgement = new(inputs, rows, slices, milliseconds, inputs.Candidate.Bytes, context.Cores);
        Verdict verdict = await MlErrors.ExplainedAsync(() => judgement.Pass(cancel), cancel).ConfigureAwait(false);
        context.Log((verdict.Passed ? "passed: " : "rejected: ") + verdict.Reason);
        context.Report("candidate", verdict.Candidate);
        if (verdict.Champion is { } value)
            context.Report("champion", value);
        return new Outputs(
            verdict.Passed, verdict.Reason, verdict.Candidate, verdict.Champion, verdict.Improvement, verdict.CiLow, verdict.CiHigh,
            [.. verdict.Checks.Where(c => !c.Passed).Select(c => c.Name).Distinct()],
            await WriteAsync(verdict, rows.Labels.Length, inputs.Tolerance, context, cancel).ConfigureAwait(false));
    }

    private static void RequireBothLabels(ScoredRows rows, LabelColumn label, IReadOnlyList<string> files)
    {
        if (rows.Labels.AsSpan().IndexOfAnyExcept(rows.Labels[0]) < 0)
            throw MlErrors.Bad("ML-005", $"All {rows.Labels.Length} rows to judge by have the label {rows.Labels[0]}, so no model can be judged by them: {label.Describe(new ParquetRows(files, [label.Column]).Read())}.");
    }

    private static async Task<ArtifactRef> WriteAsync(Verdict verdict, long rows, double tolerance, ActivityContext context, CancellationToken cancel)
    {
        string folder = Directory.CreateDirectory(Path.Combine(context.ScratchFolder, "verdict")).FullName;
        await File.WriteAllTextAsync(Path.Combine(folder, "index.html"), VerdictPage.Render(context.Pipeline, verdict, rows, tolerance), cancel).ConfigureAwait(false);
        await File.WriteAllTextAsync(Path.Combine(folder, "verdict.json"), JsonSerializer.Serialize(verdict, Json), cancel).ConfigureAwait(false);
        return await context.Artifacts.PutFolderAsync(folder, "report", cancel).ConfigureAwait(false);
    }
}
