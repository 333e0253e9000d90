using System.Globalization;
using MLPlatform.Core.Deployments;

namespace MLPlatform.Core.Triggers;

/// <summary>What a feedback trigger decides by.</summary>
/// <param name="Series">What was answered and what came of it.</param>
/// <param name="At">The instant looked at, by the time of events.</param>
/// <param name="LastFired">The instant it fired at last, or null.</param>
/// <param name="Facts">What is known about the datasets and the champion.</param>
public sealed record FeedbackSituation(FeedbackSeries Series, DateTimeOffset At, DateTimeOffset? LastFired, ChampionFacts Facts);

/// <summary>What is known beyond the feedback.</summary>
/// <param name="Since">When the champion took over, by the clock; null where it is not known.</param>
/// <param name="NewLabels">Rows that the dataset of labels has gained; null where it has no version.</param>
/// <param name="NewestData">When the newest version of the followed dataset was published; null where there is none.</param>
public sealed record ChampionFacts(DateTimeOffset? Since = null, long? NewLabels = null, DateTimeOffset? NewestData = null);

/// <summary>Whether a feedback trigger fires.</summary>
public abstract record FeedbackDecision
{
    private FeedbackDecision() { }

    /// <summary>It fires.</summary>
    /// <param name="Reasons">Each condition that holds, as a sentence.</param>
    public sealed record Fire(IReadOnlyList<string> Reasons, FeedbackPicture Picture) : FeedbackDecision;

    /// <summary>It does not.</summary>
    /// <param name="Why">As a sentence.</param>
    public sealed record Quiet(string Why, FeedbackPicture Picture) : FeedbackDecision;
}

/// <summary>The figures that were looked at, for the run and for people.</summary>
/// <param name="Version">The version that answers; null where nothing was asked.</param>
/// <param name="Events">Feedback events since the last firing.</param>
/// <param name="Impressions">Impressions of the version in the window.</param>
/// <param name="Value">The metric's value there.</param>
/// <param name="Column">The column that moved the most, and its index.</param>
public sealed record FeedbackPicture(
    int? Version, long Events, long Impressions, double? Value, double? Psi, double? Ks, string? Column = null, double? ColumnPsi = null);

/// <summary>Decides feedback triggers. Pure: the same situation gives the same decision, so the past can be asked what would have fired.</summary>
public static class FeedbackPolicy
{
    public static FeedbackDecision Decide(FeedbackTrigger trigger, FeedbackSituation now)
    {
        FeedbackPicture picture = Look(trigger, now.Series, now.At, now.LastFired);
        if (now.LastFired is { } last && now.At - last < trigger.CoolDown)
            return new FeedbackDecision.Quiet($"it fired {Ago(now.At - last)} ago and cools down for {Ago(trigger.CoolDown)}", picture);
        List<string> reasons = [];
        List<string> waits = [];
        void Judge(bool holds, string reason, string wait) => (holds ? reasons : waits).Add(holds ? reason : wait);
        if (trigger.MinEvents is { } events)
            Judge(picture.Events >= events, $"{picture.Events} new feedback events, of {events} asked for", $"{picture.Events} of {events} new feedback events");
        bool seen = picture.Impressions >= trigger.MinImpressions;
        string few = $"{picture.Impressions} of {trigger.MinImpressions} impressions in the window";
        if (trigger.Metric is { } metric)
        {
            string name = NameOf(metric), value = Figure(picture.Value);
            bool breached = seen && IsBreach(trigger, picture.Value);
            bool armed = !breached || IsArmed(trigger, now, picture.Version);
            string bound = trigger.Below is { } below ? $"below {Figure(below)}" : $"above {Figure(trigger.Above)}";
            Judge(breached && armed, $"{name} of version {picture.Version} is {value}, {bound}, over {Ago(trigger.Window)} and {picture.Impressions} impressions",
                !seen ? few : !armed ? $"{name} is {value}, but was not back at {Figure(trigger.Rearm)} since it fired" : $"{name} is {value}, not {bound}");
        }
        if (trigger.Drift is { } drift)
        {
            bool moved = seen && (picture.Psi > drift.Psi || picture.Ks > drift.Ks);
            string figures = $"PSI {Figure(picture.Psi)}, KS {Figure(picture.Ks)}";
            if ((drift.Psi ?? drift.Ks) is not null)
                Judge(moved, $"the scores of version {picture.Version} have moved: {figures}", seen ? $"scores have not moved far: {figures}" : few);
            if (drift.Features is { } most)
                Judge(seen && picture.ColumnPsi > most, $"the values of {picture.Column} have moved: PSI {Figure(picture.ColumnPsi)}, above {Figure(most)}",
                    seen ? $"no column has moved far: PSI {Figure(picture.ColumnPsi)} of {picture.Column ?? "none"}" : few);
        }
        if (trigger.Labels is { } labels)
            Judge(now.Facts.NewLabels >= labels.MinRows, $"{now.Facts.NewLabels} new labels in {labels.Dataset}, of {labels.MinRows} asked for", $"{now.Facts.NewLabels ?? 0} of {labels.MinRows} new labels");
        if (trigger.Freshness is { } freshness)
            Judge(now.Facts.NewestData - now.Facts.Since >= freshness.Behind,
                $"{freshness.Dataset} is {Ago((now.Facts.NewestData - now.Facts.Since) ?? default)} ahead of the champion, {Ago(freshness.Behind)} or more", $"the champion is not {Ago(freshness.Behind)} behind {freshness.Dataset}");
        if (trigger.MaxAge is { } oldest)
        {
            DateTimeOffset? since = Began(now.Series, trigger, now.At);
            Judge(now.At - since >= oldest, $"version {picture.Version} has answered for {Ago((now.At - since) ?? default)}, {Ago(oldest)} or more", $"the champion is younger than {Ago(oldest)}");
        }
        return reasons.Count > 0 ? new FeedbackDecision.Fire(reasons, picture) : new FeedbackDecision.Quiet(string.Join("; ", waits), picture);
    }

    /// <summary>The instants at which it would have fired between two instants, looked at in equal steps.</summary>
    /// <param name="facts">What was known at an instant beyond the feedback.</param>
    public static IReadOnlyList<(DateTimeOffset At, FeedbackDecision.Fire Decision)> Preview(
        FeedbackTrigger trigger, FeedbackSeries series, DateTimeOffset from, DateTimeOffset until, TimeSpan step, Func<DateTimeOffset, DateTimeOffset?, ChampionFacts> facts)
    {
        List<(DateTimeOffset, FeedbackDecision.Fire)> fired = [];
        DateTimeOffset? last = null;
        for (DateTimeOffset at = from; at <= until; at += step)
        {
            if (Decide(trigger, new FeedbackSituation(series, at, last, facts(at, last))) is not FeedbackDecision.Fire fire)
                continue;
            fired.Add((at, fire));
            last = at;
        }
        return fired;
    }

    private static FeedbackPicture Look(FeedbackTrigger trigger, FeedbackSeries series, DateTimeOffset at, DateTimeOffset? lastFired)
    {
        DateTimeOffset from = at - trigger.Window;
        // The minute of the last firing was counted then.
        long events = series.Oldest is { } oldest ? series.Events(lastFired?.AddMinutes(1) ?? Earlier(oldest, from), at) : 0;
        if (series.Answering(from, at) is not { } answering)
            return new FeedbackPicture(null, events, 0, null, null, null);
        VersionFigures figures = series.Figures(answering.Version, from, at);
        bool drifts = trigger.Drift is not null && answering.Since + trigger.Window <= from;
        (double Psi, double Ks)? drift = drifts ? series.ScoreDrift(answering.Version, (answering.Since, answering.Since + trigger.Window), (from, at)) : null;
        (string Column, double Psi)? column = drifts && trigger.Drift!.Features is not null
            ? series.ColumnDrift(answering.Version, (answering.Since, answering.Since + trigger.Window), (from, at)) : null;
        return new FeedbackPicture(answering.Version, events, figures.Impressions, trigger.Metric is { } metric ? ValueOf(metric, figures) : null, drift?.Psi, drift?.Ks, column?.Column, column?.Psi);
    }

    // It looks back in eight steps a window, from the last firing on.
    private static bool IsArmed(FeedbackTrigger trigger, FeedbackSituation now, int? version)
    {
        if (trigger.Rearm is not { } good || now.LastFired is not { } last)
            return true;
        if (Look(trigger, now.Series, last, last).Version != version)
            return true;
        for (DateTimeOffset at = last; at < now.At; at += trigger.Window / 8)
        {
            FeedbackPicture then = Look(trigger, now.Series, at, last);
            if (then.Impressions >= trigger.MinImpressions && (trigger.Below is not null ? then.Value >= good : then.Value <= good))
                return true;
        }
        return false;
    }

    private static DateTimeOffset? Began(FeedbackSeries series, FeedbackTrigger trigger, DateTimeOffset at) => series.Answering(at - trigger.Window, at)?.Since;

    private static bool IsBreach(FeedbackTrigger trigger, double? value) => value < trigger.Below || value > trigger.Above;

    private static double? ValueOf(FeedbackMetric metric, VersionFigures figures) => metric switch
    {
        FeedbackMetric.Auc => figures.Auc,
        FeedbackMetric.LogLoss => figures.LogLoss,
        FeedbackMetric.Calibration => figures.Calibration,
        FeedbackMetric.HitRate => figures.Found?.HitRate,
        _ => figures.ClickThrough,
    };

    private static string NameOf(FeedbackMetric metric) => metric switch
    {
        FeedbackMetric.Auc => "AUC",
        FeedbackMetric.LogLoss => "log loss",
        FeedbackMetric.Calibration => "calibration",
        FeedbackMetric.HitRate => "hit rate",
        _ => "click-through",
    };

    private static DateTimeOffset Earlier(DateTimeOffset a, DateTimeOffset b) => a < b ? a : b;

    private static string Figure(double? value) => value?.ToString("0.####", CultureInfo.InvariantCulture) ?? "unknown";

    private static string Ago(TimeSpan time) => Pipelines.IsoDuration.Print(time);
}
