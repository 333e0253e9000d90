using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using System.Text.Json.Serialization;
using MLPlatform.Vlps.Declarations;
using MLPlatform.Vlps.Features;
using MLPlatform.Vlps.Rows;
using MLPlatform.Vlps.Tables;
using MLPlatform.Vlps.Training;

namespace MLPlatform.Cli.Vlps.Shards;

/// <summary>What a training over shards is asked for: the parameters of <c>train.distributed</c>, with the names that <c>train.vlps</c> has for them.</summary>
internal sealed record ShardParameters
{
    /// <summary>Batches are larger than in one process, since each is a journey to the shards and back.</summary>
    public const int DefaultBatch = 1536;

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
    };

    public string? Label { get; init; }

    public IReadOnlyList<string> Positive { get; init; } = [];

    public string? Weight { get; init; }

    /// <summary>A declared model's name.</summary>
    public string? Model { get; init; }

    /// <summary>In place of it, a model declared in full.</summary>
    public JsonElement? Declaration { get; init; }

    public int? Dim { get; init; }

    public double? LearningRate { get; init; }

    public double? FirstSquares { get; init; }

    public double? L2 { get; init; }

    /// <summary>Which part of the negatives the table kept.</summary>
    public double? NegativesKept { get; init; }

    /// <summary>Passes over the samples; null: as many as <c>train.vlps</c> makes.</summary>
    public int? Epochs { get; init; }

    /// <summary>Passes without a better validation loss after which the training ends.</summary>
    public int? Patience { get; init; }

    /// <summary>Samples of a step, of all workers together.</summary>
    public int Batch { get; init; } = DefaultBatch;

    public int ShuffleWindow { get; init; } = 65_536;

    public long Seed { get; init; } = 1;

    /// <summary>Batches whose rows are asked for ahead.</summary>
    public int Staleness { get; init; }

    /// <summary>Steps in which rows are not asked for ahead yet.</summary>
    public uint LagAfter { get; init; } = 100;

    /// <summary>Steps between checkpoints.</summary>
    public uint CheckpointEvery { get; init; } = 1000;

    /// <summary>Memory of the tables of each shard.</summary>
    public long? TableBytes { get; init; }

    public WhenFull WhenFull { get; init; }

    /// <summary>Which rows go in the end, where the training goes on from a model.</summary>
    public RowEviction? Evict { get; init; }

    public static ShardParameters Read(JsonElement parameters)
    {
        ShardParameters read;
        try
        {
            read = parameters.Deserialize<ShardParameters>(Json) ?? new ShardParameters();
        }
        catch (JsonException e)
        {
            throw Bad($"the parameters cannot be read: {JsonMistake.Words(e)}");
        }
        List<ValidationResult> problems = [];
        return read.Evict is { } evict && !Validator.TryValidateObject(evict, new ValidationContext(evict), problems, validateAllProperties: true)
            ? throw Bad($"'evict' is out of range: {problems[0].ErrorMessage}") : read;
    }

    /// <summary>The declared model over the fitted features, with the settings that are given beside it; that of the model to go on from, which they may repeat.</summary>
    public ModelDeclaration Declare(FeatureSpec spec, string? from)
    {
        ModelDeclaration declared = from is null ? Request.Read(spec) : Request.ReadAfter(from, spec);
        return declared.HasTowers ? throw Bad("towers are not trained over shards: their counts of ids are with the rows; train them with train.vlps") : declared;
    }

    /// <summary>What was asked for of the model that it never reads.</summary>
    public IEnumerable<string> Idle(ModelDeclaration declared) => Request.Idle(declared);

    private ModelRequest Request => new()
    {
        Model = Model,
        Declaration = Declaration,
        Default = "fm",
        Dim = Dim,
        LearningRate = LearningRate,
        FirstSquares = FirstSquares,
        L2 = L2,
        NegativesKept = NegativesKept,
    };

    /// <summary>The label of each task.</summary>
    public IReadOnlyList<LabelColumn> LabelsOf(ModelDeclaration declared) =>
        ModelRequest.LabelsOf(declared, new LabelColumn(Label ?? throw Bad("'label' names the column with the label, and it is missing"), Positive));

    private static CliException Bad(string message) => new("ML-006", message, null, ExitCode.Failed);
}
