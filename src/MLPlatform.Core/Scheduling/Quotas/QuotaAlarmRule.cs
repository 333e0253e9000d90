using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Globalization;
using MLPlatform.Core.Alarms;

namespace MLPlatform.Core.Scheduling.Quotas;

/// <summary>A rule over quotas, budgets and expansions that tells people: one entry of <c>alarms</c> of a resources file.</summary>
public sealed record QuotaAlarmRule
{
    [Description("Unique in the list. Default: its index in the list. Name a rule to be free to reorder the list."), RegularExpression("^[A-Za-z][A-Za-z0-9_-]{0,63}$")]
    public string? Name { get; init; }

    [Description("What it is about."), MinLength(1)]
    public required IReadOnlyList<QuotaAlarmEvent> On { get; init; }

    [Description("Only this group. Default: each that is declared.")]
    public string? Group { get; init; }

    [Description("Only this pool. Default: each.")]
    public string? Pool { get; init; }

    [Description("For starved and atLimit: how long it waits before it is told, as an ISO 8601 duration. Default: PT15M.")]
    public TimeSpan? LongerThan { get; init; }

    [Description("For budget: told once this part is used, in percent. Default: 100, which is all of it."), Range(1, 1000)]
    public double? Percent { get; init; }

    [Description("For expansionEnds: how long before its end, as an ISO 8601 duration. Default: P1D.")]
    public TimeSpan? Within { get; init; }

    [Description("How urgent it is. Default: warning.")]
    public AlarmSeverity Severity { get; init; } = AlarmSeverity.Warning;

    [Description("Who is told: channels by name."), MinLength(1)]
    public required IReadOnlyList<string> To { get; init; }

    [Description("Who else is told when nobody acknowledges it.")]
    public AlarmEscalation? Escalate { get; init; }

    /// <summary>As alarms know rules.</summary>
    /// <param name="index">Its place in the list.</param>
    public ScopedRule Scope(int index) => new($"resources#{Name ?? index.ToString(CultureInfo.InvariantCulture)}", "", null,
        new AlarmRule { Name = Name, On = [.. On.Select(EventOf).Distinct()], Severity = Severity, To = To, Escalate = Escalate });

    public static AlarmEvent EventOf(QuotaAlarmEvent what) => what switch
    {
        QuotaAlarmEvent.Starved => AlarmEvent.Starved,
        QuotaAlarmEvent.AtLimit => AlarmEvent.AtLimit,
        QuotaAlarmEvent.Budget => AlarmEvent.Budget,
        QuotaAlarmEvent.ExpansionEnds => AlarmEvent.ExpansionEnds,
        QuotaAlarmEvent.ExpansionEnded => AlarmEvent.ExpansionEnded,
        QuotaAlarmEvent.ExpansionAsked => AlarmEvent.ExpansionAsked,
        _ => throw new ArgumentOutOfRangeException(nameof(what), what, "no event of quotas"),
    };
}

/// <summary>What a rule of a resources file is about.</summary>
public enum QuotaAlarmEvent
{
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
}
