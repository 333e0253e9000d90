namespace MLPlatform.Vlps.Tables;

/// <summary>What a table does with a new id when its memory is used up.</summary>
public enum WhenFull
{
    /// <summary>The id gets no row; ids that have one go on.</summary>
    Refuse,

    /// <summary>The rows that were not touched for longest make room.</summary>
    Evict,

    /// <summary>Rows that are used seldom go to a file; see <see cref="TableOptions.Spill"/>.</summary>
    Spill,
}

/// <summary>How a table is laid out and how far it may grow.</summary>
public sealed record TableOptions
{
    public required RowLayout Layout { get; init; }

    /// <summary>Memory for rows and index. Default: no limit but the machine's.</summary>
    public long MaxBytes { get; init; } = long.MaxValue;

    /// <summary>Default: refuse.</summary>
    public WhenFull WhenFull { get; init; }

    /// <summary>How often an id must have been counted before it gets a row, from 1 to 1000. Default: 1.</summary>
    public int MinCount { get; init; } = 1;

    /// <summary>Factors begin between plus and minus this. Default: 0.05.</summary>
    public float FactorScale { get; init; } = 0.05f;

    /// <summary>What sums of squares begin with (Adagrad, and n of FTRL). Default: 0.1.</summary>
    public float FirstSquares { get; init; } = 0.1f;

    /// <summary>Seeds the first factors. Default: 1.</summary>
    public long Seed { get; init; } = 1;

    /// <summary>What <see cref="PartitionBits"/> is where nothing is said.</summary>
    internal const int UsualPartitionBits = 4;

    /// <summary>
    /// The hash space is cut into 2^PartitionBits partitions, each with its own index, rows and share of the memory, so
    /// that threads which own different partitions need no locks. From 0 to 8. Default: 4.
    /// </summary>
    public int PartitionBits { get; init; } = UsualPartitionBits;

    /// <summary>Rows touched within this many stamps are never evicted, at least 1. Default: 1.</summary>
    public uint MinAge { get; init; } = 1;

    /// <summary>Where rows are spilled to; only with <see cref="WhenFull.Spill"/>.</summary>
    public Spill.SpillOptions? Spill { get; init; }

    internal void Validate()
    {
        Require(MinCount is >= 1 and <= 1000, nameof(MinCount), "from 1 to 1000", MinCount);
        Require(float.IsFinite(FactorScale) && FactorScale >= 0, nameof(FactorScale), "0 or above", FactorScale);
        Require(float.IsFinite(FirstSquares) && FirstSquares >= 0, nameof(FirstSquares), "0 or above", FirstSquares);
        Require(PartitionBits is >= 0 and <= 8, nameof(PartitionBits), "from 0 to 8", PartitionBits);
        Require(MinAge >= 1, nameof(MinAge), "1 or above", MinAge);
        Require(Enum.IsDefined(WhenFull), nameof(WhenFull), "one of the declared behaviours", WhenFull);
        Require((WhenFull == WhenFull.Spill) == (Spill is not null), nameof(Spill), "given with WhenFull.Spill and only then", Spill is null ? "missing" : "given");
        Spill?.Validate();
        long least = (long)Segment.Bytes * 2 << PartitionBits;
        Require(MaxBytes >= least, nameof(MaxBytes), $"at least {least} with {1 << PartitionBits} partitions", MaxBytes);
    }

    private static void Require(bool holds, string name, string range, object value)
    {
        if (!holds)
            throw new VlpsException(VlpsProblem.Option, $"a table's {name} must be {range}; it is {value}");
    }
}
