using System.ComponentModel.DataAnnotations;

namespace MLPlatform.Engine.Workspaces;

/// <summary>How workspaces are looked after; section <c>Workspaces</c>.</summary>
public sealed class WorkspaceOptions
{
    /// <summary>Pause between looks at sessions. Default: 5 seconds.</summary>
    [Range(typeof(TimeSpan), "00:00:00.050", "00:05:00")]
    public TimeSpan Pause { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>The interpreter that has Jupyter. Default: <c>/usr/bin/python3</c>, the one that Debian's packages belong to.</summary>
    [Required]
    public string Python { get; set; } = "/usr/bin/python3";

    /// <summary>How long a session may be idle where its workspace does not say. Default: one hour.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "365.00:00:00")]
    public TimeSpan IdleLimit { get; set; } = TimeSpan.FromHours(1);

    /// <summary>How long before it is reclaimed its owner is told; never more than half of the limit. Default: 10 minutes.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "1.00:00:00")]
    public TimeSpan WarnBefore { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>More busy cores than this are work, whatever the kernels say. Default: 0.05.</summary>
    [Range(0.001, 1000)]
    public double IdleCores { get; set; } = 0.05;

    /// <summary>A GPU busier than this, from 0 to 1, is work. Default: 0.05.</summary>
    [Range(0.0, 1.0)]
    public double IdleGpu { get; set; } = 0.05;
}
