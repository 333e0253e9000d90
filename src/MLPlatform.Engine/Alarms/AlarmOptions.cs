using System.ComponentModel.DataAnnotations;

namespace MLPlatform.Engine.Alarms;

/// <summary>How alarms are looked after; section <c>Alarms</c>.</summary>
public sealed class AlarmOptions
{
    /// <summary>Longest pause between looks. Default: 15 seconds.</summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "00:05:00")]
    public TimeSpan Recheck { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>Shortest pause between looks: what ends meanwhile shares the next one. Default: 200 milliseconds.</summary>
    [Range(typeof(TimeSpan), "00:00:00.001", "00:01:00")]
    public TimeSpan Breath { get; set; } = TimeSpan.FromMilliseconds(200);

    /// <summary>How far back ends of runs are looked at again, since the one that ended first need not be the one written first. Default: 2 minutes.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan Overlap { get; set; } = TimeSpan.FromMinutes(2);

    /// <summary>How long alarms that come together wait for each other, to go out as one message. Default: 5 seconds.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:10:00")]
    public TimeSpan GroupWait { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>How long resolved alarms are kept. Default: 90 days.</summary>
    [Range(typeof(TimeSpan), "01:00:00", "3650.00:00:00")]
    public TimeSpan KeepFor { get; set; } = TimeSpan.FromDays(90);

    /// <summary>Channels that are told when any agent is silent. Default: none, nobody is told.</summary>
    public IList<string> SilentAgentsTo { get; } = [];

    /// <summary>Channels that are told when a workspace is about to be reclaimed because nothing uses it. Default: none, the log and the workspace's own pages tell.</summary>
    public IList<string> IdleWorkspacesTo { get; } = [];
}
