using System.Globalization;
using MLPlatform.Core.Scheduling.Placement;
using MLPlatform.Core.Scheduling.Quotas;

namespace MLPlatform.Core.Scheduling.Admission;

// Why work waits.
public sealed partial class Scheduler
{
    /// <summary>The one thing that keeps the work from starting, as of the last <see cref="Decide"/>; null if it does not wait.</summary>
    public WaitReason? Why(WorkId id, DateTimeOffset now)
    {
        if (!_waiting.TryGetValue(id, out Waiter? waiter))
            return null;
        _now = Math.Max(_now, now.UtcTicks);
        WorkClass @class = waiter.Class;
        Pool pool = _pools[@class.Key.Pool];
        string where = $"pool '{pool.Name}'";
        if (!CouldFit(pool, @class.Gang) && @class.Overflow.All(o => !CouldFit(PoolOf(o), @class.Gang)))
            return new WaitReason(WaitCause.TooLarge, $"it asks for {Say(@class.Gang)}, which no node of {where} has even when nothing runs: {Lack(pool, @class.Gang)}", "ask for less, or add nodes", null);
        if (_claims.TryGetValue(id, out Claim? own) && own.Leaf is not null)
            return new WaitReason(WaitCause.Stopping, $"{own.Without.Count} works are stopping to make room on {Places(own)}", "their end", Time(own.Made + _settings.Grace.Ticks));
        return @class.Block switch
        {
            { Cause: WaitCause.Ceiling } => new WaitReason(WaitCause.Ceiling,
                $"'{waiter.Work.Person}' uses {Say(Bounding(@class.Person!.Used, @class.Amount, @class.Person.Ceiling))} of a ceiling of {Say(Bounding(@class.Person.Ceiling, @class.Amount, @class.Person.Ceiling))} in {where}", "the end of other work of theirs, or a higher ceiling", EndOf(r => r.Person == @class.Person)),
            { Cause: WaitCause.Quota, At: { } node } => QuotaReason(pool, @class, node),
            { Cause: WaitCause.NoNode or WaitCause.Stopping } => RoomReason(pool, waiter, own),
            _ => new WaitReason(WaitCause.Turn, $"others go first in {where}", "the next decision", Time(_now)),
        };
    }

    /// <summary>Whether work of this shape would fit the pool if nothing ran there.</summary>
    public bool CouldEverFit(string pool, Gang gang) => CouldFit(PoolOf(pool), gang);

    private WaitReason QuotaReason(Pool pool, WorkClass @class, QuotaNode node)
    {
        if (_reservations.Count > 0 && ReservedQuotaReason(pool, @class) is { } reserved)
            return reserved;
        string what = node.Parent is null ? $"what groups lend in pool '{pool.Name}'" : $"the quota of {Name(node.Name)} in pool '{pool.Name}'";
        Amount asked = @class.Amount, left = Bounding(node.Available().Max(Amount.Zero), asked, node.Nominal);
        return new WaitReason(WaitCause.Quota,
            $"{what} is not enough: in use {Say(Bounding(node.Used, asked, node.Nominal))} of {Say(Bounding(node.Nominal, asked, node.Nominal))}, "
            + $"still to be had with borrowing {Say(left)}, asked for {Say(Bounding(asked, asked, node.Nominal))}",
            "the end of work that counts there, or an expansion", EndOf(r => r.Pool == pool && IsUnder(r.Leaf, node)));
    }

    private WaitReason RoomReason(Pool pool, Waiter waiter, Claim? own)
    {
        Gang gang = waiter.Class.Gang;
        if (_reservations.Count > 0 && ReservedReason(pool, waiter) is { } reserved)
            return reserved;
        if (own is not null)
            return new WaitReason(WaitCause.NoNode, $"no node has room for {Say(gang)} yet: {Lack(pool, gang)}", $"the end of what runs on {Places(own)}, which is kept for it", own.From > _now ? Time(own.From) : null);
        Claim? other = pool.Promises.Find(p => p.For != waiter.Work.Id);
        bool room = gang.Roles.All(r => pool.Machines.All.Any(m => m.Accepts(r.Ask) && m.Now.Fits(r.Ask)));
        if (other is not null && room)
        {
            return new WaitReason(WaitCause.Promised, $"there is room for {Say(gang)}, but {Places(other)} is kept for {other.For}, which goes first",
                waiter.RunTicks == long.MaxValue ? "the start of that; work with a declared run time may pass" : "the start of that", other.From > _now ? Time(other.From) : null);
        }
        return new WaitReason(WaitCause.NoNode, $"no node has room for {Say(gang)}: {Lack(pool, gang)}", "the end of what runs there", Foresee(pool, gang, false) is { } seen ? Time(seen.From) : null);
    }

    // The first thing that no node has, by what nodes could have at all.
    private static string Lack(Pool pool, Gang gang)
    {
        pool.Machines.Prepare();
        List<Machine> machines = pool.Machines.All;
        if (machines.Count == 0)
            return "the pool has no node";
        foreach (Role role in gang.Roles)
        {
            NodeAsk ask = role.Ask;
            if (!machines.Any(m => m.Accepts(ask)))
                return $"no node has a GPU of model {ask.Models.Replace("|", " or ", StringComparison.Ordinal)}";
            if (role.Selector is { } selector && !machines.Any(m => m.Has(selector)))
                return $"no node has the labels {selector}";
            List<Machine> matching = [.. machines.Where(m => m.Accepts(role))];
            if (matching.Count == 0)
                return "no node has both the labels and the model";
            if (matching.TrueForAll(m => m.Now.MilliCpu < ask.MilliCpu))
                return $"at most {Number(matching.Max(m => m.Now.MilliCpu) / 1000.0)} cores are free on one node";
            if (matching.TrueForAll(m => m.Now.MemoryMiB < ask.MemoryMiB))
                return $"at most {Number(matching.Max(m => m.Now.MemoryMiB) / 1024.0)} GiB are free on one node";
            if (ask.Gpus > 0 && matching.TrueForAll(m => !m.Now.Fits(ask with { MilliCpu = 0, MemoryMiB = 0 })))
                return $"no node has {ask.Gpus} devices with {Number(ask.MilliGpu / 1000.0)} free";
        }
        return gang.Together is { } level ? $"no {level} has room for all {gang.Count} members" : gang.Count > 1 ? $"not for all {gang.Count} members at once" : "cores, memory and devices are not free on the same node";
    }

    private DateTimeOffset? EndOf(Func<Running, bool> which)
    {
        long end = long.MaxValue;
        foreach (Running running in _running.Values)
        {
            if (running.End > _now && running.End < end && which(running))
                end = running.End;
        }
        return end == long.MaxValue ? null : Time(end);
    }

    private static bool IsUnder(QuotaNode node, QuotaNode above)
    {
        for (QuotaNode? at = node; at is not null; at = at.Parent)
        {
            if (at == above)
                return true;
        }
        return false;
    }

    private static DateTimeOffset Time(long ticks) => new(ticks, TimeSpan.Zero);

    private static string Places(Claim claim)
    {
        string[] names = [.. claim.Slots.Select(s => s.Machine.Name).Distinct(StringComparer.Ordinal)];
        return names.Length <= 3 ? string.Join(", ", names) : $"{names[0]} and {names.Length - 1} more nodes";
    }

    private static string Say(Gang gang) => gang.Count == 1 ? Say(gang.Amount) : $"{gang.Count} members at once, {Say(gang.Amount)}";

    // Resources that are not asked for, or that nothing bounds, keep nobody waiting.
    private static Amount Bounding(Amount amount, Amount asked, Amount bound) => new(
        asked.MilliCpu > 0 && bound.MilliCpu < QuotaTree.Unbounded / 2 ? amount.MilliCpu : 0,
        asked.MemoryBytes > 0 && bound.MemoryBytes < QuotaTree.Unbounded / 2 ? amount.MemoryBytes : 0,
        asked.MilliGpu > 0 && bound.MilliGpu < QuotaTree.Unbounded / 2 ? amount.MilliGpu : 0);

    private static string Say(Amount amount)
    {
        List<string> parts = [];
        if (amount.MilliCpu > 0)
            parts.Add($"{Number(amount.MilliCpu / 1000.0)} cores");
        if (amount.MemoryBytes > 0)
            parts.Add($"{Number((double)amount.MemoryBytes / (1L << 30))} GiB");
        if (amount.MilliGpu > 0)
            parts.Add($"{Number(amount.MilliGpu / 1000.0)} GPUs");
        return parts.Count == 0 ? "nothing" : string.Join(", ", parts);
    }

    private static string Number(double value) => value.ToString("0.###", CultureInfo.InvariantCulture);
}
