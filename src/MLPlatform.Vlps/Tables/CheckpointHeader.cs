namespace MLPlatform.Vlps.Tables;

/// <summary>What a checkpoint says of itself.</summary>
public sealed record CheckpointHeader : BlockHeader
{
    public const int CurrentVersion = 1;

    /// <summary>The stamp that this file's changes come after; null for a full checkpoint.</summary>
    public uint? Since { get; init; }

    /// <summary>The stamp of the state that the file leads to.</summary>
    public required uint Stamp { get; init; }

    public required int Dim { get; init; }

    public required Precision Precision { get; init; }

    public required RowOptimizer Optimizer { get; init; }

    public required bool Linear { get; init; }

    public required int MinCount { get; init; }

    public required float FactorScale { get; init; }

    public required float FirstSquares { get; init; }

    public required long Seed { get; init; }

    public required int PartitionBits { get; init; }

    /// <summary>Whether the counts of ids without a row are in the file, all of them.</summary>
    public required bool Counters { get; init; }

    internal RowLayout Layout() => new(Dim, Precision, Optimizer, Linear);

    /// <summary>The options of the table that was saved; its ceiling is the machine's business and not among them.</summary>
    public TableOptions Options() => new()
    {
        Layout = Layout(),
        MinCount = MinCount,
        FactorScale = FactorScale,
        FirstSquares = FirstSquares,
        Seed = Seed,
        PartitionBits = PartitionBits,
    };

    internal static CheckpointHeader Of(TableOptions options, uint? since, uint stamp, bool counters) => new()
    {
        Version = CurrentVersion,
        Since = since,
        Stamp = stamp,
        Dim = options.Layout.Dim,
        Precision = options.Layout.Precision,
        Optimizer = options.Layout.Optimizer,
        Linear = options.Layout.Linear,
        MinCount = options.MinCount,
        FactorScale = options.FactorScale,
        FirstSquares = options.FirstSquares,
        Seed = options.Seed,
        PartitionBits = options.PartitionBits,
        Counters = counters,
    };
}

/// <summary>What was written or read.</summary>
public sealed record CheckpointSummary(CheckpointHeader Header, long Rows, long Tombstones, long Counters, long FileBytes);
