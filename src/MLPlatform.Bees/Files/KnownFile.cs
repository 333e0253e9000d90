namespace MLPlatform.Bees.Files;

/// <summary>A file that is or was collected: what the agent knows of it from before.</summary>
public sealed record KnownFile
{
    /// <summary>The name of its records' channel, made when it was first seen and never changed.</summary>
    public required string Channel { get; init; }

    public required string Source { get; init; }

    public required FileKey Key { get; init; }

    /// <summary>Where it was last seen.</summary>
    public required string Path { get; init; }

    /// <summary>Everything before it is delivered.</summary>
    public long Position { get; init; }

    /// <summary>The bytes before some position that was reached: proof that the content is still the one that was read.</summary>
    public Mark Anchor { get; init; } = Mark.None;

    public Fingerprint Fingerprint { get; init; } = Fingerprint.Empty;

    /// <summary>Bytes it had when it was last looked at.</summary>
    public long Size { get; init; }

    /// <summary>Since when its content is nowhere to be found; null while it is there.</summary>
    public DateTimeOffset? MissingSince { get; init; }

    /// <summary>Why it is missing.</summary>
    public MissingReason Missing { get; init; }

    /// <summary>Its end was delivered: nothing follows unless it grows again.</summary>
    public bool Ended { get; init; }
}

/// <summary>What became of a file's content.</summary>
public enum MissingReason
{
    /// <summary>It is there.</summary>
    None,

    /// <summary>No name leads to it.</summary>
    Deleted,

    /// <summary>The file is shorter than what was read of it.</summary>
    Truncated,

    /// <summary>The file has other content where it was read.</summary>
    Replaced,
}
