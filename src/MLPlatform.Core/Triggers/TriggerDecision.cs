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

/// <summary>What to claim, in the order of time.</summary>
/// <param name="Next">The next instant after now, or null where there is none.</param>
public sealed record TriggerDecision(IReadOnlyList<DecidedFiring> Firings, DateTimeOffset? Next);

/// <summary>One due instant.</summary>
/// <param name="Dropped">
/// Why it starts no run, with its code; null where it starts one. A very long gap has one record for all but its newest
/// instants, and the reason says for how many.
/// </param>
public readonly record struct DecidedFiring(DateTimeOffset Instant, string? Dropped);
