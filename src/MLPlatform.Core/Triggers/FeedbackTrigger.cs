using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace MLPlatform.Core.Triggers;

/// <summary>
/// Starts a run on evidence: enough feedback, a metric that fell, scores that drifted, labels that grew, data that the
/// champion has not seen, a champion that grew old. Each condition that is given can fire it by itself.
/// </summary>
public sealed record FeedbackTrigger : TriggerDefinition
{
    [Description("The registered model that the feedback is about.")]
    public required string Model { get; init; }

    /// <summary>Default: named like the model.</summary>
    [Description("The deployment whose feedback is looked at. Default: named like the model.")]
    public string? Deployment { get; init; }

    [Range(1L, long.MaxValue, ErrorMessage = "{0} must be at least 1."), Description("Fires after so many new feedback events.")]
    public long? MinEvents { get; init; }

    [Description("The metric watched, of the version that answers: auc, logLoss, calibration (scores over positives), clickThrough, or hitRate (of lists of found items, those with positive feedback).")]
    public FeedbackMetric? Metric { get; init; }

    [Description("Fires when the metric falls below this.")]
    public double? Below { get; init; }

    [Description("Fires when the metric rises above this.")]
    public double? Above { get; init; }

    /// <summary>Hysteresis: having fired for the metric, it does so again only after the metric was on the good side of this, or another version answers.</summary>
    [Description("Hysteresis: having fired for the metric, fires for it again only after it was back at this, or another version answers. Default: none.")]
    public double? Rearm { get; init; }

    /// <summary>How far back is looked. Default: 1 day.</summary>
    [Description("How far back is looked, as an ISO 8601 duration. Default: P1D.")]
    public TimeSpan Window { get; init; } = TimeSpan.FromDays(1);

    /// <summary>Impressions that the window needs before metric and drift say anything. Default: 1000.</summary>
    [Range(1L, long.MaxValue, ErrorMessage = "{0} must be at least 1."), Description("Impressions that the window needs before metric and drift say anything. Default: 1000.")]
    public long MinImpressions { get; init; } = 1000;

    [Description("Fires when the scores of the version that answers, or the values it is asked about, have moved away from those of its first window.")]
    public DriftBound? Drift { get; init; }

    [Description("Fires when a dataset of labels has so many more rows than at the last firing.")]
    public LabelBound? Labels { get; init; }

    [Description("Fires when a dataset has a version that is younger than the version that answers by this much.")]
    public FreshnessBound? Freshness { get; init; }

    [Description("Fires when the version that answers has answered for longer than this.")]
    public TimeSpan? MaxAge { get; init; }

    /// <summary>The least time between two firings, by the time of events. Default: 1 hour.</summary>
    [Description("The least time between two firings, by the time of events. Default: PT1H.")]
    public TimeSpan CoolDown { get; init; } = TimeSpan.FromHours(1);

    /// <summary>The deployment looked at.</summary>
    internal string DeploymentName => Deployment ?? Model;

    /// <summary>What is wrong with it beyond its shape, or null.</summary>
    internal string? Problem() =>
        MinEvents is null && Metric is null && Drift is null && Labels is null && Freshness is null && MaxAge is null
            ? "it has no condition; give minEvents, metric, drift, labels, freshness or maxAge"
        : Metric is not null && (Below is null) == (Above is null) ? "a metric needs either below or above"
        : Metric is null && (Below ?? Above ?? Rearm) is not null ? "below, above and rearm are bounds of a metric, and none is given"
        : Rearm is { } rearm && (rearm < Below || rearm > Above) ? "rearm must lie on the good side of the bound"
        : Window <= TimeSpan.Zero || CoolDown < TimeSpan.Zero || MaxAge <= TimeSpan.Zero ? "window and maxAge must be above zero, and coolDown not below it"
        : Drift is { } drift && drift.Problem() is { } bad ? bad
        : null;
}

/// <summary>What a feedback trigger watches.</summary>
public enum FeedbackMetric
{
    Auc,
    LogLoss,
    Calibration,
    ClickThrough,
    HitRate,
}

/// <summary>A bound on how far scores have moved.</summary>
public sealed record DriftBound
{
    [Description("The largest population stability index; above 0.2 is commonly taken as a shift.")]
    public double? Psi { get; init; }

    [Range(0.0, 1.0), Description("The largest Kolmogorov-Smirnov distance, from 0 to 1.")]
    public double? Ks { get; init; }

    [Description("The largest population stability index of the values of any column that the model reads.")]
    public double? Features { get; init; }

    internal string? Problem() => (Psi ?? Ks ?? Features) is null ? "drift needs psi, ks or features" : Psi is <= 0 || Features is <= 0 ? "psi and features must be above 0" : null;
}

/// <summary>Growth of a dataset of labels.</summary>
public sealed record LabelBound
{
    public required string Dataset { get; init; }

    [Range(1L, long.MaxValue, ErrorMessage = "{0} must be at least 1."), Description("New rows since the last firing, or since the version that answers was made.")]
    public required long MinRows { get; init; }
}

/// <summary>Data that the version that answers has not seen.</summary>
public sealed record FreshnessBound
{
    public required string Dataset { get; init; }

    [Description("How much younger than the version that answers the dataset's newest version may be.")]
    public required TimeSpan Behind { get; init; }
}
