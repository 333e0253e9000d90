namespace MLPlatform.Vlps.Tables;

/// <summary>What a table of so many rows takes, by arithmetic: in memory, as a checkpoint, as a file for serving.</summary>
public sealed record TableSize
{
    // Segments hold between half and all of their limit, spread evenly on a logarithmic scale: ln 2 of it on average.
    private const double SlotsInUse = (double)Segment.MaxLoad / Segment.Slots * 0.693147;

    /// <param name="layout">The rows.</param>
    /// <param name="features">Ids with a row.</param>
    /// <param name="counted">Ids that are counted and have none yet.</param>
    /// <param name="partitionBits">The table has 2^partitionBits partitions.</param>
    public TableSize(RowLayout layout, long features, long counted = 0, int partitionBits = 4)
    {
        if (features < 0 || counted < 0)
            throw new VlpsException(VlpsProblem.Option, "features and counted must be 0 or above");
        (Layout, Features) = (layout, features);
        long segments = Math.Max(1L << partitionBits, (long)Math.Ceiling((features + counted) / (SlotsInUse * Segment.Slots)));
        IndexBytes = segments * Segment.Bytes;
        RowBytes = features * layout.Bytes;
        CheckpointBytes = RowBytes + counted * sizeof(ulong) + (RowBytes / BlockWriter.BlockBytes + 3) * BlockWriter.HeadBytes;
        KeyedFileBytes = features * (sizeof(ulong) + Keyed.KeyedLayout.Of(layout).Bytes) + features / 3;
    }

    public RowLayout Layout { get; }

    public long Features { get; }

    /// <summary>The index in memory.</summary>
    public long IndexBytes { get; }

    /// <summary>The rows in memory, or in memory and in a spill file together.</summary>
    public long RowBytes { get; }

    public long MemoryBytes => IndexBytes + RowBytes;

    /// <summary>Index and row of one feature.</summary>
    public double BytesAFeature => Features == 0 ? 0 : (double)MemoryBytes / Features;

    /// <summary>A full checkpoint.</summary>
    public long CheckpointBytes { get; }

    /// <summary>The file for serving, without optimizer state.</summary>
    public long KeyedFileBytes { get; }

    /// <summary>Machines that hold so many features in memory together, when the table may take this share of each.</summary>
    public static long Machines(RowLayout layout, long features, long machineBytes, double share)
    {
        double bytes = features * (layout.Bytes + sizeof(ulong) / SlotsInUse);
        return (long)Math.Ceiling(bytes / (machineBytes * share));
    }
}
