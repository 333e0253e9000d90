using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Text.Json;
using MLPlatform.Activities.Training;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Artifacts;
using MLPlatform.Vlps.Metrics;
using MLPlatform.Vlps.Models;
using MLPlatform.Vlps.Training;

namespace MLPlatform.Activities.Evaluation;

/// <summary>Scores a table with a model and says how good the scores are, in figures, as a table and as a page to read.</summary>
[Activity("model.evaluate", Version = 2)]
[Description("Scores a table: AUC, grouped AUC, log loss, calibration, accuracy; predictions as Parquet and an HTML report.")]
public sealed class EvaluateModel : IActivity<EvaluateModel.Inputs, EvaluateModel.Outputs>
{
    public sealed record Inputs
    {
        [Description("The model.")]
        public required ArtifactRef Model { get; init; }

        [Description("The table to score: raw rows with the columns the model reads, and the label.")]
        public required ArtifactRef Table { get; init; }

        [Description("The label column, where it is not the one the model was trained with.")]
        public string? Label { get; init; }

        [Description("Label values that count as 1, where they are not those the model was trained with.")]
        public IReadOnlyList<string>? Positive { get; init; }

        [Description("Columns to carry into the predictions.")]
        public IReadOnlyList<string> Keys { get; init; } = [];

        [Description("A column, a user id say, within whose values AUC is computed as well (weighted by rows).")]
        public string? GroupBy { get; init; }

        [Description("Scores of at least this count as 1 in accuracy, precision and recall. Default: 0.5."), Range(0, 1)]
        public double Threshold { get; init; } = 0.5;

        [Description("Bins of the calibration. Default: 20."), Range(2, 1000)]
        public int Bins { get; init; } = 20;

        [Description("The report's title. Default: the pipeline's name.")]
        public string? Title { get; init; }
    }

    /// <param name="Predictions">A table: row, keys, label, score.</param>
    /// <param name="Report">A page with figures and plots, and the figures as JSON.</param>
    /// <param name="Rows">Rows scored.</param>
    /// <param name="Positives">How many of them have label 1.</param>
    /// <param name="BaseRate">Positives over rows.</param>
    /// <param name="Auc">Area under the ROC curve, exact; null where there is one class only.</param>
    /// <param name="GroupedAuc">AUC within groups, weighted by rows; null where no group has both classes, or none were asked for.</param>
    /// <param name="Groups">Groups with both classes.</param>
    /// <param name="AveragePrecision">Area under the precision-recall curve.</param>
    /// <param name="LogLoss">Mean log loss.</param>
    /// <param name="CalibrationError">Expected calibration error over bins of equal size.</param>
    /// <param name="PredictedToActual">Sum of scores over positives; 1 is right on average.</param>
    /// <param name="Accuracy">Share of rows on the right side of the threshold.</param>
    /// <param name="Precision">Positives among rows at or above the threshold; null where there are none.</param>
    /// <param name="Recall">Share of positives at or above the threshold.</param>
    public sealed record Outputs(
        ArtifactRef Predictions, ArtifactRef Report, long Rows, long Positives, double BaseRate, double? Auc, double? GroupedAuc, int? Groups,
        double? AveragePrecision, double LogLoss, double CalibrationError, double? PredictedToActual, double Accuracy, double? Precision, double? Recall);

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    public async Task<Outputs> RunAsync(Inputs inputs, ActivityContext context, CancellationToken cancel)
    {
        PredictionsWriter.CheckKeys(inputs.Keys);
        using ModelFolder model = await TableFiles.LoadModelAsync(context, inputs.Model, "model", cancel).ConfigureAwait(false);
        IReadOnlyList<string> files = await TableFiles.FetchAsync(context, inputs.Table, "table", cancel).ConfigureAwait(false);
        LabelColumn label = LabelOf(model, inputs.Label, inputs.Positive);
        string folder = Path.Combine(context.ScratchFolder, "predictions");
        using var predictions = new PredictionsWriter(folder, inputs.Keys);
        ScoredRows rows = await MlErrors.ExplainedAsync(
            () => ScoredRows.Read([model], files, label, inputs.GroupBy, inputs.Keys, predictions.Write, context.Progress, cancel), cancel).ConfigureAwait(false);
        predictions.Close();
        Figures figures = Figures.Of(rows, inputs.Threshold, inputs.Bins);
        Report(figures, context);
        return OutputsOf(
            figures,
            await context.Artifacts.PutFolderAsync(folder, "table", cancel).ConfigureAwait(false),
            await WriteReportAsync(figures, model, inputs, context, cancel).ConfigureAwait(false));
    }

    internal static LabelColumn LabelOf(ModelFolder model, string? label, IReadOnlyList<string>? positive) =>
        new(label ?? model.Description.Label.Column, positive ?? model.Description.Label.Positive);

    private static async Task<ArtifactRef> WriteReportAsync(
        Figures figures, ModelFolder model, Inputs inputs, ActivityContext context, CancellationToken cancel)
    {
        string folder = Directory.CreateDirectory(Path.Combine(context.ScratchFolder, "report")).FullName;
        string title = inputs.Title ?? context.Pipeline;
        string page = EvaluationPage.Render(title, $"{model.Description.Kind}, {model.Features.Features.Count} features{CalibrationOf(model)}", figures);
        await File.WriteAllTextAsync(Path.Combine(folder, "index.html"), page, cancel).ConfigureAwait(false);
        string json = JsonSerializer.Serialize(figures with { Curves = null, Histogram = [] }, Json);
        await File.WriteAllTextAsync(Path.Combine(folder, "figures.json"), json, cancel).ConfigureAwait(false);
        return await context.Artifacts.PutFolderAsync(folder, "report", cancel).ConfigureAwait(false);
    }

    private static string CalibrationOf(ModelFolder model) => model.Description.Calibration is { } curve
        ? string.Create(CultureInfo.InvariantCulture, $", calibrated ({(curve.Method == CalibrationMethod.Platt ? "Platt" : "isotonic")} on {curve.Rows} rows)") : "";

    private static void Report(Figures figures, ActivityContext context)
    {
        (string Name, double? Value)[] metrics =
        [
            ("auc", figures.Auc), ("groupedAuc", figures.GroupedAuc), ("logLoss", figures.LogLoss), ("accuracy", figures.Accuracy),
            ("calibrationError", figures.Calibration.ExpectedError), ("predictedToActual", figures.PredictedToActual), ("baseRate", figures.BaseRate),
        ];
        foreach ((string name, double? value) in metrics.Where(m => m.Value is not null))
            context.Report(name, value!.Value);
        context.Log(string.Create(CultureInfo.InvariantCulture,
            $"{figures.Rows} rows, {figures.Positives} positive: AUC {figures.Auc:F5}, log loss {figures.LogLoss:F5}, accuracy {figures.Accuracy:F4}"));
    }

    private static Outputs OutputsOf(Figures f, ArtifactRef predictions, ArtifactRef report) => new(
        predictions, report, f.Rows, f.Positives, f.BaseRate, f.Auc, f.GroupedAuc, f.Groups, f.AveragePrecision, f.LogLoss,
        f.Calibration.ExpectedError, f.PredictedToActual, f.Accuracy, f.Precision, f.Recall);
}
