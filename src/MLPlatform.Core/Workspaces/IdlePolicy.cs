using System.Globalization;

namespace MLPlatform.Core.Workspaces;

/// <summary>From when on a session counts as idle.</summary>
/// <param name="Limit">How long nothing may use it.</param>
/// <param name="WarnBefore">How long before its end the owner is told.</param>
/// <param name="Cores">More busy cores than this are work.</param>
/// <param name="Gpu">A GPU busier than this, from 0 to 1, is work.</param>
public sealed record IdleRules(TimeSpan Limit, TimeSpan WarnBefore, double Cores, double Gpu)
{
    /// <summary>Told at half of the limit at the earliest: a short limit is no reason to warn at once.</summary>
    public TimeSpan WarnAfter => Limit - (WarnBefore < Limit / 2 ? WarnBefore : Limit / 2);
}

/// <summary>When a session was last in use, and what it is owed now.</summary>
/// <param name="ActiveAt">When it was last in use.</param>
/// <param name="ActiveBy">By what.</param>
public abstract record IdleVerdict(DateTimeOffset ActiveAt, string ActiveBy)
{
    /// <summary>It goes on.</summary>
    public sealed record Keep(DateTimeOffset ActiveAt, string ActiveBy) : IdleVerdict(ActiveAt, ActiveBy);

    /// <summary>Its owner should know that it is about to be reclaimed.</summary>
    public sealed record Warn(DateTimeOffset ActiveAt, string ActiveBy, DateTimeOffset ReclaimAt) : IdleVerdict(ActiveAt, ActiveBy);

    /// <summary>It is to be closed.</summary>
    public sealed record Reclaim(DateTimeOffset ActiveAt, string ActiveBy) : IdleVerdict(ActiveAt, ActiveBy);
}

/// <summary>
/// Decides whether a session is idle. Work is what computes: a kernel that runs a cell, however quiet, and processors and GPUs in
/// use. Presence is what a person does: keys, clicks, runs. A page that is merely open is neither.
/// </summary>
public static class IdlePolicy
{
    /// <param name="activeAt">When it was last known to be in use; what is seen now counts if it is later.</param>
    /// <param name="told">When the owner was told that it will be reclaimed; null where that has not happened.</param>
    public static IdleVerdict Judge(IdleRules rules, SessionActivity seen, DateTimeOffset activeAt, string activeBy, DateTimeOffset? told, DateTimeOffset now)
    {
        (DateTimeOffset at, string by) = Latest(rules, seen, now) is { } latest && latest.At > activeAt ? latest : (activeAt, activeBy);
        TimeSpan idle = now - at;
        if (idle < rules.WarnAfter)
            return new IdleVerdict.Keep(at, by);
        // Nobody loses a session without a warning, also where nobody could look for a while.
        DateTimeOffset reclaimAt = Later(at + rules.Limit, (told ?? now) + (rules.Limit - rules.WarnAfter));
        return told is not null && now >= reclaimAt ? new IdleVerdict.Reclaim(at, by) : new IdleVerdict.Warn(at, by, reclaimAt);
    }

    private static (DateTimeOffset At, string By)? Latest(IdleRules rules, SessionActivity seen, DateTimeOffset now)
    {
        // 1. What computes is in use now.
        if (seen.Kernels.FirstOrDefault(k => k.Busy) is { } busy)
            return (now, $"a cell runs ({busy.Name})");
        if (seen.Cores > rules.Cores)
            return (now, string.Create(CultureInfo.InvariantCulture, $"{seen.Cores:0.##} cores are busy"));
        if (seen.Gpu > rules.Gpu)
            return (now, string.Create(CultureInfo.InvariantCulture, $"a GPU is {seen.Gpu:P0} busy"));
        // 2. What somebody did, the latest of it; never later than now, whatever a clock says.
        List<(DateTimeOffset At, string By)> done = [.. seen.Kernels.Select(k => (k.LastActivity, $"a kernel ({k.Name})")), .. seen.Terminals.Select(t => (t, "a terminal"))];
        if (seen.Traffic is { } traffic)
            done.Add((traffic, "its page"));
        return done.Count == 0 ? null : done.MaxBy(d => d.At) is var last && last.At > now ? (now, last.By) : last;
    }

    private static DateTimeOffset Later(DateTimeOffset a, DateTimeOffset b) => a > b ? a : b;
}
