using MLPlatform.Core.Scheduling.Quotas;

namespace MLPlatform.Core.Scheduling.Admission;

// What is kept of quotas and ceilings, so that large work is not passed for ever by small work that needs the same.
public sealed partial class Scheduler
{
    // The first that is refused is told when it no longer will be, as the first that finds no room is.
    private void PromiseQuota(Pool pool, Waiter waiter, IBound refusing)
    {
        WorkClass @class = waiter.Class;
        // First in its group, and of all that what refuses it refuses.
        if (_settings.Promises == 0 || !MayKeep(@class.Contest, waiter, pool) || !MayKeep(refusing, waiter, pool))
            return;
        long patient = waiter.Work.Since.UtcTicks + _settings.Patience.Ticks;
        bool mayClear = patient <= _now;
        if (!mayClear)
            LookAgain(pool, @class, patient);
        // To look ahead costs what runs: where that is much, not more often than once a second for a group.
        if (@class.Contest.ForesightFrom > _now)
        {
            LookAgain(pool, @class, @class.Contest.ForesightFrom);
            return;
        }
        if (pool.Ends.Count > 1000)
            @class.Contest.ForesightFrom = _now + TimeSpan.TicksPerSecond;
        List<IBound> bounds = [.. BoundsOf(@class).Where(b => MayKeep(b, waiter, pool))];
        List<Running> gone = [];
        if (WhenNotRefused(pool, @class, mayClear, gone) is not { } from)
        {
            gone.ForEach(PutBackQuota);
            return;
        }
        KeepQuota(waiter, bounds, from, gone);
        if (from > _now)
            LookAgain(pool, @class, from);
    }

    // What its place needs when that begins is kept, too.
    private void KeepQuotaOf(Pool pool, Waiter waiter)
    {
        if (_tree.Groups.Count == 0)
            return;
        if (!_claims.TryGetValue(waiter.Work.Id, out Claim? claim))
        {
            DropQuota(waiter);
            return;
        }
        if (waiter.Class.Contest.Kept is { } kept && kept.For == waiter && kept.From == claim.From)
            return;
        if (!MayKeep(waiter.Class.Contest, waiter, pool))
            return;
        List<IBound> bounds = [.. BoundsOf(waiter.Class).Where(b => MayKeep(b, waiter, pool))];
        List<Running> gone = [.. RunsUnder(pool.Root).Where(r => r.StopsFor is null && ((r.End > _now && r.End <= claim.From) || claim.Without.Contains(r)))];
        gone.ForEach(TakeQuota);
        KeepQuota(waiter, bounds, claim.From, gone);
    }

    // Ends what runs, the soonest first, until nothing refuses it. Gives when that is: now, where nobody knows but it has waited long.
    private long? WhenNotRefused(Pool pool, WorkClass @class, bool mayClear, List<Running> gone)
    {
        long from = _now;
        bool known = true;
        HashSet<Running> taken = [];
        while (Refusing(pool, @class) is { } bound)
        {
            foreach (Running running in CountedBy(bound, @class).Where(r => r.StopsFor is null && !taken.Contains(r)).OrderBy(IsLate).ThenBy(r => IsLate(r) ? -r.Since : r.End).ThenBy(r => r.Number).ToList())
            {
                if (IsLate(running) && !mayClear)
                    return null;
                known &= !IsLate(running);
                from = Math.Max(from, IsLate(running) ? _now : running.End);
                TakeQuota(running);
                gone.Add(running);
                taken.Add(running);
                if (Refusing(pool, @class) != bound)
                    break;
            }
            if (Refusing(pool, @class) == bound)
                return null; // It asks for more than there can be.
        }
        return known ? from : _now;

        // Nobody knows when it ends, or it has not when it should have.
        bool IsLate(Running running) => running.End == long.MaxValue || running.End <= _now;
    }

    // While those are gone it starts; what is left then may be used by others.
    private void KeepQuota(Waiter waiter, List<IBound> bounds, long from, List<Running> gone)
    {
        WorkClass @class = waiter.Class;
        UseQuota(@class.Contest.Quota, @class.Person, @class.Amount);
        List<IBound> opened = [];
        foreach (IBound bound in bounds)
        {
            KeptQuota? before = bound.Kept;
            bound.Kept = new KeptQuota(waiter, from, bound.Left);
            // Where it takes over from another, those who wait look when something comes free: orders of three can go round in a circle.
            if (before?.For == waiter && (from > before.From || !bound.Kept.Spare.FitsIn(before.Spare)))
                opened.Add(bound);
        }
        FreeQuota(@class.Contest.Quota, @class.Person, @class.Amount);
        gone.ForEach(PutBackQuota);
        foreach (IBound bound in opened)
            OpenAll(bound.Parked);
    }

    private void DropQuota(Waiter waiter)
    {
        foreach (IBound bound in KeptFor(waiter))
        {
            bound.Kept = null;
            OpenAll(bound.Parked);
        }
    }

    // Its place in the order changed: others may go before it now.
    private void OpenKeptFor(Waiter waiter)
    {
        foreach (IBound bound in KeptFor(waiter))
            OpenAll(bound.Parked);
    }

    private static IEnumerable<IBound> KeptFor(Waiter waiter) => BoundsOf(waiter.Class).Where(b => b.Kept?.For == waiter);

    // One promise for each bound: that of who goes first.
    private static bool MayKeep(IBound bound, Waiter waiter, Pool pool) =>
        bound.Kept is not { } kept || kept.For == waiter || Contest.Precedes(waiter, kept.For, pool.Size);

    // The bound of which something is kept that the work would use; null: it takes nothing from who goes before it.
    private IBound? KeptFrom(Pool pool, Waiter waiter) => waiter.Work.Reservation is not null || _claims.TryGetValue(waiter.Work.Id, out Claim? claim) && claim.IsKept ? null
        : KeptFrom(waiter, waiter.Class.Contest, waiter.Class.Person, other => Contest.Precedes(waiter, other, pool.Size));

    private IBound? KeptFrom(Waiter waiter, Contest leaf, PersonUse? person, Func<Waiter, bool> precedes)
    {
        Amount up = waiter.Class.Amount;
        if (person is not null && Takes(person))
            return person;
        bool borrows = true;
        for (Contest? at = leaf; at is not null && !up.IsZero; at = at.Parent)
        {
            if (borrows && Takes(at))
                return at;
            // What is a group's own is not kept for others above it.
            borrows = !at.Quota.IsWithin(up);
            up = at.Quota.Above(up);
        }
        return null;

        bool Takes(IBound bound) => bound.Kept is { } kept && kept.For != waiter && waiter.RunTicks > kept.From - _now
            && !Asked(up, kept.Spare).FitsIn(kept.Spare) && !precedes(kept.For);
    }

    // What is not asked for is bounded by nothing, even where more is used than there is.
    private static Amount Asked(Amount asked, Amount otherwise) => new(asked.MilliCpu > 0 ? asked.MilliCpu : otherwise.MilliCpu,
        asked.MemoryBytes > 0 ? asked.MemoryBytes : otherwise.MemoryBytes, asked.MilliGpu > 0 ? asked.MilliGpu : otherwise.MilliGpu);

    // Something is kept from the first of its class: one that ends before that is needed may start.
    private void TryBeside(Pool pool, WorkClass @class, IBound bound)
    {
        long longest = bound.Kept!.From - _now;
        if (@class.SoonestRun <= longest && @class.Waiters.FirstOrDefault(w => w.RunTicks <= longest && MayStart(pool, w)) is { } shorter
            && Place(pool, @class.Gang, _now + shorter.RunTicks) is { } slots)
        {
            Admit(pool, shorter, slots);
        }
        else
        {
            Park(@class, bound.Parked, new Block(WaitCause.Promised, Bound: bound));
            BlockedHere(@class);
        }
        OpenNext(pool, @class.Gang);
    }

    private static IEnumerable<IBound> BoundsOf(WorkClass @class)
    {
        if (@class.Person is { } person)
            yield return person;
        for (Contest? at = @class.Contest; at is not null; at = at.Parent)
            yield return at;
    }

    private static IBound? Refusing(Pool pool, WorkClass @class) => @class.Person is { } person && !FitsCeiling(person, @class.Amount) ? person
        : @class.Contest.Quota.Refuses(@class.Amount) is { } node ? pool.Contest(node) : null;

    private static IEnumerable<Running> CountedBy(IBound bound, WorkClass @class) =>
        bound is Contest contest ? RunsUnder(contest) : @class.Contest.Runs.Where(r => r.Person == bound);

    private static IEnumerable<Running> RunsUnder(Contest contest) => contest.Parts.Count == 0 ? contest.Runs : contest.Runs.Concat(contest.Parts.SelectMany(RunsUnder));

    private static void TakeQuota(Running running) => FreeQuota(running.Leaf, running.Person, running.Amount);

    private static void PutBackQuota(Running running) => UseQuota(running.Leaf, running.Person, running.Amount);

    private static void UseQuota(QuotaNode leaf, PersonUse? person, Amount amount)
    {
        leaf.Use(amount);
        if (person is not null)
            person.Used += amount;
    }

    private static void FreeQuota(QuotaNode leaf, PersonUse? person, Amount amount)
    {
        leaf.Free(amount);
        if (person is not null)
            person.Used -= amount;
    }

    // What begins and does not end in time uses up what is left beside what is kept. Who goes first may use that, too, and it is kept for another time then.
    private void TakeSpare(Pool pool, QuotaNode leaf, PersonUse? person, Amount amount, WorkId by, long end)
    {
        Take(person, amount);
        Amount up = amount;
        for (Contest? at = pool.Contest(leaf); at is not null && !up.IsZero; at = at.Parent)
        {
            Take(at, up);
            up = at.Quota.Above(up);
        }

        void Take(IBound? bound, Amount used)
        {
            if (bound?.Kept is not { } kept || kept.For.Work.Id == by || end <= kept.From)
                return;
            kept.Spare -= used;
            if (!Amount.Zero.FitsIn(Shared(kept.Spare, kept.For.Class.Amount)))
                _outrun.Add(kept.For);
        }
    }

    // Of what was kept for them who went first took something.
    private readonly List<Waiter> _outrun = [];

    private void OpenOutrun()
    {
        foreach (Waiter waiter in _outrun)
        {
            DropQuota(waiter);
            Open(waiter.Class);
        }
        _outrun.Clear();
    }
}
