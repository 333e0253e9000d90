using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace MLPlatform.Core.Alarms;

/// <summary>A rule over runs, activities, schedules and data that tells people: one entry of <c>alarms</c>.</summary>
public sealed record AlarmRule
{
    [Description("Unique in its list. Default: its index in the list. Name a rule to be free to reorder the list."), RegularExpression("^[A-Za-z][A-Za-z0-9_-]{0,63}$")]
    public string? Name { get; init; }

    [Description("What it is about."), MinLength(1)]
    public required IReadOnlyList<AlarmEvent> On { get; init; }

    [Description("How urgent it is. Default: warning.")]
    public AlarmSeverity Severity { get; init; } = AlarmSeverity.Warning;

    [Description("For queued and running: how long before it is told, as an ISO 8601 duration. Running without it is told when it takes longer than it used to.")]
    public TimeSpan? LongerThan { get; init; }

    [Description("For notStarted and notEnded: how long after the instant a cron trigger names, as an ISO 8601 duration.")]
    public TimeSpan? Within { get; init; }

    [Description("For stale: the dataset.")]
    public string? Dataset { get; init; }

    [Description("For drift: a feature group, whose newest table is compared with the one before; where left out, what data.check found in the run.")]
    public string? Features { get; init; }

    [Description("For stale: how old the newest version may be, as an ISO 8601 duration.")]
    public TimeSpan? OlderThan { get; init; }

    [Description("For metric: a metric or a numeric output by name.")]
    public string? Metric { get; init; }

    [Description("For metric: told when the value is below this.")]
    public double? Below { get; init; }

    [Description("For metric and drift: told when the value is above this. Default for drift: 0.2.")]
    public double? Above { get; init; }

    [Description("For silent: the agent; all agents where left out.")]
    public string? Agent { get; init; }

    [Description("Who is told: channels by name."), MinLength(1)]
    public required IReadOnlyList<string> To { get; init; }

    [Description("Who else is told when nobody acknowledges it.")]
    public AlarmEscalation? Escalate { get; init; }
}

/// <summary>Who else is told, and when.</summary>
public sealed record AlarmEscalation
{
    [Description("How long nobody has acknowledged it, as an ISO 8601 duration.")]
    public required TimeSpan After { get; init; }

    [Description("Channels by name."), MinLength(1)]
    public required IReadOnlyList<string> To { get; init; }
}

/// <summary>What a rule is about.</summary>
public enum AlarmEvent
{
    /// <summary>The run failed; on an activity: it failed for good.</summary>
    Failed,

    /// <summary>The run failed by an activity that took longer than its timeout.</summary>
    TimedOut,
    Cancelled,

    /// <summary>News: told once and over at once.</summary>
    Succeeded,

    /// <summary>An activity is tried again.</summary>
    Retried,

    /// <summary>An activity waits for resources for too long.</summary>
    Queued,

    /// <summary>The run, or the activity, takes too long.</summary>
    Running,

    /// <summary>A cron trigger's instant has passed and there is no run for it: a dead man's switch.</summary>
    NotStarted,

    /// <summary>A cron trigger's instant has passed and its run has not succeeded.</summary>
    NotEnded,

    /// <summary>The newest version of a dataset is too old.</summary>
    Stale,

    /// <summary>A metric or a numeric output is out of bounds.</summary>
    Metric,

    /// <summary>A stability index (PSI) is above its bound.</summary>
    Drift,

    /// <summary>An agent's heartbeats stay away.</summary>
    Silent,

    // Rules of a resources file are about what follows, and those of pipelines about what is above.

    /// <summary>A group's work waits although it fits the group's nominal quota.</summary>
    Starved,

    /// <summary>A group's work waits because the group may use no more.</summary>
    AtLimit,

    /// <summary>A part of a budget is used.</summary>
    Budget,

    /// <summary>An expansion ends soon.</summary>
    ExpansionEnds,

    /// <summary>News: an expansion has ended.</summary>
    ExpansionEnded,

    /// <summary>Somebody asks for an expansion, and nobody has decided.</summary>
    ExpansionAsked,

    // Told by the server's settings, not by rules.

    /// <summary>A pipeline file in git cannot be registered; what it registered before goes on.</summary>
    NotRegistered,

    /// <summary>Nothing uses a workspace, and it is reclaimed soon.</summary>
    Idle,
}

/// <summary>How urgent an alarm is.</summary>
public enum AlarmSeverity
{
    Info,
    Warning,
    Critical,
}
