using System.IO.Hashing;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using MLPlatform.Vlps;
using MLPlatform.Vlps.Batches;
using MLPlatform.Vlps.Declarations;
using MLPlatform.Vlps.Features;
using MLPlatform.Vlps.Models;
using MLPlatform.Vlps.Networks;
using MLPlatform.Vlps.Rows;
using MLPlatform.Vlps.Shards;
using MLPlatform.Vlps.Training;

namespace MLPlatform.Cli.Vlps.Shards;

/// <summary>A table of Parquet files behind fitted features, as <c>train.vlps</c> learns from them, and a model folder as it writes it.</summary>
internal sealed class TableTraining : ShardData
{
    private readonly ShardParameters _parameters;
    private readonly FeatureSpec _spec;
    private readonly IReadOnlyList<LabelColumn> _labels;
    private readonly IReadOnlyList<string> _files;
    private readonly IReadOnlyList<string>? _validation;
    private readonly StreamedSamples _samples;
    private readonly string _out;

    private TableTraining(ShardParameters parameters, Artifact samples, Artifact? features, Artifact? validation, Artifact? from, string folder)
    {
        (_parameters, _out) = (parameters, folder);
        _spec = from is null ? FeatureSpec.Load(Path.Combine(features!.Path, FeatureSpec.FileName)) : ModelFolder.ReadFeatures(from.Path);
        Model = parameters.Declare(_spec, from?.Path);
        From = from is null ? null : new ShardOrigin(from.Path, parameters.Evict);
        _labels = parameters.LabelsOf(Model);
        Columns = FieldEncoder.FieldsOf(_spec);
        _files = Files(samples.Path, "samples");
        _validation = validation is null ? null : Files(validation.Path, "validation");
        if (parameters.Patience is not null && _validation is null)
            throw new VlpsException(VlpsProblem.Option, "'patience' stops by the loss on a validation table, and there is none: give an artifact 'validation', or leave 'patience' out");
        Rows = new ParquetRows(_files, []).CountRows();
        if (Rows == 0)
            throw new VlpsException(VlpsProblem.NoSignal, "the table of samples has no rows");
        Identity = Hash(samples.Hash, (from ?? features!).Hash, JsonSerializer.Serialize(_labels), parameters.Weight, parameters.ShuffleWindow.ToString(System.Globalization.CultureInfo.InvariantCulture));
        _samples = new StreamedSamples(_files, _spec, _labels, parameters.Weight, parameters.ShuffleWindow, parameters.Seed);
    }

    /// <summary>Reads what the activity was given.</summary>
    /// <param name="inputs">inputs.json: <c>artifacts</c> named samples, features or from, and perhaps validation, and <c>parameters</c>.</param>
    /// <param name="parameters">Makes changes to what the file says.</param>
    /// <param name="folder">Receives the model.</param>
    public static TableTraining Read(string inputs, Func<ShardParameters, ShardParameters> parameters, string folder)
    {
        using JsonDocument file = JsonDocument.Parse(File.ReadAllBytes(inputs));
        ShardParameters read = file.RootElement.TryGetProperty("parameters", out JsonElement given) ? ShardParameters.Read(given) : new ShardParameters();
        Dictionary<string, Artifact> artifacts = [];
        if (file.RootElement.TryGetProperty("artifacts", out JsonElement named))
        {
            foreach (JsonProperty each in named.EnumerateObject().Where(a => a.Value.ValueKind == JsonValueKind.Object))
                artifacts[each.Name] = new Artifact(each.Value.GetProperty("$artifact").GetString()!, each.Value.GetProperty("path").GetString()!);
        }
        Artifact Of(string name) => artifacts.GetValueOrDefault(name)
            ?? throw CliException.Usage("CLI-001", $"the training has no artifact named '{name}'", "give train.distributed \"artifacts\": { \"samples\": a table, \"features\": what features.build made, or \"from\": a model to go on from }, or --generate for made-up clicks");
        Artifact? from = artifacts.GetValueOrDefault("from");
        return new TableTraining(parameters(read), Of("samples"), from is null ? Of("features") : null, artifacts.GetValueOrDefault("validation"), from, folder);
    }

    public ShardParameters Parameters => _parameters;

    public override ModelDeclaration Model { get; }

    public override SampleColumns Columns { get; }

    public override long Rows { get; }

    public override string Identity { get; }

    public override ShardOrigin? From { get; }

    public override void Fill(FieldBlock block, SamplePart part) => _samples.Fill(block, part);

    public override Func<SparseModel, (double LogLoss, double? Auc)>? Judge => Validation is { } validation ? model => ShardModel.Judge(model, validation) : null;

    private FieldSamples? Validation => _validation is null ? null : new FieldSamples(_validation, _spec, _labels, null, _parameters.ShuffleWindow);

    public override JsonObject Finish(ShardFolder folder)
    {
        ShardOutcome outcome = ShardModel.Write(folder, _out, new FieldSamples(_files, _spec, _labels), Validation, From);
        EpochResult kept = outcome.Kept;
        if ((_parameters.Evict is not null || _parameters.WhenFull == MLPlatform.Vlps.Tables.WhenFull.Evict) && outcome.Weights.EvictedRows is { } gone)
            WorkerReport.TellEvicted(gone, outcome.TableRows);
        Dictionary<string, double> metrics = new() { ["logLoss"] = kept.LogLoss };
        if (kept.ValidationLogLoss is { } loss)
            metrics["validationLogLoss"] = loss;
        if (kept.ValidationAuc is { } auc)
            metrics["validationAuc"] = auc;
        ModelFolder.SaveNetwork(_out, new ModelDescription
        {
            Kind = ModelFolder.NetworkKind,
            Label = _labels[0],
            Network = outcome.Weights,
            Metrics = metrics,
            Training = JsonSerializer.SerializeToElement(new { epoch = kept.Epoch, _parameters.Batch, _parameters.ShuffleWindow, _parameters.Seed }, JsonSerializerOptions.Web),
        }, _spec);
        return new JsonObject
        {
            ["rows"] = Rows,
            ["positives"] = outcome.Positives,
            ["features"] = outcome.TableRows,
            ["epochs"] = outcome.Passes,
            ["bestEpoch"] = kept.Epoch,
            ["logLoss"] = outcome.LogLoss,
            ["validationLogLoss"] = kept.ValidationLogLoss,
            ["validationAuc"] = kept.ValidationAuc,
            ["changedRows"] = outcome.Weights.ChangedRows,
            ["evictedRows"] = outcome.Weights.EvictedRows,
        };
    }

    // As the artifact has them: by path.
    private static string[] Files(string folder, string name)
    {
        string[] files = [.. Directory.EnumerateFiles(folder, "*.parquet", SearchOption.AllDirectories).OrderBy(f => Path.GetRelativePath(folder, f), StringComparer.Ordinal)];
        return files.Length > 0 ? files : throw new CliException("ML-010", $"the artifact '{name}' is not a table: it has no Parquet files", null, ExitCode.Failed);
    }

    private static string Hash(params IEnumerable<string?> parts) => XxHash3.HashToUInt64(Encoding.UTF8.GetBytes(string.Join('\n', parts))).ToString("x16", System.Globalization.CultureInfo.InvariantCulture);

    public override void Dispose()
    {
        _samples.Dispose();
        base.Dispose();
    }

    private sealed record Artifact(string Hash, string Path);
}
