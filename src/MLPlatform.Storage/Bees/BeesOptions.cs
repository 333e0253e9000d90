using System.ComponentModel.DataAnnotations;

namespace MLPlatform.Storage.Bees;

/// <summary>How collected records are kept; section <c>Bees</c>.</summary>
public sealed class BeesOptions
{
    /// <summary>A log begins a new segment when one is this large, in bytes. Default: 64 MiB.</summary>
    [Range(1 << 12, 1 << 30)]
    public long SegmentBytes { get; set; } = 64 << 20;

    /// <summary>The most that waits for one fsync, in bytes. Default: 16 MiB.</summary>
    [Range(1 << 12, 1 << 28)]
    public long GroupBytes { get; set; } = 16 << 20;

    /// <summary>The largest request that the collector reads, decompressed, in bytes. Default: 64 MiB.</summary>
    [Range(1 << 16, 1 << 30)]
    public long RequestBytes { get; set; } = 64 << 20;

    /// <summary>Ids of events that a source remembers, so that none comes in twice. Default: 1,000,000, about 40 MB of memory.</summary>
    [Range(0, 100_000_000)]
    public int EventWindow { get; set; } = 1_000_000;

    /// <summary>How long a channel that ended is remembered, so that nothing of it comes in twice. Default: 30 days.</summary>
    [Range(typeof(TimeSpan), "01:00:00", "3650.00:00:00")]
    public TimeSpan RememberEnded { get; set; } = TimeSpan.FromDays(30);

    /// <summary>The pause between two looks for segments that are past their retention. Default: 10 minutes.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan RetentionPause { get; set; } = TimeSpan.FromMinutes(10);
}
