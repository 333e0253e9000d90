using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using MLPlatform.Activities.Lineage;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Artifacts;
using MLPlatform.Core.Lineage;
using MLPlatform.Core.Runs;
using MLPlatform.Vlps.Declarations;
using MLPlatform.Vlps.Features;
using MLPlatform.Vlps.Metrics;
using MLPlatform.Vlps.Models;
using MLPlatform.Vlps.Tables;
using MLPlatform.Vlps.Training;

namespace MLPlatform.Activities.Training;

/// <summary>
/// Trains a sparse model on a table, streaming it: memory holds the weights and one block of samples, never the table.
/// The same inputs and seed give the same model, byte for byte, on any number of cores up to 8.
/// </summary>
[Activity("train.vlps", Version = 3, MemoryCounts = true, Checkpoints = true)]
[Description("Trains a sparse model of clicks on all cores: logistic regression, a factorization machine, deepfm, dcn-v2, or one declared in full, such as two towers for recall.")]
public sealed class TrainVlps : IActivity<TrainVlps.Inputs, TrainVlps.Outputs>, IChecksInputs
{
    public enum ModelType
    {
        /// <summary>Logistic regression.</summary>
        Lr,

        /// <summary>Factorization machine.</summary>
        Fm,

        /// <summary>A factorization machine whose pairs of fields have weights.</summary>
        Fwfm,

        /// <summary>A factorization machine and a perceptron.</summary>
        [JsonStringEnumMemberName("deepfm")]
        DeepFm,

        /// <summary>Cross layers and a perceptron.</summary>
        [JsonStringEnumMemberName("dcn-v2")]
        DcnV2,

        /// <summary>Click, and conversion given a click.</summary>
        Esmm,
    }

    public sealed record Inputs
    {
        [Description("The training table: raw rows with the columns that the features read, and the label.")]
        public required ArtifactRef Samples { get; init; }

        [Description("The fitted features, from features.build. With 'from' those of that model are used, and these only where 'from' is null.")]
        public ArtifactRef? Features { get; init; }

        [Description("A declared model to go on from, such as ${{ models['NAME'].champion }}: its weights are trained further on samples it has not seen, ids that are new included. Null: weights begin anew.")]
        public ArtifactRef? From { get; init; }

        [Description("The column with the label.")]
        public required string Label { get; init; }

        [Description("Label values that count as 1; all others count as 0. Empty: the column holds 0 and 1, or true and false.")]
        public IReadOnlyList<string> Positive { get; init; } = [];

        [Description("A column of sample weights, 0 or above. Default: every row weighs 1.")]
        public string? Weight { get; init; }

        [Description("A model by name, whose fields are the features. lr: logistic regression; fm: factorization machine; fwfm, deepfm, dcn-v2, esmm (with a column conversion). Default: lr.")]
        public ModelType? Model { get; init; }

        [Description("In place of model: a model declared in full, as workflows/vlps-model.schema.json says. Its fields are the features, by name.")]
        public JsonElement? Declaration { get; init; }

        [Description("Factors of each feature; a declaration may say it by field. Default: 16."), Range(1, RowLayout.MaxDim)]
        public int? Dim { get; init; }

        [Description("Learning rate of rows. Default: 0.05."), Range(1e-6, 100)]
        public double? LearningRate { get; init; }

        [Description("What Adagrad's sums of squares begin with; larger is more careful with rare features. Default: 0.1."), Range(1e-9, 1e9)]
        public double? FirstSquares { get; init; }

        [Description("Passes over the table. Default: 5; with 'from' 1."), Range(1, 10_000)]
        public int? Epochs { get; init; }

        [Description("Pull of weights towards 0. Default: 0."), Range(0, 1e6)]
        public double? L2 { get; init; }

        [Description("Samples whose gradients are taken together. Default: 256; of towers 1536, which are told apart from the others of an eighth of them."), Range(1, 65_536)]
        public int? Batch { get; init; }

        [Description("Rows that are shuffled together. Default: 65536."), Range(256, 10_000_000)]
        public int ShuffleWindow { get; init; } = 65_536;

        [Description("Which part of the negatives the table kept, so that scores are those of all rows. Default: 1; a declaration may say it by task."), Range(1e-9, 1)]
        public double? NegativesKept { get; init; }

        [Description("With 'from': which rows go at the end, such as { \"afterTrainings\": 30 }. Default: none.")]
        public RowEviction? Evict { get; init; }

        [Description("What happens to new ids when rows fill half of resources.memory. refuse: they get no weights. evict: rows unused for longest make room. spill: rows used seldom go to a file on the attempt's disk, with the same model as from memory, later. Default: refuse.")]
        public WhenFull WhenFull { get; init; }

        [Description("Seeds the order of rows and the first factors. Default: 1.")]
        public long Seed { get; init; } = 1;

        [Description("A table to judge each epoch by. Not the test table: choosing by it makes its figures too good. Towers look for each row's right side among all there.")]
        public ArtifactRef? Validation { get; init; }

        [Description("Stop when the validation loss has not improved for this many epochs, and keep the best. Default: never."), Range(1, 10_000)]
        public int? Patience { get; init; }

        [Description("Calibrate scores on the validation table after the epoch that is kept: platt (a line, for few rows) or isotonic (a curve, for many). The order of rows stays. Default: not.")]
        public CalibrationMethod? Calibrate { get; init; }

        [Description("A checkpoint is written once so many samples were trained on since the last, and an attempt that is killed goes on from it. Default: 20,000,000."), Range(1, long.MaxValue, ErrorMessage = "{0} must be at least 1.")]
        public long CheckpointEvery { get; init; } = 20_000_000;

        [Description("Whether the model keeps the state of its optimizers, so that a later training can go on 'from' it; it about doubles its files. Default: true.")]
        public bool State { get; init; } = true;

        /// <summary>Passes over the table.</summary>
        internal int EpochsToRun => Epochs ?? (From is null ? 5 : 1);
    }

    /// <param name="Model">The model folder.</param>
    /// <param name="Rows">Rows of the training table.</param>
    /// <param name="Positives">How many of them have label 1.</param>
    /// <param name="Features">Ids that have weights.</param>
    /// <param name="Epochs">Epochs that were run.</param>
    /// <param name="BestEpoch">The epoch whose weights were kept.</param>
    /// <param name="LogLoss">Mean over the last epoch, each row predicted before it was learned from.</param>
    /// <param name="ValidationLogLoss">Of the kept epoch; null without a validation table. Of towers the loss of the softmax over all its right sides.</param>
    /// <param name="ValidationAuc">Of the kept epoch; null without a validation table, where it holds one class only, or of towers.</param>
    /// <param name="ValidationRecall10">Of towers: share of the validation rows with label 1 whose right side is among the first 10 of all; null without a validation table.</param>
    /// <param name="ValidationRecall100">The same among the first 100.</param>
    /// <param name="SamplesPerSecond">Samples of all epochs over the time, reading and encoding included.</param>
    /// <param name="ChangedRows">Ids whose weights changed against the model that it went on from; null where it began anew.</param>
    /// <param name="EvictedRows">Ids of the model that it went on from whose weights were dropped; null where it began anew.</param>
    /// <param name="Lineage">Which columns were learned from.</param>
    public sealed record Outputs(
        ArtifactRef Model, long Rows, long Positives, long Features, int Epochs, int BestEpoch, double LogLoss,
        double? ValidationLogLoss, double? ValidationAuc, double? ValidationRecall10, double? ValidationRecall100, double SamplesPerSecond,
        long? ChangedRows, long? EvictedRows, ArtifactRef? Lineage);

    private const string NoPatience = "'patience' stops by the loss on a validation table, and there is none: give 'validation', or leave 'patience' out";
    private const string NoTowerCalibration = "'calibrate' makes scores probabilities, and towers give none: leave it out";
    private const string NoCalibration = "'calibrate' fits scores to a validation table, and there is none: give 'validation', or leave 'calibrate' out";

    /// <inheritdoc/>
    public IEnumerable<InputProblem> Check(JsonElement inputs, OutputOf source) =>
        [
            // With 'from' the fields are those of that model.
            .. WrittenDeclaration.Check(inputs, Written(inputs, "features") && !Written(inputs, "from") ? source(inputs.GetProperty("features")) : null),
            .. Written(inputs, "patience") && !Written(inputs, "validation") ? [new InputProblem("ML-006", "$.patience", NoPatience)] : Array.Empty<InputProblem>(),
            .. Written(inputs, "calibrate") && !Written(inputs, "validation") ? [new InputProblem("ML-006", "$.calibrate", NoCalibration)] : Array.Empty<InputProblem>(),
            .. Written(inputs, "calibrate") && WrittenDeclaration.HasTowers(inputs) ? [new InputProblem("ML-006", "$.calibrate", NoTowerCalibration)] : Array.Empty<InputProblem>(),
        ];

    private static bool Written(JsonElement inputs, string name) => inputs.TryGetProperty(name, out JsonElement value) && value.ValueKind != JsonValueKind.Null;

    public async Task<Outputs> RunAsync(Inputs inputs, ActivityContext context, CancellationToken cancel)
    {
        if (inputs.Patience is not null && inputs.Validation is null)
            throw MlErrors.Bad("ML-006", NoPatience + ".");
        if (inputs.Calibrate is not null && inputs.Validation is null)
            throw MlErrors.Bad("ML-006", NoCalibration + ".");
        string? from = inputs.From is { } model ? await TableFiles.LayOutAsync(context, model, "model", "from", cancel).ConfigureAwait(false) : null;
        string features = from ?? await TableFiles.LayOutAsync(context, inputs.Features ?? throw MlErrors.Bad("ML-006", "There are neither 'features' nor a model to go on 'from': give one of them."),
            "features", "features", cancel).ConfigureAwait(false);
        FeatureSpec spec = MlErrors.Explained(() => from is null ? FeatureSpec.Load(Path.Combine(features, FeatureSpec.FileName)) : ModelFolder.ReadFeatures(from));
        var label = new LabelColumn(inputs.Label, inputs.Positive);
        IReadOnlyList<string> samples = await TableFiles.FetchAsync(context, inputs.Samples, "samples", cancel).ConfigureAwait(false);
        IReadOnlyList<string>? validation = inputs.Validation is { } table
            ? await TableFiles.FetchAsync(context, table, "validation", cancel).ConfigureAwait(false) : null;
        string folder = Path.Combine(context.ScratchFolder, "model");
        ModelDeclaration declared = DeclaredTraining.Read(inputs, spec, from);
        DeclaredTraining.TellIdle(inputs, declared, context);
        if (declared.HasTowers && inputs.Calibrate is not null)
            throw MlErrors.Bad("ML-006", NoTowerCalibration + ".");
        IReadOnlyList<LabelColumn> labels = ModelRequest.LabelsOf(declared, label);
        NetworkOptions options = DeclaredTraining.OptionsOf(inputs, declared, from, context);
        FieldSamples Read(string table, IReadOnlyList<string> files) => new(files, spec, labels, inputs.Weight, inputs.ShuffleWindow) { Table = table };
        NetworkResult result = await MlErrors.ExplainedAsync(
            () => NetworkTraining.Run(options, spec, Read("samples", samples), validation is null ? null : Read("validation", validation), folder, Tell(context), cancel), cancel).ConfigureAwait(false);
        DeclaredTraining.WarnWhenFull(inputs, result, context);
        DeclaredTraining.WarnWhenWorse(inputs, result, context);
        context.Report("samplesPerSecond", result.SamplesPerSecond);
        DeclaredTraining.TellEvicted(inputs, result, context);
        DeclaredTraining.TellCalibrated(result, context);
        EpochResult kept = result.Epochs[result.BestEpoch - 1];
        ModelFolder.SaveNetwork(folder, new ModelDescription
        {
            Kind = ModelFolder.NetworkKind,
            Label = labels[0],
            Network = result.Weights,
            Calibration = result.Calibration?.Curve,
            Metrics = MetricsOf(kept),
            Training = JsonSerializer.SerializeToElement(DeclaredTraining.Settings(inputs, declared, kept.Epoch), JsonSerializerOptions.Web),
        }, spec);
        ArtifactRef artifact = await context.Artifacts.PutFolderAsync(folder, "model", cancel).ConfigureAwait(false);
        return new Outputs(
            artifact, result.Rows, result.Positives, result.TableRows, result.Epochs.Count, result.BestEpoch,
            result.Epochs[^1].LogLoss, kept.ValidationLogLoss, kept.ValidationAuc, kept.ValidationRecall?.At10, kept.ValidationRecall?.At100,
            result.SamplesPerSecond, result.Weights.ChangedRows, result.Weights.EvictedRows,
            await LineageFile.WriteColumnsAsync(context, cancel, ("model", new ColumnLineage([], LearnedFrom(inputs, spec, [.. labels.Select(l => l.Column)])))).ConfigureAwait(false));
    }

    private static List<ColumnSource> LearnedFrom(Inputs inputs, FeatureSpec spec, IReadOnlyList<string> labels)
    {
        IEnumerable<string> columns = spec.Columns.Select(c => c.Name).Concat(labels).Concat(inputs.Weight is { } weight ? [weight] : []).Distinct();
        return [.. columns.SelectMany(c => new[] { "samples", inputs.Validation is null ? null : "validation" }.OfType<string>().Select(i => new ColumnSource(i, c, ColumnUse.Aggregation))),
            .. inputs.From is null ? spec.Features.Select(f => new ColumnSource("features", f.Name, ColumnUse.Transformation)) : []];
    }

    // Epochs are reported as they end, so that somebody who watches, a sweep say, can stop what is going nowhere.
    private static Action<TrainingProgress> Tell(ActivityContext context) => progress =>
    {
        if (progress.Ended is { } epoch)
            ReportEpoch(epoch, context);
        if (progress.Warning is { } warning)
            context.Log(warning);
        context.Progress(
            progress.Fraction,
            string.Create(CultureInfo.InvariantCulture,
                $"epoch {progress.Epoch} of {progress.Epochs}, {progress.SamplesPerSecond / 1000:F0} k samples/s, log loss {progress.LogLoss:F4}{(progress.LatestAuc is { } auc ? $", AUC {auc:F4}" : "")}"));
    };

    private static void ReportEpoch(EpochResult epoch, ActivityContext context)
    {
        string line = string.Create(CultureInfo.InvariantCulture, $"epoch {epoch.Epoch}: log loss {epoch.LogLoss:F5}");
        context.Report("logLoss", epoch.LogLoss, epoch.Epoch);
        if (epoch.ValidationLogLoss is { } loss)
        {
            context.Report("validationLogLoss", loss, epoch.Epoch);
            line += string.Create(CultureInfo.InvariantCulture, $", validation log loss {loss:F5}");
        }
        if (epoch.ValidationAuc is { } auc)
        {
            context.Report("validationAuc", auc, epoch.Epoch);
            line += string.Create(CultureInfo.InvariantCulture, $", validation AUC {auc:F5}");
        }
        if (epoch.ValidationRecall is { } recall)
        {
            context.Report("validationRecall10", recall.At10, epoch.Epoch);
            context.Report("validationRecall100", recall.At100, epoch.Epoch);
            context.Report("validationMrr", recall.Mrr, epoch.Epoch);
            line += string.Create(CultureInfo.InvariantCulture,
                $"; {recall.Positives} rows over {recall.Items} right sides: recall in the first 10 {recall.At10:F4}, in the first 100 {recall.At100:F4}, MRR {recall.Mrr:F4}");
        }
        context.Log(line);
    }

    private static Dictionary<string, double> MetricsOf(EpochResult kept)
    {
        var metrics = new Dictionary<string, double> { ["logLoss"] = kept.LogLoss };
        if (kept.ValidationLogLoss is { } loss)
            metrics["validationLogLoss"] = loss;
        if (kept.ValidationAuc is { } auc)
            metrics["validationAuc"] = auc;
        if (kept.ValidationRecall is { } recall)
            (metrics["validationRecall10"], metrics["validationRecall100"], metrics["validationMrr"]) = (recall.At10, recall.At100, recall.Mrr);
        return metrics;
    }
}
