using System.Text.Json.Serialization;
using MLPlatform.Vlps.Models;

namespace MLPlatform.Vlps.Training;

/// <summary>Where a training is: all that is not in the weights.</summary>
internal sealed record TrainingState
{
    public const int CurrentVersion = 1;

    public int Version { get; init; } = CurrentVersion;

    /// <summary>Of which training.</summary>
    public string Fingerprint { get; init; } = "";

    /// <summary>Steps taken.</summary>
    public uint Step { get; init; }

    /// <summary>The step of the full checkpoint of the rows, then those of the deltas after it.</summary>
    public IReadOnlyList<uint> Chain { get; init; } = [];

    /// <summary>The epoch under way, from 1.</summary>
    public int Epoch { get; init; } = 1;

    /// <summary>Blocks of it that were trained on.</summary>
    public int Blocks { get; init; }

    /// <summary>Samples of them.</summary>
    public long Rows { get; init; }

    public long Positives { get; init; }

    /// <summary>Sum of losses of the epoch, each times its sample's weight.</summary>
    public double Loss { get; init; }

    /// <summary>Sum of the weights.</summary>
    public double Weight { get; init; }

    /// <summary>Samples of all epochs.</summary>
    public long Samples { get; init; }

    /// <summary>Epochs that have ended.</summary>
    public IReadOnlyList<EpochResult> Ended { get; init; } = [];

    /// <summary>The best of them; 0: none yet.</summary>
    public int Best { get; init; }

    /// <summary>Its weights, where they had to be kept.</summary>
    public KeptWeights? Kept { get; init; }

    /// <summary>Of the epoch so far; 0 before anything weighs.</summary>
    [JsonIgnore]
    public double MeanLoss => Weight > 0 ? Loss / Weight : 0;

    public TrainingState NextEpoch(EpochResult ended) =>
        this with { Epoch = Epoch + 1, Blocks = 0, Rows = 0, Positives = 0, Loss = 0, Weight = 0, Ended = [.. Ended, ended] };
}

/// <summary>Weights that were written.</summary>
/// <param name="Epoch">The epoch after which they were.</param>
/// <param name="Section">Their files.</param>
/// <param name="Rows">Ids that have weights.</param>
/// <param name="Bytes">Memory of their rows and index.</param>
internal sealed record KeptWeights(int Epoch, NetworkSection Section, long Rows, long Bytes)
{
    /// <summary>Fitted to what they say of the validation samples; null where none was asked for.</summary>
    public FittedCalibration? Calibration { get; init; }
}
