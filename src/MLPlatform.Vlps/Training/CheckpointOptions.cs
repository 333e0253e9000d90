namespace MLPlatform.Vlps.Training;

/// <summary>Where a training keeps what it can go on from, and how often it does.</summary>
public sealed record CheckpointOptions
{
    /// <summary>A folder that a later attempt of the same training finds as this one left it.</summary>
    public required string Folder { get; init; }

    /// <summary>Says which training it is: one with other samples or settings begins anew.</summary>
    public required string Fingerprint { get; init; }

    /// <summary>A checkpoint is written at the end of a block once so many samples were trained on since the last. Default: 20 million.</summary>
    public long EverySamples { get; init; } = 20_000_000;

    /// <summary>Told what was written, and what it goes on from.</summary>
    public Action<string>? Log { get; init; }

    /// <summary>Called before each file is written or removed, with its name: where a test ends the process.</summary>
    internal Action<string>? Touching { get; init; }
}
