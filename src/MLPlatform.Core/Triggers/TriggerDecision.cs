using System.Globalization;

namespace MLPlatform.Core.Triggers;

/// <summary>All that a cron trigger's firings are decided from.</summary>
public sealed record CronSituation
{
    public required CronTrigger Trigger { get; init; }
    public required CronSchedule Schedule { get; init; }

    /// <summary>When the pipeline's newest revision was applied. A trigger that never fired owes nothing before it.</summary>
    public required DateTimeOffset RegisteredAt { get; init; }

    /// <summary>The trigger's last claim, or null.</summary>
    public TriggerClaim? Last { get; init; }

    /// <summary>Claims of this trigger whose runs have not started.</summary>
    public int Waiting { get; init; }

    /// <summary>How many more runs may start before the pipeline is busy; null where nothing bounds them or where they may queue.</summary>
    public int? Free { get; init; }

    public required DateTimeOffset Now { get; init; }

    /// <summary>How late a firing may be and still be on time; later ones were missed, and <see cref="CronTrigger.CatchUp"/> decides.</summary>
    public required TimeSpan Lateness { get; init; }

    /// <summary>The most claims of one trigger that may wait.</summary>
    public required int MaxWaiting { get; init; }
}

/// <summary>What to claim, in this order: dropped ones first, then firings; all instants ascend.</summary>
/// <param name="Next">The next instant after now, or null where there is none.</param>
public sealed record TriggerDecision(
    IReadOnlyList<DroppedFirings> Missed, IReadOnlyList<DateTimeOffset> Firings, IReadOnlyList<DroppedFirings> Refused, DateTimeOffset? Next);

/// <summary>Firings that will start no run, claimed as one at <paramref name="Last"/>.</summary>
/// <param name="Reason">With its code, for people.</param>
public sealed record DroppedFirings(DateTimeOffset First, DateTimeOffset Last, int Count, string Reason)
{
    internal static DroppedFirings Of(string code, IReadOnlyList<DateTimeOffset> firings, bool orMore, string why)
    {
        string span = firings.Count == 1
            ? $"the firing of {TriggerInstant.Text(firings[0])} was"
            : string.Create(CultureInfo.InvariantCulture,
                $"{firings.Count}{(orMore ? " or more" : "")} firings from {TriggerInstant.Text(firings[0])} to {TriggerInstant.Text(firings[^1])} were");
        return new(firings[0], firings[^1], firings.Count, $"{code}: {span} {why}");
    }
}
