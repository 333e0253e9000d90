using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;
using MLPlatform.Vlps.Tables;

namespace MLPlatform.Vlps.Declarations;

/// <summary>A model: what its fields are, the parts it is made of, and what it learns to predict.</summary>
[Description("A sparse model: fields, the parts it is made of, and what it predicts.")]
public sealed record ModelDeclaration
{
    [Description("A model by name, which gives parts and tasks where they are left out.")]
    public ModelName? Model { get; init; }

    [Description("What holds for fields that say nothing else.")]
    public FieldDeclaration Fields { get; init; } = new();

    [Description("What is different for some fields, by the name of the feature.")]
    public IReadOnlyDictionary<string, FieldDeclaration> Except { get; init; } = new Dictionary<string, FieldDeclaration>();

    [Description("The parts, in the order in which they are computed.")]
    public IReadOnlyList<PartDeclaration> Parts { get; init; } = [];

    [Description("What is predicted. Default: one task, named click, by the label of the training.")]
    public IReadOnlyList<TaskDeclaration> Tasks { get; init; } = [];

    [Description("Units of the layers of the model's perceptron, where parts are not given. Default: 256, 128, 64.")]
    public IReadOnlyList<int> Layers { get; init; } = [256, 128, 64];

    [Description("Cross layers, where parts are not given and the model has them. Default: 2."), Range(1, 16)]
    public int CrossLayers { get; init; } = 2;

    [Description("Learning rate of the dense weights, with Adagrad. Default: 0.01."), Range(1e-7, 100)]
    public double DenseRate { get; init; } = 0.01;

    /// <summary>The tasks, also where the model's name gives them.</summary>
    [JsonIgnore]
    public IReadOnlyList<TaskDeclaration> TasksInFull => NamedModels.Expand(this).Tasks;

    /// <summary>Whether it compares two towers: then it gives no chance of a label.</summary>
    [JsonIgnore]
    public bool HasTowers => TasksInFull.Any(t => t.Towers is not null);
}

[JsonConverter(typeof(JsonStringEnumConverter<ModelName>))]
public enum ModelName
{
    /// <summary>Logistic regression.</summary>
    [JsonStringEnumMemberName("lr")]
    Lr,

    /// <summary>A factorization machine.</summary>
    [JsonStringEnumMemberName("fm")]
    Fm,

    /// <summary>A factorization machine whose pairs of fields have weights.</summary>
    [JsonStringEnumMemberName("fwfm")]
    Fwfm,

    /// <summary>A factorization machine and a perceptron.</summary>
    [JsonStringEnumMemberName("deepfm")]
    DeepFm,

    /// <summary>Cross layers and a perceptron beside them.</summary>
    [JsonStringEnumMemberName("dcn-v2")]
    DcnV2,

    /// <summary>A perceptron for each side, compared by their inner product; for recall.</summary>
    [JsonStringEnumMemberName("two-tower")]
    TwoTower,

    /// <summary>Click, and conversion given a click, over common embeddings.</summary>
    [JsonStringEnumMemberName("esmm")]
    Esmm,
}

/// <summary>How a field becomes numbers.</summary>
public sealed record FieldDeclaration
{
    [Description("Factors of an id. Default: 16."), Range(1, 256)]
    public int? Dim { get; init; }

    [Description("adagrad keeps one sum of squares for a row's factors, adagradFull one for each, ftrl and adam two numbers for each; lazyAdam leaves rows alone that were not seen. Default: adagrad.")]
    public RowOptimizer? Optimizer { get; init; }

    [Description("float32, or bFloat16 with stochastic rounding, which takes half the memory. Default: bFloat16.")]
    public Precision? Precision { get; init; }

    [Description("How several ids of a sample become one embedding: none (there is exactly one), sum or mean.")]
    public Pooling? Pooling { get; init; }

    [Description("How often an id must be seen before it gets weights. Default: 1."), Range(1, 1000)]
    public int? MinCount { get; init; }

    [Description("Learning rate. Default: 0.05."), Range(1e-7, 100)]
    public double? Rate { get; init; }

    [Description("What Adagrad's and FTRL's sums of squares begin with; larger is more careful with rare ids. Default: 0.1."), Range(1e-9, 1e9)]
    public double? FirstSquares { get; init; }

    [Description("Threshold of FTRL below which a weight is 0. Default: 0."), Range(0, 1e6)]
    public double? L1 { get; init; }

    [Description("Pull of weights towards 0. Default: 0."), Range(0, 1e6)]
    public double? L2 { get; init; }

    [Description("Factors begin between plus and minus this. Default: 0.05."), Range(0, 10)]
    public double? FactorScale { get; init; }

    /// <summary>This, and what it does not say from another.</summary>
    public FieldDeclaration Over(FieldDeclaration other) => new()
    {
        Dim = Dim ?? other.Dim,
        Optimizer = Optimizer ?? other.Optimizer,
        Precision = Precision ?? other.Precision,
        Pooling = Pooling ?? other.Pooling,
        MinCount = MinCount ?? other.MinCount,
        Rate = Rate ?? other.Rate,
        FirstSquares = FirstSquares ?? other.FirstSquares,
        L1 = L1 ?? other.L1,
        L2 = L2 ?? other.L2,
        FactorScale = FactorScale ?? other.FactorScale,
    };
}

[JsonConverter(typeof(JsonStringEnumConverter<Pooling>))]
public enum Pooling
{
    /// <summary>A sample has exactly one id.</summary>
    [JsonStringEnumMemberName("none")]
    None,

    /// <summary>Embeddings are added, each times its value.</summary>
    [JsonStringEnumMemberName("sum")]
    Sum,

    /// <summary>The same over the number of ids.</summary>
    [JsonStringEnumMemberName("mean")]
    Mean,
}

/// <summary>One part of a model.</summary>
public sealed record PartDeclaration
{
    [Description("linear: a weight for each id and number, and a bias; pairs: a factorization machine; weightedPairs: with a weight for each pair of fields; cross: cross layers of DCN-v2; perceptron: layers of units.")]
    public required PartKind Part { get; init; }

    [Description("Its name, for parts that read what it gives, and in files. Default: its kind.")]
    public string? Name { get; init; }

    [Description("The part whose output it reads, a cross or a perceptron. Default: the embeddings and numbers.")]
    public string? Reads { get; init; }

    [Description("The task that it is for. Default: the first one.")]
    public string? Task { get; init; }

    [Description("Units of a perceptron's layers.")]
    public IReadOnlyList<int>? Layers { get; init; }

    [Description("How many cross layers. Default: 2."), Range(1, 16)]
    public int? CrossLayers { get; init; }

    [Description("The fields and numbers that a perceptron reads, for the towers of a two-tower model. Default: all.")]
    public IReadOnlyList<string>? Fields { get; init; }
}

[JsonConverter(typeof(JsonStringEnumConverter<PartKind>))]
public enum PartKind
{
    [JsonStringEnumMemberName("linear")]
    Linear,

    [JsonStringEnumMemberName("pairs")]
    Pairs,

    [JsonStringEnumMemberName("weightedPairs")]
    WeightedPairs,

    [JsonStringEnumMemberName("cross")]
    Cross,

    [JsonStringEnumMemberName("perceptron")]
    Perceptron,
}

/// <summary>Something that a model predicts.</summary>
public sealed record TaskDeclaration
{
    [Description("Its name.")]
    public required string Name { get; init; }

    [Description("The column with its label. Default: the label of the training, for the first task.")]
    public string? Label { get; init; }

    [Description("The task that must have come true for this one to come true, as a click for a conversion. Then the loss is that of both, and rows without a click teach it too.")]
    public string? Given { get; init; }

    [Description("What its loss counts beside the others'. Default: 1."), Range(0, 1e6)]
    public double Weight { get; init; } = 1;

    [Description("Which part of the negatives the table kept, so that predictions are those of all. Default: 1."), Range(1e-9, 1)]
    public double NegativesKept { get; init; } = 1;

    [Description("Two perceptrons by name: those who look, and what they look for. The task then is to tell each row's own from those of the rows beside it.")]
    public IReadOnlyList<string>? Towers { get; init; }

    [Description("What inner products of towers are divided by. Default: 0.1."), Range(1e-3, 10)]
    public double Temperature { get; init; } = 0.1;
}
