using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using System.Text.Json.Serialization;
using MLPlatform.Activities.Training;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Artifacts;
using MLPlatform.Vlps.Metrics;
using MLPlatform.Vlps.Models;
using MLPlatform.Vlps.Training;

namespace MLPlatform.Activities.Evaluation;

/// <summary>
/// Decides whether a candidate may replace the champion. Both score the same rows; a paired bootstrap says how sure the
/// difference is. Deciding is not failing: a rejected candidate is a result, and pipelines branch on <c>passed</c>.
/// </summary>
[Activity("model.gate")]
[Description("Compares a candidate with the champion on the same rows, with a bootstrap confidence interval, and says whether it passes.")]
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
    }

    /// <param name="Passed">Whether the candidate may go on.</param>
    /// <param name="Reason">Why, as sentences.</param>
    /// <param name="Candidate">The candidate's value.</param>
    /// <param name="Champion">The champion's value; null where there is none.</param>
    /// <param name="Improvement">How much better the candidate is; positive is better whatever the metric.</param>
    /// <param name="CiLow">Lower end of the interval of the improvement.</param>
    /// <param name="CiHigh">Upper end.</param>
    /// <param name="Verdict">The verdict as a page and as JSON.</param>
    public sealed record Outputs(
        bool Passed, string Reason, double Candidate, double? Champion, double? Improvement, double? CiLow, double? CiHigh, ArtifactRef Verdict);

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
        ScoredRows rows = await MlErrors.ExplainedAsync(
            () => ScoredRows.Read(models, files, label, inputs.GroupBy, [], null, context, cancel), cancel).ConfigureAwait(false);
        Verdict verdict = await MlErrors.ExplainedAsync(() => Judge(inputs, rows, context, cancel), cancel).ConfigureAwait(false);
        context.Log((verdict.Passed ? "passed: " : "rejected: ") + verdict.Reason);
        context.Report("candidate", verdict.Candidate);
        if (verdict.Champion is { } value)
            context.Report("champion", value);
        return new Outputs(
            verdict.Passed, verdict.Reason, verdict.Candidate, verdict.Champion, verdict.Improvement, verdict.CiLow, verdict.CiHigh,
            await WriteAsync(verdict, rows.Labels.Length, inputs.Tolerance, context, cancel).ConfigureAwait(false));
    }

    private static Verdict Judge(Inputs inputs, ScoredRows rows, ActivityContext context, CancellationToken cancel)
    {
        byte[] labels = rows.Labels;
        if (labels.AsSpan().IndexOf((byte)0) < 0 || labels.AsSpan().IndexOf((byte)1) < 0)
            throw MlErrors.Bad("ML-005", $"All {labels.Length} rows to judge by have the same label; no model can be judged by them.");
        // Without a champion the candidate is compared with itself, which costs one draw and gives its value.
        float[] champion = rows.Scores.Length == 2 ? rows.Scores[1] : rows.Scores[0];
        var bootstrap = new PairedBootstrap(inputs.Metric, rows.Scores[0], champion, labels, rows.Groups, inputs.Threshold);
        PairedComparison comparison = bootstrap.Compare(
            rows.Scores.Length == 2 ? inputs.Resamples : 1, inputs.Confidence, inputs.Seed, context.Cores, cancel);
        return Verdict.Of(
            inputs.Metric, comparison.Candidate, rows.Scores.Length == 2 ? comparison : null, inputs.Tolerance, inputs.Minimum, inputs.Confidence);
    }

    private static async Task<ArtifactRef> WriteAsync(Verdict verdict, long rows, double tolerance, ActivityContext context, CancellationToken cancel)
    {
        string folder = Directory.CreateDirectory(Path.Combine(context.ScratchFolder, "verdict")).FullName;
        await File.WriteAllTextAsync(Path.Combine(folder, "index.html"), VerdictPage.Render(context.Pipeline, verdict, rows, tolerance), cancel).ConfigureAwait(false);
        await File.WriteAllTextAsync(Path.Combine(folder, "verdict.json"), JsonSerializer.Serialize(verdict, Json), cancel).ConfigureAwait(false);
        return await context.Artifacts.PutFolderAsync(folder, "report", cancel).ConfigureAwait(false);
    }
}
