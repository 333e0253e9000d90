namespace MLPlatform.Core.Scheduling.Admission;

// What is kept for work that does not run yet.
public sealed partial class Scheduler
{
    // The first that finds no room is told when and where it will, so that nobody who comes later is in its way.
    private void Promise(Pool pool, Waiter waiter)
    {
        Gang gang = waiter.Class.Gang;
        if (_claims.ContainsKey(waiter.Work.Id) || !MayPromise(pool, waiter, out Claim? yields))
            return;
        long patient = waiter.Work.Since.UtcTicks + _settings.Patience.Ticks;
        bool mayClear = patient <= _now;
        if (!mayClear)
            LookAgain(pool, waiter.Class, patient);
        if ((!mayClear && pool.Ends.Count == 0) || !CouldFit(pool, gang) || (waiter.Class.Foresight is var last && last.For == waiter && last.From > _now))
            return;
        // To look ahead costs what runs: where that is much, not more often than once a second.
        if (pool.ForesightFrom > _now)
        {
            LookAhead(pool);
            return;
        }
        if (pool.Ends.Count > 1000)
        {
            pool.ForesightFrom = _now + TimeSpan.TicksPerSecond;
            LookAhead(pool);
        }
        if (yields is not null)
            Yield(yields, waiter);
        if (Foresee(pool, gang, mayClear) is not { } places)
        {
            // Nothing that is known to end makes room; what begins meanwhile may, but not at once.
            waiter.Class.Foresight = (waiter, mayClear ? _now + Pause : Math.Min(patient, _now + Pause));
            return;
        }
        Claim claim = new() { For = waiter.Work.Id, Pool = pool, Slots = places.Slots, From = places.From, Made = _now, Without = places.Without };
        Keep(claim);
    }

    // One of all that wait for it then has its turn, and not each of them.
    private static void LookAhead(Pool pool)
    {
        pool.PromiseAt = pool.ForesightFrom;
        pool.LookAt = Math.Min(pool.LookAt, pool.PromiseAt);
    }

    // Whether there is a promise left for it: one of its shape at most, and so many in all. Who comes later in the order yields his.
    private bool MayPromise(Pool pool, Waiter waiter, out Claim? yields)
    {
        yields = null;
        int made = 0;
        Waiter? last = null;
        foreach (Claim claim in pool.Promises)
        {
            if (claim.Leaf is not null || !_waiting.TryGetValue(claim.For, out Waiter? other))
                continue;
            made++;
            if (other.Class.Gang.Equals(waiter.Class.Gang))
            {
                yields = claim;
                return Contest.Precedes(waiter, other, pool.Size);
            }
            if (last is null || Contest.Precedes(last, other, pool.Size))
                (last, yields) = (other, claim);
        }
        if (made >= _settings.Promises)
            return last is not null && Contest.Precedes(waiter, last, pool.Size);
        yields = null;
        return true;
    }

    // The first of those that wait for room without a promise.
    private WorkClass? NextToPromise(Pool pool)
    {
        WorkClass? next = null;
        foreach (HashSet<WorkClass> parked in pool.Parked.Values)
        {
            foreach (WorkClass @class in parked)
            {
                if (@class.First is { } first && !_claims.ContainsKey(first.Work.Id) && !(@class.Foresight.For == first && @class.Foresight.From > _now)
                    && (next is null || Contest.Precedes(first, next.First!, pool.Size)) && MayPromise(pool, first, out _))
                    next = @class;
            }
        }
        return next;
    }

    private void Yield(Claim claim, Waiter to)
    {
        Unclaim(claim);
        if (_waiting.TryGetValue(claim.For, out Waiter? other) && other.Class != to.Class && other.Class.Parking is not null)
            Open(other.Class);
    }

    private const long Pause = 10 * TimeSpan.TicksPerSecond;

    private void Keep(Claim claim)
    {
        _claims.Add(claim.For, claim);
        claim.Pool.Promises.Add(claim);
        Lower(claim);
    }

    // When and where there will be room, by the run times that are known; else, after patience, where it is expected first.
    private (Slot[] Slots, long From, HashSet<Running> Without)? Foresee(Pool pool, Gang gang, bool mayClear)
    {
        Clearing clearing = new(pool, gang);
        foreach (Running running in pool.Ends.GetViewBetween(Pool.EndOf(_now), Pool.Latest))
        {
            if (clearing.Remove(running, out HashSet<Running> without) is { } slots)
                return (slots, running.End, without);
        }
        if (!mayClear)
            return null;
        // What ran for a short time so far is expected to end first; and nobody passes, since nobody knows.
        IEnumerable<Running> unknown = pool.Quota.Leaves.Values.SelectMany(l => pool.Contest(l).Runs).Where(r => r.End == long.MaxValue || r.End <= _now);
        foreach (Running running in unknown.OrderByDescending(r => r.Since).ThenByDescending(r => r.Number))
        {
            if (clearing.Remove(running, out HashSet<Running> without) is { } slots)
                return (slots, _now, without);
        }
        return null;
    }

    /// <summary>Whether it would fit if nothing ran.</summary>
    private static bool CouldFit(Pool pool, Gang gang)
    {
        if (pool.Ever.TryGetValue(gang, out bool fits))
            return fits;
        pool.Machines.Prepare();
        IEnumerable<IGrouping<string, Machine>> domains = gang.Together is { } level
            ? pool.Machines.All.Where(m => m.Labels.ContainsKey(level)).GroupBy(m => m.Labels[level], StringComparer.Ordinal)
            : pool.Machines.All.GroupBy(_ => "");
        fits = domains.Any(machines => FitsEmpty(machines, gang));
        if (pool.Ever.Count > 4096)
            pool.Ever.Clear();
        pool.Ever.Add(gang, fits);
        return fits;
    }

    private static bool FitsEmpty(IEnumerable<Machine> machines, Gang gang)
    {
        List<(Machine Machine, Room Room)> rooms = [.. machines.Select(m => (m, m.Empty()))];
        foreach ((Role role, _) in gang.LargestFirst)
        {
            int placed = 0;
            foreach ((Machine machine, Room room) in rooms)
            {
                if (!machine.Accepts(role))
                    continue;
                while (placed < role.Count && room.Fits(role.Ask))
                {
                    room.Take(role.Ask, room.Choose(role.Ask));
                    placed++;
                    if (role.Apart)
                        break;
                }
                if (placed == role.Count)
                    break;
            }
            if (placed < role.Count)
                return false;
        }
        return true;
    }

    private void Unclaim(Claim claim)
    {
        Lift(claim);
        Forget(claim);
    }

    private void Forget(Claim claim)
    {
        _claims.Remove(claim.For);
        claim.Pool.Promises.Remove(claim);
    }

    // Others went first, and what was promised is no more; already lifted.
    private void VoidPromise(Claim claim)
    {
        Forget(claim);
        if (_waiting.TryGetValue(claim.For, out Waiter? waiter))
            Open(waiter.Class);
    }

    private void DropClaim(WorkId id)
    {
        if (!_claims.TryGetValue(id, out Claim? claim))
            return;
        Unclaim(claim);
        claim.Pool.HasPromise = true;
        if (claim.Leaf is { } leaf)
            Discharge(claim.Pool, leaf, claim.Person, claim.Amount);
        claim.Pool.IsFreed = true;
    }

    // After the quotas changed: what counts already counts in the new tree, and what was merely promised is promised anew.
    private void RenewClaims()
    {
        foreach (Claim claim in _claims.Values.ToList())
        {
            if (claim.Leaf is null)
                Unclaim(claim);
            else if (_waiting.TryGetValue(claim.For, out Waiter? waiter))
                ChargeClaim(claim, waiter.Work);
        }
    }

    private void ChargeClaim(Claim claim, Work work)
    {
        string group = _tree.GroupOf(work.Group);
        claim.Leaf = claim.Pool.Quota.Leaf(group);
        claim.Person = PersonOf(group, work.Person, claim.Pool.Name);
        TakeSpare(claim.Pool, claim.Leaf, claim.Person, claim.Amount, work.Id, long.MaxValue);
        UseQuota(claim.Leaf, claim.Person, claim.Amount);
        claim.Pool.Contest(claim.Leaf).Refresh(claim.Pool.Size);
        OpenOutrun();
    }

    // What is merely promised to who waits gives way.
    private Slot[]? BesidePromises(Pool pool, Func<Slot[]?> find)
    {
        List<Claim> lifted = pool.Promises.FindAll(p => p.Leaf is null);
        lifted.ForEach(Lift);
        Slot[]? found = find();
        List<Claim> broken = [];
        foreach (Claim claim in lifted)
        {
            if (found is not null && !StillHolds(claim))
                broken.Add(claim);
            else
                Lower(claim);
        }
        broken.ForEach(VoidPromise);
        return found;
    }
}
