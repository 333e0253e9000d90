using System.Text.Json.Serialization;
using MLPlatform.Core.Pipelines;

namespace MLPlatform.Core.Deployments;

/// <summary>By which figures a canary becomes the champion, or is given up. All decisions and their figures are in the history.</summary>
public sealed record PromotionPolicy
{
    /// <summary>Impressions that a canary needs before anything but errors and latency is held against it. Default: 1000.</summary>
    public long MinImpressions { get; init; } = 1000;

    /// <summary>Requests that a version needs before errors and latency are held against it. Default: 100.</summary>
    public long MinRequests { get; init; } = 100;

    /// <summary>How long a canary stands before it is promoted. Default: 1 hour.</summary>
    [JsonConverter(typeof(IsoDurationConverter))]
    public TimeSpan After { get; init; } = TimeSpan.FromHours(1);

    /// <summary>How long a new champion is watched for a rollback to the one before. Default: 1 day.</summary>
    [JsonConverter(typeof(IsoDurationConverter))]
    public TimeSpan Watch { get; init; } = TimeSpan.FromDays(1);

    /// <summary>
    /// How sure all guards together must be, however often they are looked at, before they give a version up or let it pass: from 0 to below 1.
    /// 0 takes figures as they are. Default: 0.95.
    /// </summary>
    public double Confidence { get; init; } = 0.95;

    /// <summary>Promote a canary that passes all guards. Default: true.</summary>
    public bool Promote { get; init; } = true;

    /// <summary>Give up what fails a guard. Default: true.</summary>
    public bool RollBack { get; init; } = true;

    /// <summary>What a version must hold to. A policy without guards promotes whatever was exposed long enough.</summary>
    public IReadOnlyList<Guard> Guards { get; init; } = [];

    /// <summary>What is wrong with it, or null.</summary>
    public string? Problem() =>
        MinImpressions < 0 || MinRequests < 0 ? "minImpressions and minRequests must not be negative"
        : Confidence is not (>= 0 and < 1) ? "confidence must be at least 0 and below 1"
        : After < TimeSpan.Zero || Watch < TimeSpan.Zero ? "after and watch must not be negative"
        : Guards.Select(g => g.Problem()).FirstOrDefault(p => p is not null);
}

/// <summary>A bound on a figure: of the version alone, or beside the champion's at the same time.</summary>
/// <param name="Min">It must be at least this.</param>
/// <param name="Max">It must be at most this.</param>
/// <param name="MaxDrop">It may be below the champion's by this fraction of it.</param>
/// <param name="MaxRise">It may be above the champion's by this fraction of it.</param>
public sealed record Guard(GuardMetric Metric, double? Min = null, double? Max = null, double? MaxDrop = null, double? MaxRise = null)
{
    /// <summary>Whether it needs feedback.</summary>
    [JsonIgnore]
    public bool NeedsImpressions => Metric is not (GuardMetric.ErrorRate or GuardMetric.LatencyP99);

    public string? Problem() => (Min ?? Max ?? MaxDrop ?? MaxRise) is null ? $"the guard of {Metric} has no bound: min, max, maxDrop or maxRise"
        : MaxDrop is < 0 || MaxRise is < 0 ? $"the guard of {Metric} has a negative maxDrop or maxRise" : null;
}

/// <summary>What a guard looks at.</summary>
public enum GuardMetric
{
    /// <summary>Requests that failed over requests.</summary>
    ErrorRate,

    /// <summary>Milliseconds.</summary>
    LatencyP99,

    /// <summary>Positive impressions over impressions.</summary>
    ClickThrough,

    /// <summary>Area under the ROC curve, on joined feedback.</summary>
    Auc,

    /// <summary>Mean log loss, on joined feedback.</summary>
    LogLoss,

    /// <summary>Sum of scores over positives.</summary>
    Calibration,

    /// <summary>Lists of found items with positive feedback over lists.</summary>
    HitRate,
}

/// <summary>The figure that a guard looks at.</summary>
internal static class GuardMetrics
{
    public static double? Of(this GuardMetric metric, VersionFigures figures) => metric switch
    {
        GuardMetric.ErrorRate => figures.ErrorRate,
        GuardMetric.LatencyP99 => figures.LatencyP99,
        GuardMetric.ClickThrough => figures.ClickThrough,
        GuardMetric.Auc => figures.Auc,
        GuardMetric.LogLoss => figures.LogLoss,
        GuardMetric.HitRate => figures.Found?.HitRate,
        _ => figures.Calibration,
    };

    /// <summary>How many things it was seen on.</summary>
    public static long Observations(this GuardMetric metric, VersionFigures figures) => metric switch
    {
        GuardMetric.ErrorRate or GuardMetric.LatencyP99 => figures.Requests,
        GuardMetric.HitRate => figures.Found?.Lists ?? 0,
        _ => figures.Impressions,
    };
}
