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

    /// <summary>Scored rows and found items that may wait to be logged; beyond, impressions are lost, and counted. Default: 200,000.</summary>
    [Range(1, 100_000_000)]
    public int WaitingRows { get; set; } = 200_000;

    /// <summary>How long impressions wait for feedback in memory, and figures are kept. Default: 1 day.</summary>
    [Range(typeof(TimeSpan), "00:01:00", "30.00:00:00")]
    public TimeSpan FeedbackWindow { get; set; } = TimeSpan.FromDays(1);

    /// <summary>The most impressions of a deployment that wait for feedback, about 100 bytes each. Default: 1,000,000.</summary>
    [Range(1000, 100_000_000)]
    public int FeedbackCapacity { get; set; } = 1_000_000;

    /// <summary>The most events of one request of feedback. Default: 10,000.</summary>
    [Range(1, 1_000_000)]
    public int MaxEvents { get; set; } = 10_000;

    /// <summary>The pause between two looks at the policies of deployments. Default: 10 seconds.</summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "1.00:00:00")]
    public TimeSpan PolicyPause { get; set; } = TimeSpan.FromSeconds(10);
}
