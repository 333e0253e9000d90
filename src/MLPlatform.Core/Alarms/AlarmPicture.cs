using System.Text.Json;
using MLPlatform.Core.Runs;

namespace MLPlatform.Core.Alarms;

/// <summary>All that a look at the alarms sees.</summary>
public sealed record AlarmPicture
{
    /// <summary>Runs that go on and runs that ended lately, of plans with rules.</summary>
    public IReadOnlyList<WatchedRun> Runs { get; init; } = [];

    /// <summary>Instants at which registered pipelines should have started, of rules that watch them.</summary>
    public IReadOnlyList<WatchedInstant> Instants { get; init; } = [];

    /// <summary>Datasets of rules that watch their age.</summary>
    public IReadOnlyList<WatchedDataset> Datasets { get; init; } = [];

    /// <summary>Stability indices of rules that watch drift.</summary>
    public IReadOnlyList<WatchedDrift> Drifts { get; init; } = [];

    /// <summary>Agents of rules that watch their heartbeats.</summary>
    public IReadOnlyList<WatchedAgent> Agents { get; init; } = [];

    /// <summary>Workspaces that are about to be reclaimed, where somebody is to be told.</summary>
    public IReadOnlyList<WatchedWorkspace> Workspaces { get; init; } = [];

    /// <summary>Quotas, where the resources file has rules; else null.</summary>
    public WatchedQuotas? Quotas { get; init; }

    /// <summary>Alarms that are not resolved.</summary>
    public IReadOnlyList<StandingAlarm> Standing { get; init; } = [];
}

/// <param name="Activities">Empty where no rule looks at them and the run did not fail.</param>
/// <param name="Metrics">Empty where no rule looks at them.</param>
/// <param name="Durations">Of the last successes, by activity; the empty name stands for the run. Only where a rule learns from them.</param>
public sealed record WatchedRun(
    RunRow Run, PlanAlarms Alarms, IReadOnlyList<ActivityRow> Activities, IReadOnlyList<MetricRow> Metrics, IReadOnlyDictionary<string, IReadOnlyList<TimeSpan>> Durations);

/// <summary>An instant that a cron trigger names.</summary>
/// <param name="Trigger">Its key.</param>
/// <param name="Run">The run for it, or null.</param>
/// <param name="Dropped">Why no run will start for it, or null.</param>
public sealed record WatchedInstant(ScopedRule Rule, string? Owner, AlarmEvent Event, string Trigger, DateTimeOffset Instant, RunRow? Run, string? Dropped);

/// <param name="Version">The newest version's number; 0 for none.</param>
/// <param name="Since">When it was published; for none, since when the rule stands.</param>
public sealed record WatchedDataset(ScopedRule Rule, string? Owner, string Dataset, int Version, DateTimeOffset Since);

/// <param name="Subject">The dataset or feature group.</param>
/// <param name="Version">What was compared, such as a version's number.</param>
/// <param name="Worst">The highest index and the column or feature it is of.</param>
public sealed record WatchedDrift(ScopedRule Rule, string? Owner, string Subject, string Version, string Column, double Worst, DateTimeOffset At);

/// <param name="LastAt">The last heartbeat.</param>
/// <param name="SilentFrom">From when on the agent counts as silent.</param>
public sealed record WatchedAgent(ScopedRule Rule, string? Owner, string Agent, DateTimeOffset LastAt, DateTimeOffset SilentFrom);

/// <param name="ActiveAt">When it was last in use.</param>
/// <param name="ReclaimAt">When it is reclaimed unless it is used.</param>
public sealed record WatchedWorkspace(ScopedRule Rule, string Name, string Owner, RunId Session, DateTimeOffset ActiveAt, string ActiveBy, DateTimeOffset ReclaimAt);

/// <summary>An alarm that is not resolved, and what has become of its cause.</summary>
/// <param name="Run">The run that it is about, or null.</param>
/// <param name="Activity">The node that it is about, or null.</param>
/// <param name="LaterSuccess">A run of its pipeline that succeeded after the breach, or null.</param>
public sealed record StandingAlarm(Alarm Alarm, RunRow? Run = null, ActivityRow? Activity = null, RunRow? LaterSuccess = null);

/// <summary>What a look decides.</summary>
/// <param name="Open">Breaches; those whose alarm is there already change nothing.</param>
/// <param name="Next">When something may be due that no end of a run tells of.</param>
public sealed record AlarmDecision(IReadOnlyList<Alarm> Open, IReadOnlyList<AlarmEnding> Resolve, IReadOnlyList<Alarm> Escalate, DateTimeOffset? Next);

/// <param name="Quiet">Nobody is told that it is over: it was news.</param>
public sealed record AlarmEnding(Alarm Alarm, string Because, bool Quiet = false);

/// <summary>Names and values that rows hold as JSON.</summary>
internal static class RowFacts
{
    public static Failure? FailureOf(string? json) => json is null ? null : JsonSerializer.Deserialize(json, RunJson.Default.Failure);

    /// <summary>The numbers among outputs, by name.</summary>
    public static IEnumerable<(string Name, double Value)> Numbers(string? outputsJson)
    {
        if (outputsJson is null)
            yield break;
        using JsonDocument outputs = JsonDocument.Parse(outputsJson);
        if (outputs.RootElement.ValueKind != JsonValueKind.Object)
            yield break;
        foreach (JsonProperty output in outputs.RootElement.EnumerateObject())
            if (output.Value.ValueKind == JsonValueKind.Number && output.Value.TryGetDouble(out double value))
                yield return (output.Name, value);
    }
}
