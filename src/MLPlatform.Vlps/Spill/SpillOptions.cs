namespace MLPlatform.Vlps.Spill;

/// <summary>Where cold rows go, and how many rows stay in memory.</summary>
public sealed record SpillOptions
{
    /// <summary>A file that the table makes, keeps to itself and deletes. On a fast local disk.</summary>
    public required string Path { get; init; }

    /// <summary>Rows in memory, at least 1024; the index of all rows is in memory besides.</summary>
    public required long HotRows { get; init; }

    /// <summary>Reads under way at once, from 1 to 256. Default: 32.</summary>
    public int InFlight { get; init; } = 32;

    /// <summary>
    /// Whether rows that were found stay where they are until they are released, for a caller that looks up several times before it is
    /// done with them. Default: until the next call.
    /// </summary>
    internal bool UntilReleased { get; init; }

    internal void Validate()
    {
        if (HotRows < 1024 || InFlight is < 1 or > 256)
            throw new VlpsException(VlpsProblem.Option, $"a spilling table needs at least 1024 hot rows and from 1 to 256 reads in flight; they are {HotRows} and {InFlight}");
    }
}
