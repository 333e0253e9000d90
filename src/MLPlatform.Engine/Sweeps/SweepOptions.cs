using System.ComponentModel.DataAnnotations;

namespace MLPlatform.Engine.Sweeps;

/// <summary>How sweeps are looked after; section <c>Sweeps</c>.</summary>
public sealed class SweepOptions
{
    /// <summary>Longest pause between looks: what trials report on their way is seen this late. Default: 1 second.</summary>
    [Range(typeof(TimeSpan), "00:00:00.050", "00:05:00")]
    public TimeSpan Pause { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>A replica that was silent for so long loses its sweeps to another. Default: 30 seconds.</summary>
    [Range(typeof(TimeSpan), "00:00:05", "01:00:00")]
    public TimeSpan Lease { get; set; } = TimeSpan.FromSeconds(30);
}
