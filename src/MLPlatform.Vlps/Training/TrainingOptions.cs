using MLPlatform.Vlps.Models;

namespace MLPlatform.Vlps.Training;

public enum Updates
{
    /// <summary>
    /// All gradients of a batch are taken at the weights before it, and each row of the table is changed by one thread in
    /// sample order: the same seed gives the same bytes on any number of threads.
    /// </summary>
    Ordered,

    /// <summary>Threads change the table as they go, without locks: a little faster, but no two runs are alike.</summary>
    Hogwild,
}

/// <summary>How a model is trained.</summary>
public sealed record TrainingOptions
{
    public ModelKind Model { get; init; } = ModelKind.LogisticRegression;

    /// <summary>Factors of a factorization machine. Default: 8.</summary>
    public int Dim { get; init; } = 8;

    /// <summary>The table has 2^HashBits rows. Default: 20.</summary>
    public int HashBits { get; init; } = 20;

    /// <summary>Passes over the samples. Default: 1.</summary>
    public int Epochs { get; init; } = 1;

    /// <summary>Adagrad's rate. Default: 0.05.</summary>
    public float LearningRate { get; init; } = 0.05f;

    /// <summary>Pull of touched weights towards 0. Default: 0.</summary>
    public float L2 { get; init; }

    /// <summary>What Adagrad's sums of squares begin with; larger is more careful with rare features. Default: 0.1.</summary>
    public float FirstSquares { get; init; } = 0.1f;

    /// <summary>Factors begin between plus and minus this. Default: 0.05.</summary>
    public float FactorScale { get; init; } = 0.05f;

    /// <summary>Samples whose gradients are taken together in <see cref="Updates.Ordered"/>. Default: 32.</summary>
    public int Batch { get; init; } = 32;

    public Updates Updates { get; init; } = Updates.Ordered;

    /// <summary>Threads that train. Default: 1.</summary>
    public int Threads { get; init; } = 1;

    /// <summary>Seeds the order of samples and the first factors. Default: 1.</summary>
    public long Seed { get; init; } = 1;

    /// <summary>Whether samples are shuffled within each block that is read. Default: true.</summary>
    public bool Shuffle { get; init; } = true;

    /// <summary>Ends training when the validation loss has not improved for this many epochs, and keeps the best weights; null: never.</summary>
    public int? Patience { get; init; }

    /// <summary>Where encoded samples are kept for later epochs; null: the source is read again each time.</summary>
    public string? ScratchFolder { get; init; }

    internal void Validate()
    {
        Require(Epochs is >= 1 and <= 10_000, "epochs", "from 1 to 10000", Epochs);
        Require(float.IsFinite(LearningRate) && LearningRate > 0, "learningRate", "above 0", LearningRate);
        Require(float.IsFinite(L2) && L2 >= 0, "l2", "0 or above", L2);
        Require(float.IsFinite(FirstSquares) && FirstSquares > 0, "firstSquares", "above 0", FirstSquares);
        Require(float.IsFinite(FactorScale) && FactorScale >= 0, "factorScale", "0 or above", FactorScale);
        Require(Batch is >= 1 and <= 65_536, "batch", "from 1 to 65536", Batch);
        Require(Threads is >= 1 and <= 1024, "threads", "from 1 to 1024", Threads);
        Require(Patience is null or >= 1, "patience", "1 or above", Patience);
    }

    private static void Require(bool holds, string name, string range, object? value)
    {
        if (!holds)
            throw new VlpsException(VlpsProblem.Option, $"{name} must be {range}; it is {value}");
    }
}
