namespace MLPlatform.Core.Triggers;

/// <summary>What waits to start in one pipeline, and what bounds it.</summary>
public sealed record StartSituation
{
    /// <summary>Claims without a run, oldest first.</summary>
    public required IReadOnlyList<StartCandidate> Candidates { get; init; }

    /// <summary>Active runs of the pipeline, backfills aside.</summary>
    public required int ActiveRuns { get; init; }

    /// <summary>Active runs by backfill.</summary>
    public required IReadOnlyDictionary<string, int> ActiveBackfillRuns { get; init; }

    public int? MaxActiveRuns { get; init; }

    /// <summary>The pipeline's triggers are paused; a backfill, which a person asked for, goes on.</summary>
    public bool Paused { get; init; }
}

/// <param name="Unmet">The dependency it waits for, in words, or null.</param>
public sealed record StartCandidate(TriggerClaim Claim, string? Unmet = null);

/// <param name="Held">With the reason, for people.</param>
public sealed record StartDecision(IReadOnlyList<TriggerClaim> Start, IReadOnlyList<HeldClaim> Held);

public sealed record HeldClaim(TriggerClaim Claim, string Reason);

/// <summary>Decides which claimed runs start now. The oldest goes first; one that waits for another pipeline holds no other back.</summary>
public static class StartPolicy
{
    public static StartDecision Decide(StartSituation situation)
    {
        List<TriggerClaim> start = [];
        List<HeldClaim> held = [];
        int active = situation.ActiveRuns;
        Dictionary<string, int> backfills = new(situation.ActiveBackfillRuns, StringComparer.Ordinal);
        foreach (StartCandidate candidate in situation.Candidates)
        {
            (string Id, int Limit)? backfill = TriggerFacts.BackfillOf(candidate.Claim.FactsJson);
            string? reason = candidate.Unmet
                ?? (backfill is { } b ? Busy(backfills.GetValueOrDefault(b.Id), b.Limit, "runs of the backfill")
                    : situation.Paused ? "the pipeline's triggers are paused"
                    : Busy(active, situation.MaxActiveRuns, "runs (maxActiveRuns)"));
            if (reason is not null)
            {
                held.Add(new(candidate.Claim, reason));
                continue;
            }
            start.Add(candidate.Claim);
            if (backfill is { } started)
                backfills[started.Id] = backfills.GetValueOrDefault(started.Id) + 1;
            else
                active++;
        }
        return new(start, held);
    }

    private static string? Busy(int active, int? most, string what) =>
        active >= most ? $"{active} of {most} {what} are active" : null;
}
