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
            return new WaitReason(WaitCause.TooLarge, $"no node of {where} has {Say(@class.Gang)}, even with nothing running: {Lack(pool, @class.Gang)}", "ask for less, or add nodes", null);
        if (_claims.TryGetValue(id, out Claim? own) && own.Leaf is not null)
        {
            bool one = own.Without.Count == 1;
            return new WaitReason(WaitCause.Stopping, $"{own.Without.Count} other {(one ? "attempt is" : "attempts are")} stopping to make room for it on {Places(own)}", $"{(one ? "its" : "their")} end", Time(own.Made + _settings.Grace.Ticks));
        }
        return @class.Block switch
        {
            { Cause: WaitCause.Ceiling } => CeilingReason(pool, waiter, @class.Person!),
            { Cause: WaitCause.Quota, At: { } node } => QuotaReason(pool, waiter, node),
            { Cause: WaitCause.Promised, Bound: { Kept: { } kept } bound } => KeptReason(pool, @class, bound, kept),
            { Cause: WaitCause.Headroom } => new WaitReason(WaitCause.Headroom, $"work that runs as long as this leaves a part of {where} to shorter work, and that part is all that is left", "the end of work that runs as long", EndOf(r => r.Pool == pool)),
            { Cause: WaitCause.NoNode or WaitCause.Stopping } => RoomReason(pool, waiter, own),
            _ => new WaitReason(WaitCause.Turn, $"others go first in {where}", "the next decision", Time(_now)),
        };
    }

    /// <summary>Whether work of this shape would fit the pool if nothing ran there.</summary>
    public bool CouldEverFit(string pool, Gang gang) => CouldFit(PoolOf(pool), gang);

    private WaitReason QuotaReason(Pool pool, Waiter waiter, QuotaNode node)
    {
        WorkClass @class = waiter.Class;
        if (_reservations.Count > 0 && ReservedQuotaReason(pool, @class) is { } reserved)
            return reserved;
        Amount asked = @class.Amount, left = Bounding(node.Available().Max(Amount.Zero), asked, node.Nominal), nominal = Bounding(node.Nominal, asked, node.Nominal);
        string used = AmountWords.Of(Bounding(node.Used, asked, node.Nominal)), needs = AmountWords.Of(Bounding(asked, asked, node.Nominal)), more = AmountWords.Of(left);
        string what = node.Parent is null
            ? $"all groups together use {used} of {AmountWords.Of(nominal)} in pool '{pool.Name}' and can get {(left.IsZero ? "no more" : $"{more} more")}"
            : $"{Name(node.Name)} uses {used} in pool '{pool.Name}', where its quota is {AmountWords.Of(nominal)}, and can {(left.IsZero ? "borrow no more" : $"get {more} more, what it may borrow included")}";
        bool kept = IsKept(pool.Contest(node), waiter, out DateTimeOffset? from);
        return new WaitReason(WaitCause.Quota, $"{what}; this asks for {needs}", $"the end of work that counts there{(kept ? ", which is kept for it," : ",")} or an expansion",
            kept ? from : EndOf(r => r.Pool == pool && IsUnder(r.Leaf, node)));
    }

    private bool IsKept(IBound bound, Waiter waiter, out DateTimeOffset? from)
    {
        bool kept = bound.Kept?.For == waiter;
        from = kept && bound.Kept!.From > _now ? Time(bound.Kept.From) : null;
        return kept;
    }

    private WaitReason KeptReason(Pool pool, WorkClass @class, IBound bound, KeptQuota kept)
    {
        (string whose, Amount most) = bound is Contest { Quota: var node } ? (node.Parent is null ? "what groups lend each other" : Name(node.Name), node.Nominal)
            : ($"'{@class.Key.Person}'", @class.Person!.Ceiling);
        return new WaitReason(WaitCause.Promised, $"{whose} has quota left in pool '{pool.Name}' for {AmountWords.Of(Bounding(@class.Amount, @class.Amount, most))}, but it is kept for {kept.For.Work.Id}, which goes first",
            kept.From > _now ? "the start of that; work with a declared run time may pass" : "the start of that", kept.From > _now ? Time(kept.From) : null)
        {
            Behind = kept.For.Work.Id,
        };
    }

    private WaitReason CeilingReason(Pool pool, Waiter waiter, PersonUse person)
    {
        Amount asked = waiter.Class.Amount;
        bool kept = IsKept(person, waiter, out DateTimeOffset? from);
        return new WaitReason(WaitCause.Ceiling,
            $"'{waiter.Work.Person}' uses {AmountWords.Of(Bounding(person.Used, asked, person.Ceiling))} in pool '{pool.Name}', where their ceiling is {AmountWords.Of(Bounding(person.Ceiling, asked, person.Ceiling))}; this asks for {AmountWords.Of(Bounding(asked, asked, person.Ceiling))}",
            $"the end of other work of theirs{(kept ? ", which is kept for it," : ",")} or a higher ceiling", kept ? from : EndOf(r => r.Person == person));
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
                waiter.RunTicks == long.MaxValue ? "the start of that; work with a declared run time may pass" : "the start of that", other.From > _now ? Time(other.From) : null)
            {
                Behind = other.For,
            };
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
                return $"no node has more than {AmountWords.Cores(Math.Max(0, matching.Max(m => m.Now.MilliCpu)) / 1000.0)} free";
            if (matching.TrueForAll(m => m.Now.MemoryMiB < ask.MemoryMiB))
                return $"no node has more than {AmountWords.Memory(Math.Max(0, matching.Max(m => m.Now.MemoryMiB)) << 20)} free";
            if (ask.Gpus > 0 && matching.TrueForAll(m => !m.Now.Fits(ask with { MilliCpu = 0, MemoryMiB = 0 })))
                return ask.MilliGpu == NodeKind.Device ? $"no node has {AmountWords.Gpus(ask.Gpus)} free" : $"no node has {(ask.Gpus == 1 ? "a GPU" : $"{ask.Gpus} GPUs")} with {AmountWords.Number(ask.MilliGpu / 1000.0)} free";
        }
        return gang.Together is { } level ? $"no {level} has room for all {gang.Count} members" : gang.Count > 1 ? $"not all {gang.Count} members find room at once" : "the cores, memory and GPUs that are free are not on the same node";
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

    private static string Say(Gang gang) => gang.Count == 1 ? AmountWords.Of(gang.Amount) : $"{gang.Count} members at once ({AmountWords.Of(gang.Amount)} in all)";

    // Resources that are not asked for, or that nothing bounds, keep nobody waiting.
    private static Amount Bounding(Amount amount, Amount asked, Amount bound) => new(
        asked.MilliCpu > 0 && bound.MilliCpu < QuotaTree.Unbounded / 2 ? amount.MilliCpu : 0,
        asked.MemoryBytes > 0 && bound.MemoryBytes < QuotaTree.Unbounded / 2 ? amount.MemoryBytes : 0,
        asked.MilliGpu > 0 && bound.MilliGpu < QuotaTree.Unbounded / 2 ? amount.MilliGpu : 0);
}
