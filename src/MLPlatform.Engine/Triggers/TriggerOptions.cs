using System.ComponentModel.DataAnnotations;

namespace MLPlatform.Engine.Triggers;

/// <summary>How triggers are looked after; section <c>Triggers</c>.</summary>
public sealed class TriggerOptions
{
    /// <summary>How late a cron firing may be and still be on time; later ones were missed, and <c>catchUp</c> decides. Default: 1 minute.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan Lateness { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>Longest pause between looks: what a clock that was set, or another replica, does is seen this late. Default: 30 seconds.</summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "00:05:00")]
    public TimeSpan Recheck { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>The most firings of one trigger that may wait to start. Default: 1,000.</summary>
    [Range(1, 100_000)]
    public int MaxWaiting { get; set; } = 1000;

    /// <summary>How far back ends of upstream runs are looked for after a start. Default: 7 days.</summary>
    [Range(typeof(TimeSpan), "00:10:00", "90.00:00:00")]
    public TimeSpan UpstreamLookback { get; set; } = TimeSpan.FromDays(7);

    /// <summary>The longest chain of runs that start each other; a longer one is cut. Default: 32.</summary>
    [Range(1, 1000)]
    public int MaxUpstreamDepth { get; set; } = 32;

    /// <summary>The largest webhook body, in bytes. Default: 262,144.</summary>
    [Range(1, 16 * 1024 * 1024)]
    public int MaxWebhookBytes { get; set; } = 256 * 1024;
}
