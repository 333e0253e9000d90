using System.ComponentModel.DataAnnotations;

namespace MLPlatform.Server.Retention;

/// <summary>What the collector of artifacts keeps: the section <c>Retention</c>.</summary>
public sealed class RetentionOptions
{
    /// <summary>How long the artifacts of a finished run are kept for its own sake. Default: 30 days.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "36500.00:00:00")]
    public TimeSpan KeepRuns { get; set; } = TimeSpan.FromDays(30);

    /// <summary>What was stored so recently is never removed, for it may be in use before anybody wrote so. Default: 1 day.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "365.00:00:00")]
    public TimeSpan Grace { get; set; } = TimeSpan.FromDays(1);

    /// <summary>How long an artifact must have been unneeded, seen twice, before it goes. Default: 10 minutes.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "365.00:00:00")]
    public TimeSpan Settle { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>How often a server collects. Default: 6 hours.</summary>
    [Range(typeof(TimeSpan), "00:01:00", "365.00:00:00")]
    public TimeSpan Every { get; set; } = TimeSpan.FromHours(6);

    /// <summary>Whether a server collects by itself. Default: true.</summary>
    public bool Enabled { get; set; } = true;
}
