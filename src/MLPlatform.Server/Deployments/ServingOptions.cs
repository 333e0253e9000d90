using System.ComponentModel.DataAnnotations;

namespace MLPlatform.Server.Deployments;

/// <summary>How models are served; section <c>Serving</c>.</summary>
public sealed class ServingOptions
{
    /// <summary>The most rows of one request. Default: 10,000.</summary>
    [Range(1, 1_000_000)]
    public int MaxRows { get; set; } = 10_000;

    /// <summary>The pause between two looks for deployments that others changed. Default: 1 second.</summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "00:10:00")]
    public TimeSpan RefreshPause { get; set; } = TimeSpan.FromSeconds(1);
}
