using MLPlatform.Core.Scheduling.Quotas;

namespace MLPlatform.Core.Scheduling.Admission;

// A look at all pools: whose turn it is, whether there is room, what follows.
public sealed partial class Scheduler
{
    private readonly List<Admitted> _admitted = [];
    private readonly List<Preemption> _preempted = [];
    private readonly List<WorkId> _broken = [];
    private readonly List<WorkClass> _overflow = [];

    /// <summary>Decides all that can be decided now.</summary>
    /// <param name="now">Not before the last one.</param>
    public AdmissionPlan Decide(DateTimeOffset now)
    {
        _now = Math.Max(_now, now.UtcTicks);
        GiveUpBroken();
        BeginReservations();
        foreach (Pool pool in _pools.Values)
            Look(pool);
        LookBeyond();
        long next = Math.Min(NextBroken(), NextReservation());
        foreach (Pool pool in _pools.Values)
            next = Math.Min(next, pool.LookAt);
        AdmissionPlan plan = new(Taken(_admitted), Taken(_preempted), Taken(_broken), next == long.MaxValue ? null : new DateTimeOffset(next, TimeSpan.Zero));
        return plan;
    }

    private static T[] Taken<T>(List<T> list)
    {
        if (list.Count == 0)
            return [];
        T[] taken = [.. list];
        list.Clear();
        return taken;
    }

    private void Look(Pool pool)
    {
        bool due = pool.LookAt <= _now;
        if (!due && !pool.IsFreed && pool.Root.Best is null && pool.HeldBack.Count == 0)
            return;
        pool.Machines.Prepare();
        _oneByOne.Clear();
        if (due)
            OpenDue(pool);
        if (pool.IsResized)
            OpenQuotaParked(pool.Root);
        pool.IsResized = false;
        OpenHeldBack(pool);
        WakeFreed(pool);
        TakeKept(pool);
        bool again;
        do
        {
            while (pool.Root.Best is { } @class)
                Try(pool, @class);
            // Who went elsewhere than where its place was kept leaves that to others.
            again = WakeFreed(pool);
            // A promise was kept or given up: the next of those that wait for room is promised something.
            again |= pool.HasPromise;
            bool promises = pool.HasPromise;
            pool.HasPromise = false;
            if (promises && NextToPromise(pool) is { } next)
                Open(next);
        }
        while (again);
    }

    // Whoever others stopped for starts once they have, whoever came meanwhile.
    private void TakeKept(Pool pool)
    {
        for (int i = pool.Promises.Count - 1; i >= 0; i--)
        {
            Claim claim = pool.Promises[i];
            if (claim.Leaf is null || !_waiting.TryGetValue(claim.For, out Waiter? waiter))
                continue;
            Lift(claim);
            Slot[]? slots = TakeClaimed(claim) ?? TakeBesideLater(pool, claim);
            Lower(claim);
            if (slots is not null)
                Admit(pool, waiter, slots);
        }
    }

    // Both places were found beside each other. What is in the way of both passes, and is gone before the reservation or the promise begins.
    private Slot[]? TakeBesideLater(Pool pool, Claim claim)
    {
        List<Claim> later = [.. pool.Reserved.Where(r => r.From > _now), .. pool.Promises.Where(p => !p.IsKept)];
        if (later.Count == 0)
            return null;
        later.ForEach(Lift);
        Slot[]? slots = TakeClaimed(claim);
        later.ForEach(Lower);
        return slots;
    }

    private bool WakeFreed(Pool pool)
    {
        if (!pool.IsFreed)
            return false;
        pool.IsFreed = false;
        Wake(pool);
        _overflow.AddRange(pool.Overflowing);
        return true;
    }

    // Those whose shape may find room now.
    private void Wake(Pool pool)
    {
        foreach ((Gang gang, HashSet<WorkClass> parked) in pool.Parked)
        {
            if (parked.Count == 0 || !MayFit(pool, gang))
                continue;
            if (parked.Count <= 2 || MayPass(pool, gang))
                OpenAll(parked);
            else
                OpenBest(pool, gang, parked);
        }
        foreach (Claim claim in pool.Promises)
        {
            if (_waiting.TryGetValue(claim.For, out Waiter? waiter) && waiter.Class.Parking is not null)
                Open(waiter.Class);
        }
    }

    private readonly HashSet<Gang> _oneByOne = [];

    // Of classes of one shape the first; once it has its place or waits for something else than room, the next.
    private void OpenBest(Pool pool, Gang gang, HashSet<WorkClass> parked)
    {
        WorkClass? best = null;
        foreach (WorkClass @class in parked)
        {
            if (best is null || Contest.Precedes(@class.First!, best.First!, pool.Size))
                best = @class;
        }
        _oneByOne.Add(gang);
        Open(best!);
    }

    private void OpenNext(Pool pool, Gang gang)
    {
        if (_oneByOne.Contains(gang) && pool.Parked.TryGetValue(gang, out HashSet<WorkClass>? parked) && parked.Count > 0 && MayFit(pool, gang))
            OpenBest(pool, gang, parked);
    }

    private void OpenDue(Pool pool)
    {
        if (pool.PromiseAt <= _now)
        {
            pool.PromiseAt = long.MaxValue;
            pool.HasPromise = true;
        }
        // What came on borrowed quota, or ended of their own, may let those within quota take something back.
        bool reclaims = pool.ReclaimAt <= _now;
        if (reclaims)
            pool.ReclaimAt = long.MaxValue;
        pool.LookAt = Math.Min(pool.PromiseAt, pool.ReclaimAt);
        foreach (WorkClass @class in _classes.Values)
        {
            if (reclaims && @class.Key.Pool == pool.Name && @class.Parking is not null && @class.Contest.Quota.IsWithin(@class.Amount))
                Open(@class);
            if (@class.DueAt == long.MaxValue || @class.Key.Pool != pool.Name)
                continue;
            if (@class.DueAt > _now)
                pool.LookAt = Math.Min(pool.LookAt, @class.DueAt);
            else
            {
                @class.DueAt = long.MaxValue;
                Open(@class);
            }
        }
    }

    private void ReclaimAgain(Pool pool, long after)
    {
        if (_tree.Groups.Count == 0)
            return;
        pool.ReclaimAt = Math.Min(pool.ReclaimAt, _now + Math.Max(after, Pause));
        pool.LookAt = Math.Min(pool.LookAt, pool.ReclaimAt);
    }

    private static void LookAgain(Pool pool, WorkClass @class, long at)
    {
        @class.DueAt = Math.Min(@class.DueAt, at);
        pool.LookAt = Math.Min(pool.LookAt, at);
    }

    private void OpenQuotaParked(Contest contest)
    {
        OpenAll(contest.Parked);
        foreach (Contest part in contest.Parts)
            OpenQuotaParked(part);
    }

    // Admits the first of the class, or another that may pass; or parks the class until something changes.
    private void Try(Pool pool, WorkClass @class)
    {
        Waiter first = @class.First!;
        Claim? claim = _claims.GetValueOrDefault(first.Work.Id);
        bool counted = claim?.Leaf is not null;
        IBound? kept = KeptFrom(pool, first);
        if (!counted && @class.Person is { } person && !FitsCeiling(person, @class.Amount))
        {
            if (kept is null)
                PromiseQuota(pool, first, person);
            Park(@class, person.Parked, new Block(WaitCause.Ceiling));
            OpenNext(pool, @class.Gang);
            return;
        }
        if (!counted && @class.Contest.Quota.Refuses(@class.Amount) is { } refuses)
        {
            if (kept is null && Preempt(pool, first))
                Park(@class, pool.ParkedWith(@class.Gang), new Block(WaitCause.Stopping));
            else
            {
                if (kept is null)
                    PromiseQuota(pool, first, pool.Contest(refuses));
                Park(@class, pool.Contest(refuses).Parked, new Block(WaitCause.Quota, refuses));
            }
            BlockedHere(@class);
            OpenNext(pool, @class.Gang);
            return;
        }
        if (kept is not null)
        {
            TryBeside(pool, @class, kept);
            return;
        }
        if (!IsWithinLimit(pool, first))
        {
            TryHeldBack(pool, @class);
            return;
        }
        if (FindPlaces(pool, @class) is { } found)
        {
            Admit(pool, found.Waiter, found.Slots);
            OpenNext(pool, @class.Gang);
            return;
        }
        WaitCause cause = claim is { Leaf: not null } || Preempt(pool, first) ? WaitCause.Stopping : WaitCause.NoNode;
        if (cause == WaitCause.NoNode)
        {
            Promise(pool, first);
            KeepQuotaOf(pool, first);
        }
        Park(@class, pool.ParkedWith(@class.Gang), new Block(cause));
        BlockedHere(@class);
    }

    private void Admit(Pool pool, Waiter waiter, Slot[] slots)
    {
        bool counted = false;
        if (_claims.TryGetValue(waiter.Work.Id, out Claim? claim))
        {
            counted = claim.Leaf is not null;
            Unclaim(claim);
            pool.HasPromise |= !counted;
            pool.IsFreed |= counted && !claim.Slots.All(c => slots.Any(s => s.Machine == c.Machine && s.Devices.AsSpan().SequenceEqual(c.Devices)));
        }
        // The quota is charged before the class competes again, so that its turn comes by what is used now.
        WorkClass @class = waiter.Class;
        DropQuota(waiter);
        @class.Contest.Open.Remove(@class);
        @class.Remove(waiter);
        _waiting.Remove(waiter.Work.Id);
        Begin(pool, waiter.Work, slots, _now, charge: !counted);
        Limit?.Starts(waiter.Work, pool.Name);
        if (@class.Waiters.Count == 0)
        {
            Close(@class);
            _classes.Remove(@class.Key);
        }
        else
            Open(@class);
        Running running = _running[waiter.Work.Id];
        if (running.Work.Preemptible && running.Leaf.IsOver(running.Amount))
            ReclaimAgain(pool, _settings.MinimumRun.Ticks);
        _admitted.Add(new Admitted(waiter.Work, pool.Name, [.. slots.Select(s => s.Place)], running.Leaf.IsOver(running.Amount)));
    }

    private static bool FitsCeiling(PersonUse person, Amount more)
    {
        Amount left = person.Ceiling - person.Used;
        return (more.MilliCpu == 0 || more.MilliCpu <= left.MilliCpu) && (more.MemoryBytes == 0 || more.MemoryBytes <= left.MemoryBytes)
            && (more.MilliGpu == 0 || more.MilliGpu <= left.MilliGpu);
    }

    private void BlockedHere(WorkClass @class)
    {
        if (@class.Overflow.Count == 0)
            return;
        foreach (string other in @class.Overflow)
            PoolOf(other).Overflowing.Add(@class);
        _overflow.Add(@class);
    }

    // What found no room in its own pool takes what others leave, after all that belongs there had its turn.
    private void LookBeyond()
    {
        foreach (WorkClass @class in _overflow)
        {
            foreach (string other in @class.Overflow)
            {
                Pool pool = PoolOf(other);
                pool.Machines.Prepare();
                // Whose place at home is kept waits for that; the next of its class may find room here.
                while (@class.Parking is not null && @class.Waiters.FirstOrDefault(w => !_claims.ContainsKey(w.Work.Id)) is { } next && AdmitBeyond(pool, next))
                {
                    // And the one after it, too.
                }
            }
        }
        _overflow.Clear();
    }

    private bool AdmitBeyond(Pool pool, Waiter waiter)
    {
        WorkClass @class = waiter.Class;
        Block? block = @class.Block;
        HashSet<WorkClass>? parking = @class.Parking;
        string group = @class.Key.Group;
        QuotaNode leaf = pool.Quota.Leaf(group);
        PersonUse? person = PersonOf(group, waiter.Work.Person, pool.Name);
        if (leaf.Refuses(@class.Amount) is not null
            || (person is not null && !FitsCeiling(person, @class.Amount))
            || KeptFrom(waiter, pool.Contest(leaf), person, _ => false) is not null
            || Place(pool, @class.Gang, long.MaxValue) is not { } slots)
            return false;
        Admit(pool, waiter, slots);
        // The rest of the class stays as blocked at home as it was.
        if (@class.Waiters.Count > 0)
            Park(@class, parking!, block!);
        return true;
    }
}
