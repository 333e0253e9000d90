using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Serialization;
using MLPlatform.Vlps.Features;
using MLPlatform.Vlps.Rows;
using MLPlatform.Vlps.Training;

namespace MLPlatform.Vlps.Models;

/// <summary>
/// A model as a folder: <c>model.json</c>, <c>features.json</c>, <c>weights.bin</c>. Nothing in it depends on when or
/// where it was written, so equal models are equal bytes. See docs/model-format.md.
/// </summary>
public sealed record ModelDescription
{
    public const string FileName = "model.json";
    public const string CurrentFormat = "mlplatform-model";
    public const int CurrentVersion = 1;

    public string Format { get; init; } = CurrentFormat;

    public int Version { get; init; } = CurrentVersion;

    /// <summary><c>vlps-lr</c> or <c>vlps-fm</c>.</summary>
    public required string Kind { get; init; }

    public required LabelColumn Label { get; init; }

    public string Weights { get; init; } = "weights.bin";

    public string Features { get; init; } = FeatureSpec.FileName;

    /// <summary>Options and seed that it was trained with.</summary>
    public JsonElement? Training { get; init; }

    /// <summary>Figures of its training, such as logLoss.</summary>
    public IReadOnlyDictionary<string, double> Metrics { get; init; } = new Dictionary<string, double>();
}

/// <summary>A model read from its folder, with what it needs to score raw rows. Scoring is safe from several threads at once.</summary>
public sealed class ModelFolder : IDisposable
{
    // A transformation is bound to the batch it encodes, so each thread that scores has one of its own.
    private readonly ConcurrentBag<(FeatureTransform Transform, SampleBlock Block)> _idle = [];

    private ModelFolder(ModelDescription description, FeatureSpec features, VlpsModel model)
    {
        (Description, Features, Model) = (description, features, model);
        FeatureTransform transform = new(features);
        Columns = transform.Columns;
        _idle.Add((transform, new SampleBlock()));
    }

    public ModelDescription Description { get; }

    public FeatureSpec Features { get; }

    public VlpsModel Model { get; }

    /// <summary>The columns that rows must have.</summary>
    public IReadOnlyList<string> Columns { get; }

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public static string KindName(ModelKind kind) => kind == ModelKind.LogisticRegression ? "vlps-lr" : "vlps-fm";

    /// <summary>Writes the three files; the folder is created where there is none.</summary>
    public static void Save(string folder, ModelDescription description, FeatureSpec features, VlpsModel model, bool withOptimizer = true)
    {
        Directory.CreateDirectory(folder);
        WeightsFile.Save(model, Path.Combine(folder, description.Weights), withOptimizer);
        features.Save(Path.Combine(folder, description.Features));
        using FileStream stream = File.Create(Path.Combine(folder, ModelDescription.FileName));
        JsonSerializer.Serialize(stream, description, Json);
    }

    /// <exception cref="VlpsException">The folder holds no model that this program can read.</exception>
    public static ModelFolder Load(string folder)
    {
        ModelDescription description = ReadDescription(Path.Combine(folder, ModelDescription.FileName));
        FeatureSpec features = FeatureSpec.Load(Inside(folder, description.Features));
        VlpsModel model = WeightsFile.Load(Inside(folder, description.Weights));
        if (KindName(model.Kind) == description.Kind)
            return new ModelFolder(description, features, model);
        model.Dispose();
        throw Bad($"model.json says {description.Kind}, but the weights are those of {KindName(model.Kind)}");
    }

    /// <summary>The probability of label 1 for each row of the batch. The one path for evaluation and serving.</summary>
    /// <param name="hashes">Receives a hash of each row's features, where there is room: equal features, equal hashes.</param>
    public void Score(ColumnBatch batch, Span<float> probabilities, Span<ulong> hashes = default)
    {
        (FeatureTransform transform, SampleBlock block) = _idle.TryTake(out var idle) ? idle : (new FeatureTransform(Features), new SampleBlock());
        block.Clear();
        transform.EncodeAll(batch, block);
        Model.Score(block, probabilities);
        for (int row = 0; row < hashes.Length; row++)
            hashes[row] = HashOf(block, row);
        _idle.Add((transform, block));
    }

    private static ulong HashOf(SampleBlock block, int row)
    {
        int start = block.Start(row), count = block.End(row) - start;
        return FeatureHash.Combine(
            FeatureHash.Of(MemoryMarshal.AsBytes(block.Ids.Slice(start, count))), FeatureHash.Of(MemoryMarshal.AsBytes(block.Values.Slice(start, count))));
    }

    public void Dispose() => Model.Dispose();

    private static ModelDescription ReadDescription(string file)
    {
        if (!File.Exists(file))
            throw Bad("there is no model.json in it");
        try
        {
            using FileStream stream = File.OpenRead(file);
            ModelDescription description = JsonSerializer.Deserialize<ModelDescription>(stream, Json) ?? throw Bad("model.json is null");
            if (description.Format != ModelDescription.CurrentFormat || description.Version != ModelDescription.CurrentVersion)
                throw Bad($"its format is {description.Format} version {description.Version}; this program reads {ModelDescription.CurrentFormat} version {ModelDescription.CurrentVersion}");
            if (description.Kind is not ("vlps-lr" or "vlps-fm"))
                throw Bad($"its kind is '{description.Kind}'; this program reads vlps-lr and vlps-fm");
            return description;
        }
        catch (JsonException e)
        {
            throw Bad($"model.json is not what it should be: {e.Message}");
        }
    }

    private static string Inside(string folder, string name) => Path.GetFileName(name) == name && File.Exists(Path.Combine(folder, name))
        ? Path.Combine(folder, name)
        : throw Bad($"model.json names the file '{name}', which is not in the folder");

    private static VlpsException Bad(string why) => new(VlpsProblem.BadFile, $"this is no model that can be read: {why}");
}
