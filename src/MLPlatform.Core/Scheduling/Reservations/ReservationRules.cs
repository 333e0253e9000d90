namespace MLPlatform.Core.Scheduling.Reservations;

/// <summary>Why a reservation cannot be had.</summary>
/// <param name="Code">A code from docs/diagnostics/work.md.</param>
public sealed record ReservationRefusal(string Code, string Why, string? Hint);

/// <summary>Whether a reservation can be had: what is held at every moment of it fits the pool, and its person's ceiling.</summary>
public static class ReservationRules
{
    /// <summary>The longest reservation.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromDays(31);

    /// <param name="wanted">The new one, or the changed one.</param>
    /// <param name="others">All that hold something in its pool; itself is left out by its id.</param>
    /// <param name="pool">What the pool has in all.</param>
    /// <param name="ceiling">What its person may hold at once in this pool; null: no bound.</param>
    public static ReservationRefusal? Check(Reservation wanted, IReadOnlyCollection<Reservation> others, Amount pool, Amount? ceiling, DateTimeOffset now)
    {
        if (wanted.Until <= wanted.From || wanted.Until <= now)
            return new("WORK-020", "A reservation ends after it begins, and in the future.", "Give an instant such as 2026-03-01T18:00:00Z, or a time from now such as PT4H.");
        if (wanted.Until - wanted.From > Longest)
            return new("WORK-020", $"A reservation lasts {Longest.TotalDays:0} days at most.", "Make several, or ask for more quota.");
        if (wanted.Amount.IsZero || wanted.Amount.MilliCpu < 0 || wanted.Amount.MemoryBytes < 0 || wanted.Amount.MilliGpu < 0)
            return new("WORK-020", "A reservation holds at least some of cpu, memory or gpu.", null);
        Reservation[] overlapping = [.. others.Where(o => o.Id != wanted.Id && o.Pool == wanted.Pool && o.Holds(now) && o.From < wanted.Until && wanted.From < o.Until)];
        // What is held changes only where one begins: looking there, and at our own beginning, sees every moment.
        foreach (DateTimeOffset at in overlapping.Select(o => o.From).Append(wanted.From).Where(t => t >= wanted.From).Distinct().Order())
        {
            Reservation[] then = [.. overlapping.Where(o => o.From <= at && at < o.Until)];
            Amount held = Sum(then);
            if (!(held + wanted.Amount).FitsIn(pool))
                return new("WORK-021", $"The pool {wanted.Pool} has {AmountWords.Of(pool)}; {(held.IsZero ? "" : $"at {at:u} {AmountWords.Of(held)} of it are reserved already, and ")}{AmountWords.Of(wanted.Amount)} {(held.IsZero ? "" : "more ")}would not fit.",
                    "Ask for less, or for another time; 'mlp reservations list' shows what is held.");
            Amount own = Sum(then.Where(o => o.Person == wanted.Person));
            if (ceiling is { } most && !(own + wanted.Amount).FitsIn(most))
                return new("WORK-022", $"{wanted.Person} may hold {AmountWords.Of(most)} of the pool {wanted.Pool} at once; at {at:u} it would be {AmountWords.Of(own + wanted.Amount)}.",
                    "Cancel another reservation, or have the ceiling raised in the resources file.");
        }
        return null;
    }

    private static Amount Sum(IEnumerable<Reservation> all) => all.Aggregate(Amount.Zero, (sum, o) => sum + o.Amount);
}
