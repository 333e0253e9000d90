using System.IO.Hashing;
using System.Text.Json;
using System.Text.Json.Serialization;
using MLPlatform.Vlps.Declarations;
using MLPlatform.Vlps.Features;
using MLPlatform.Vlps.Metrics;
using MLPlatform.Vlps.Onnx;
using MLPlatform.Vlps.Recall;
using MLPlatform.Vlps.Rows;
using MLPlatform.Vlps.Training;

namespace MLPlatform.Vlps.Models;

/// <summary>
/// A model as a folder: <c>model.json</c>, <c>features.json</c>, weights. Nothing in it depends on when or
/// where it was written, so equal models are equal bytes. See docs/model-format.md.
/// </summary>
public sealed record ModelDescription
{
    public const string FileName = "model.json";
    public const string CurrentFormat = "mlplatform-model";
    public const int CurrentVersion = 1;

    public string Format { get; init; } = CurrentFormat;

    public int Version { get; init; } = CurrentVersion;

    /// <summary><c>vlps-network</c> or <c>onnx</c>.</summary>
    public required string Kind { get; init; }

    public required LabelColumn Label { get; init; }

    public string Weights { get; init; } = Networks.DenseFile.Name;

    public string Features { get; init; } = FeatureSpec.FileName;

    /// <summary>XXH3-64 of the file of features, in hexadecimal; null in folders of earlier versions, and where there is no such file.</summary>
    public string? FeaturesChecksum { get; init; }

    /// <summary>How rows become the tensors of an ONNX model, and where the score is; only of the kind <c>onnx</c>.</summary>
    public OnnxSection? Onnx { get; init; }

    /// <summary>The declaration and the files of its weights; only of the kind <c>vlps-network</c>.</summary>
    public NetworkSection? Network { get; init; }

    /// <summary>What becomes of scores; null: they are the model's own.</summary>
    public ScoreCalibration? Calibration { get; init; }

    /// <summary>Options and seed that it was trained with.</summary>
    public JsonElement? Training { get; init; }

    /// <summary>Figures of its training, such as logLoss.</summary>
    public IReadOnlyDictionary<string, double> Metrics { get; init; } = new Dictionary<string, double>();

    /// <summary>The items that a model of two towers finds where it is deployed; null: it has none.</summary>
    public ItemsSection? Items { get; init; }

    /// <summary>Whether it compares two towers, and so gives vectors for recall in place of the chance of a label.</summary>
    [JsonIgnore]
    public bool HasTowers => Network is { } network && DeclarationReader.ReadKept(network.Declaration, null, out _)?.HasTowers == true;

    /// <summary>Refuses a model that a deployment could not answer with.</summary>
    /// <exception cref="VlpsException">It has towers and no items.</exception>
    public void RequireAnswers()
    {
        if (HasTowers && Items is null)
            throw new VlpsException(VlpsProblem.Towers, "it has two towers and no items that it could find; put them in with model.stock, and deploy the model that it gives");
    }

    /// <summary>Reads a <c>model.json</c>.</summary>
    /// <exception cref="VlpsException">It describes no model that this program can read.</exception>
    public static ModelDescription Read(string file) => ModelFolder.ReadDescription(file);
}

/// <summary>A model read from its folder, with what it needs to score raw rows. Scoring is safe from several threads at once.</summary>
public sealed class ModelFolder : IDisposable
{
    private readonly RowScorer _scorer;
    private readonly HashSet<string> _numbers;

    private ModelFolder(ModelDescription description, FeatureSpec features, RowScorer scorer)
    {
        (Description, Features, _scorer) = (description, features, scorer);
        Columns = [.. features.Features.SelectMany(f => f.Columns).Distinct(StringComparer.Ordinal)];
        if (features.Features.Count == 0)
            Columns = [.. features.Columns.Select(c => c.Name)];
        IEnumerable<string> readAsNumbers = features.Features.Count == 0 ? Columns : features.Features.SelectMany(NumbersOf);
        _numbers = [.. readAsNumbers.Where(name => features.Columns.Any(c => c.Name == name && c.Kind != ColumnKind.Text))];
        Towers = scorer is DeclaredScorer declared ? [.. declared.Towers.Select(t => new ModelTower(t, features))] : [];
    }

    public ModelDescription Description { get; }

    /// <summary>The fitted features; of an ONNX model without any, only the columns that it reads.</summary>
    public FeatureSpec Features { get; }

    /// <summary>The columns that rows must have.</summary>
    public IReadOnlyList<string> Columns { get; }

    /// <summary>The columns that a deployment of it is asked with: of a model with towers, those of the left one.</summary>
    public IReadOnlyList<string> AskedColumns => Towers.Count == 0 ? Columns : Towers[0].Columns;

    /// <summary>The towers of a model that has them: the left one and the right one.</summary>
    public IReadOnlyList<ModelTower> Towers { get; }

    /// <summary>Refuses texts in columns that held numbers when the model was trained and are read as such: they would count as missing. A text that is a number is one.</summary>
    /// <exception cref="VlpsException">Names the column, the row, counted from 0, and the value.</exception>
    public void RequireNumbers(ColumnBatch batch)
    {
        foreach (Column cells in batch.Columns.Where(c => c.Kind == ColumnKind.Text && _numbers.Contains(c.Name)))
        {
            for (int row = 0; row < batch.Rows; row++)
            {
                if (cells.IsPresent(row) && !cells.TryNumber(row, out _))
                    throw new VlpsException(VlpsProblem.ColumnType, $"the column '{cells.Name}' is a number, and row {row} has '{cells.Describe(row)}'; what is missing is null, or left out");
            }
        }
    }

    private static IEnumerable<string> NumbersOf(FittedFeature feature) => feature switch
    {
        FittedFeature.Number or FittedFeature.Bucketed => feature.Columns,
        FittedFeature.Cross cross => cross.Parts.SelectMany(NumbersOf),
        _ => [],
    };

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
    };

    public const string OnnxKind = "onnx";

    public const string NetworkKind = "vlps-network";

    /// <summary>Completes the folder of a declared model, whose weights are there.</summary>
    public static void SaveNetwork(string folder, ModelDescription description, FeatureSpec features)
    {
        string checksum = SaveFeatures(features, Path.Combine(folder, description.Features));
        using FileStream stream = File.Create(Path.Combine(folder, ModelDescription.FileName));
        JsonSerializer.Serialize(stream, description with { Kind = NetworkKind, Weights = Networks.DenseFile.Name, FeaturesChecksum = checksum }, Json);
    }

    /// <summary>Writes the folder of an ONNX model: a copy of its file, and the features in front of it where there are any.</summary>
    public static void SaveOnnx(string folder, ModelDescription description, string onnxFile, string? featuresFile)
    {
        Directory.CreateDirectory(folder);
        File.Copy(onnxFile, Path.Combine(folder, description.Weights));
        string? checksum = featuresFile is null ? null : SaveFeatures(FeatureSpec.Load(featuresFile), Path.Combine(folder, description.Features));
        using FileStream stream = File.Create(Path.Combine(folder, ModelDescription.FileName));
        JsonSerializer.Serialize(stream, description with { FeaturesChecksum = checksum }, Json);
    }

    private static string SaveFeatures(FeatureSpec features, string file)
    {
        features.Save(file);
        return ChecksumOf(file);
    }

    private static string ChecksumOf(string file) => Networks.DenseFile.Hex(XxHash3.HashToUInt64(File.ReadAllBytes(file)));

    /// <summary>What a folder says of its model.</summary>
    /// <exception cref="VlpsException">The folder holds no model that this program can read.</exception>
    public static ModelDescription Describe(string folder) => ReadDescription(Path.Combine(folder, ModelDescription.FileName));

    /// <summary>The fitted features of a folder.</summary>
    /// <exception cref="VlpsException">The folder holds none, or others than the model was written with.</exception>
    public static FeatureSpec ReadFeatures(string folder) => ReadFeatures(folder, Describe(folder));

    private static FeatureSpec ReadFeatures(string folder, ModelDescription description)
    {
        string file = Inside(folder, description.Features);
        return description.FeaturesChecksum is { } checksum && checksum != ChecksumOf(file)
            ? throw Bad($"'{description.Features}' is not the one that model.json was written with: it is damaged or was changed")
            : FeatureSpec.Load(file);
    }

    /// <summary>Rows that are in memory because deltas changed them since the files were written.</summary>
    public long ChangedRows => _scorer is DeclaredScorer declared ? declared.Rows.Sum(r => (long)r.ChangedRows) : 0;

    /// <summary>
    /// Whether a model that goes on from this one is best loaded with it: then what changed is applied, and the rest is shared. With too many
    /// changes in memory, the new one's files are better.
    /// </summary>
    public bool LeadsTo(ModelDescription next) => _scorer is DeclaredScorer declared && next.Network is { } section && section.Continues(Description.Network!)
        && ChangedRows + section.Delta!.Files.Sum(f => f.Rows + f.Gone) <= Math.Max(FewChanges, declared.Rows.Sum(r => r.FileRows) / 2);

    private const long FewChanges = 1 << 20;

    /// <summary>The items of a model that was given some, or null.</summary>
    public KnownItems? Items { get; private init; }

    /// <param name="folder">The folder.</param>
    /// <param name="before">A model in memory that <see cref="LeadsTo"/> this one, or null. It stays as it is.</param>
    /// <exception cref="VlpsException">The folder holds no model that this program can read.</exception>
    public static ModelFolder Load(string folder, ModelFolder? before = null)
    {
        ModelDescription description = Describe(folder);
        if (before is { _scorer: DeclaredScorer known } && before.LeadsTo(description))
        {
            FeatureSpec same = ReadFeatures(folder, description);
            (Networks.Network next, IReadOnlyList<Keyed.KeyedRows> changed) = NetworkFiles.LoadAfter(same, description.Network!, known.Rows, name => Inside(folder, name));
            return WithItems(new ModelFolder(description, same, new DeclaredScorer(same, next, changed)), folder);
        }
        if (description.Kind == OnnxKind)
            return LoadOnnx(folder, description);
        FeatureSpec features = ReadFeatures(folder, description);
        NetworkSection section = description.Network ?? throw Bad("model.json says vlps-network, but has no section network");
        (Networks.Network network, IReadOnlyList<Keyed.KeyedRows> rows) = NetworkFiles.Load(features, section, name => Inside(folder, name));
        return WithItems(new ModelFolder(description, features, new DeclaredScorer(features, network, rows)), folder);
    }

    private static ModelFolder WithItems(ModelFolder model, string folder)
    {
        if (model.Description.Items is not { } section)
            return model;
        try
        {
            if (model.Towers.Count == 0)
                throw Bad("model.json names items, and the model has no towers");
            return new ModelFolder(model.Description, model.Features, model._scorer) { Items = ItemsFile.Read(Inside(folder, section.File), section, model.Towers[1].Width) };
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    /// <summary>Puts the items that it finds into the folder of a model with towers; those that it had are replaced.</summary>
    /// <param name="column">The column that their keys are of.</param>
    public static void PutItems(string folder, string column, KnownItems items)
    {
        ModelDescription description = Describe(folder);
        string file = Path.Combine(folder, ModelDescription.FileName);
        // What was laid out may be links to files that others have, too.
        File.Delete(file);
        File.Delete(Path.Combine(folder, ItemsFile.Name));
        ItemsSection section = ItemsFile.Write(folder, column, items);
        using FileStream stream = File.Create(file);
        JsonSerializer.Serialize(stream, description with { Items = section }, Json);
    }

    /// <summary>The nearest of the model's items to rows of the left tower.</summary>
    /// <returns>Of each row equally many numbers of items, the best first, and their inner products; all where there are fewer than asked for.</returns>
    /// <exception cref="VlpsException">It has no items.</exception>
    public (int[] Items, float[] Products) Find(ColumnBatch batch, int most)
    {
        if (Items is null)
            throw new VlpsException(VlpsProblem.Towers, "it has no items to find; model.stock puts them into a model of two towers");
        most = Math.Min(most, Items.Keys.Count);
        float[] vectors = new float[batch.Rows * Towers[0].Width];
        Embed(batch, 0, Towers[0], vectors);
        (int[] items, float[] products) = (new int[batch.Rows * most], new float[batch.Rows * most]);
        Items.Vectors.Nearest(vectors, items, products, threads: 1);
        return (items, products);
    }

    /// <summary>The declaration of a folder's declared model.</summary>
    /// <exception cref="VlpsException">It is a model of another kind, or none.</exception>
    public static ModelDeclaration ReadDeclaration(string folder) =>
        DeclarationReader.ReadKept(ReadNetwork(folder).Declaration, null, out IReadOnlyList<DeclarationProblem> problems)
            ?? throw Bad($"its declaration has mistakes: {string.Join("; ", problems)}");

    /// <summary>What a folder says of its declared model.</summary>
    internal static NetworkSection ReadNetwork(string folder)
    {
        ModelDescription description = Describe(folder);
        return description.Network ?? throw new VlpsException(VlpsProblem.Option, $"the model to go on from is of the kind {description.Kind}; only {NetworkKind} can be gone on from");
    }

    private static ModelFolder LoadOnnx(string folder, ModelDescription description)
    {
        OnnxSection section = description.Onnx ?? throw Bad("model.json says onnx, but has no section onnx");
        FeatureSpec? features = section.Layout == OnnxLayout.Sparse ? ReadFeatures(folder, description) : null;
        OnnxScorer scorer = OnnxScorer.Load(Inside(folder, description.Weights), section, features);
        return new ModelFolder(description, features ?? new FeatureSpec { Rows = 0, Columns = scorer.Columns, Features = [] }, scorer);
    }

    /// <summary>The probability of label 1 for each row of the batch. The one path for evaluation and serving.</summary>
    /// <param name="hashes">Receives a hash of each row's features, where there is room: equal features, equal hashes.</param>
    public void Score(ColumnBatch batch, Span<float> probabilities, Span<ulong> hashes = default)
    {
        RequireScores();
        _scorer.Score(batch, probabilities, hashes);
        Description.Calibration?.Apply(probabilities[..batch.Rows]);
    }

    /// <summary>The vectors of a tower for rows of a batch that follow each other. Safe from several threads at once.</summary>
    /// <param name="batch">Rows with the columns of the tower; no others are needed.</param>
    /// <param name="first">The first row.</param>
    /// <param name="tower">One of <see cref="Towers"/>.</param>
    /// <param name="vectors">Vector after vector, as many as are asked for.</param>
    public void Embed(ColumnBatch batch, int first, ModelTower tower, Span<float> vectors) => ((DeclaredScorer)_scorer).Embed(batch, first, tower.Way, vectors);

    /// <summary>Refuses a model that gives no chance of a label.</summary>
    /// <exception cref="VlpsException">It has towers.</exception>
    public void RequireScores()
    {
        if (Towers.Count > 0)
            throw new VlpsException(VlpsProblem.Towers, NoScores);
    }

    /// <summary>What is said where a model of two towers is to score rows.</summary>
    public const string NoScores = "it has two towers, which give vectors and no chance of the label; model.recall finds items with it and judges it, model.embed gives the vectors";

    public void Dispose()
    {
        _scorer.Dispose();
        Items?.Dispose();
    }

    internal static ModelDescription ReadDescription(string file)
    {
        if (!File.Exists(file))
            throw Bad("there is no model.json in it");
        try
        {
            using FileStream stream = File.OpenRead(file);
            ModelDescription description = JsonSerializer.Deserialize<ModelDescription>(stream, Json) ?? throw Bad("model.json is null");
            if (description.Format != ModelDescription.CurrentFormat || description.Version != ModelDescription.CurrentVersion)
                throw Bad($"its format is {description.Format} version {description.Version}; this program reads {ModelDescription.CurrentFormat} version {ModelDescription.CurrentVersion}");
            if (description.Kind is "vlps-lr" or "vlps-fm")
                throw Bad($"its kind is '{description.Kind}', models on hashed rows, which this version reads no more; train it again: the same inputs give a model of the kind {NetworkKind}");
            if (description.Kind is not (NetworkKind or OnnxKind))
                throw Bad($"its kind is '{description.Kind}'; this program reads {NetworkKind} and onnx");
            if (description.Calibration is { } curve && !curve.IsValid())
                throw Bad("its calibration is no rising curve");
            return description;
        }
        catch (JsonException e)
        {
            throw Bad($"model.json is not what it should be: {JsonMistake.Words(e)}");
        }
    }

    internal static string Inside(string folder, string name) => Path.GetFileName(name) == name && File.Exists(Path.Combine(folder, name))
        ? Path.Combine(folder, name)
        : throw Bad($"model.json names the file '{name}', which is not in the folder");

    private static VlpsException Bad(string why) => new(VlpsProblem.BadFile, $"this is no model that can be read: {why}");
}
