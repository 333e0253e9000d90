using MLPlatform.Core.Scheduling.Quotas;

namespace MLPlatform.Core.Scheduling.Admission;

// Who has to stop: only what is borrowed, for whoever is within its quota, and what matters less in the same group.
public sealed partial class Scheduler
{
    private readonly Dictionary<WorkId, List<(WorkId By, long At)>> _stoppedFor = [];

    /// <summary>Stops as little as makes a place for the work, and keeps the place for it; false if that cannot be.</summary>
    private bool Preempt(Pool pool, Waiter waiter)
    {
        Gang gang = waiter.Class.Gang;
        QuotaNode leaf = waiter.Class.Contest.Quota;
        if (waiter.Class.Reclaim is var last && last.For == waiter && last.From > _now)
            return false;
        _soonest = long.MaxValue;
        bool done = TryPreempt(pool, waiter, gang, leaf);
        if (!done)
        {
            // Not for each thing that ends: what can be taken back now could have been when it was looked at.
            long again = Math.Max(_soonest < long.MaxValue ? _soonest : 0, _now + Pause);
            waiter.Class.Reclaim = (waiter, again);
            if (_soonest < long.MaxValue)
                LookAgain(pool, waiter.Class, again);
        }
        return done;
    }

    private long _soonest; // When one that may not stop yet may.

    private bool TryPreempt(Pool pool, Waiter waiter, Gang gang, QuotaNode leaf)
    {
        List<Running> candidates = Candidates(pool, waiter);
        if (candidates.Count == 0 || !CouldFit(pool, gang))
            return false;
        List<Running> stopped = [];
        bool found = ClearPlaces(pool, waiter, candidates, stopped) && ClearQuota(leaf, waiter, candidates, stopped);
        Slot[]? slots = null;
        if (found)
        {
            Prune(pool, waiter, stopped);
            slots = Place(pool, gang, long.MaxValue);
            foreach (Slot slot in slots ?? [])
                slot.Machine.Give(slot.Ask, slot.Devices);
        }
        foreach (Running victim in stopped)
            PutBack(victim, quota: slots is null);
        if (slots is null || stopped.Count == 0)
            return false;
        Stop(pool, waiter, stopped, slots);
        return true;
    }

    // Lowest priority first, then whose group is most over its quota, then whose stop loses least.
    private List<Running> Candidates(Pool pool, Waiter waiter)
    {
        List<Running> found = [];
        Dictionary<QuotaNode, double> over = [];
        Contest own = waiter.Class.Contest;
        foreach (QuotaNode leaf in pool.Quota.Leaves.Values)
        {
            Contest contest = pool.Contest(leaf);
            if (contest.Runs.Count == 0 || (contest != own && !MayReclaim(own, contest, waiter.Class.Amount, waiter.Class.Amount)))
                continue;
            over[leaf] = leaf.ShareWith(Amount.Zero, pool.Size, out _).Beyond;
            Amount? before = null;
            bool due = false;
            foreach (Running running in contest.Runs)
            {
                if (contest == own ? running.Work.Priority >= waiter.Work.Priority : !IsDue(running.Amount))
                    continue;
                if (running.StopsFor is null && running.Work.Preemptible && running.Reserved is null && !running.IsBroken && MayStopYet(waiter.Work.Id, running))
                    found.Add(running);
            }

            // Many that run there hold the same resources.
            bool IsDue(Amount held)
            {
                Amount shared = Shared(waiter.Class.Amount, held);
                if (before != shared)
                    (before, due) = (shared, MayReclaim(own, contest, waiter.Class.Amount, shared));
                return due;
            }
        }
        found.Sort((a, b) =>
        {
            int order = a.Work.Priority.CompareTo(b.Work.Priority);
            order = order != 0 ? order : over[b.Leaf].CompareTo(over[a.Leaf]);
            order = order != 0 ? order : Lost(a).CompareTo(Lost(b));
            order = order != 0 ? order : b.Since.CompareTo(a.Since);
            return order != 0 ? order : b.Number.CompareTo(a.Number);
        });
        return found;
    }

    // Work not saved, by the devices that did it; where there are none, by the cores.
    private double Lost(Running running) =>
        (_now - running.Saved) * (double)(running.Amount.MilliGpu > 0 ? running.Amount.MilliGpu : running.Amount.MilliCpu / 16.0);

    private bool MayStopYet(WorkId by, Running running)
    {
        // Never in the decision that admitted it.
        long from = running.Since + Math.Max(1, _settings.MinimumRun.Ticks);
        if (_stoppedFor.TryGetValue(by, out List<(WorkId By, long At)>? before))
        {
            foreach ((WorkId stopper, long at) in before)
            {
                if (stopper == running.Work.Id)
                    from = Math.Max(from, at + _settings.CoolDown.Ticks);
            }
        }
        if (from > _now)
            _soonest = Math.Min(_soonest, from);
        return from <= _now;
    }

    // Of what is asked for, what the other holds: to stop it gives nothing else back.
    private static Amount Shared(Amount asked, Amount held) =>
        new(held.MilliCpu > 0 ? asked.MilliCpu : 0, held.MemoryBytes > 0 ? asked.MemoryBytes : 0, held.MilliGpu > 0 ? asked.MilliGpu : 0);

    // Below where their ways meet, the one who asks is within its quota, and all on the other's way use more than theirs of what would be given back.
    private static bool MayReclaim(Contest own, Contest other, Amount asked, Amount shared)
    {
        if (own == other)
            return false;
        Contest left = own, right = other;
        Amount up = asked;
        bool within = false, over = true;
        while (left != right)
        {
            int depth = Math.Max(left.Depth, right.Depth);
            bool climbs = right.Depth == depth;
            if (left.Depth == depth)
            {
                within = left.Quota.IsWithin(up);
                up = left.Quota.Above(up);
                left = left.Parent!;
            }
            if (climbs)
            {
                over &= right.Quota.IsOver(shared);
                right = right.Parent!;
            }
        }
        return within && over;
    }

    private static bool IsStillDue(Waiter waiter, Pool pool, Running victim) =>
        pool.Contest(victim.Leaf) == waiter.Class.Contest || MayReclaim(waiter.Class.Contest, pool.Contest(victim.Leaf), waiter.Class.Amount, Shared(waiter.Class.Amount, victim.Amount));

    // Takes victims off, cheapest first, until there is a place.
    private static bool ClearPlaces(Pool pool, Waiter waiter, List<Running> candidates, List<Running> stopped)
    {
        if (HasPlace(pool, waiter.Class.Gang))
            return true;
        Clearing clearing = new(pool, waiter.Class.Gang);
        // Who stops already leaves enough beside what is kept of it: that is waited for.
        if (clearing.IsCleared)
            return false;
        int tries = 0;
        foreach (Running candidate in candidates)
        {
            if (clearing.Remove(candidate, out HashSet<Running> usable) is null)
                continue;
            // Of those who stand where the places would be, each must still be due when those before it are gone.
            foreach (Running victim in candidates.Where(usable.Contains))
            {
                if (!stopped.Contains(victim) && IsStillDue(waiter, pool, victim))
                    TakeOff(victim, stopped);
            }
            if (HasPlace(pool, waiter.Class.Gang))
                return true;
            foreach (Running victim in stopped)
                PutBack(victim, quota: true);
            stopped.Clear();
            if (++tries == MostTries)
                return false;
        }
        return false;
    }

    // Places that turn out to need more than is due are rare; a search through all of them is not worth its time.
    private const int MostTries = 16;

    private bool ClearQuota(QuotaNode leaf, Waiter waiter, List<Running> candidates, List<Running> stopped)
    {
        Pool pool = _pools[waiter.Class.Key.Pool];
        foreach (Running candidate in candidates)
        {
            if (leaf.Refuses(waiter.Class.Amount) is null)
                return true;
            if (!stopped.Contains(candidate) && IsStillDue(waiter, pool, candidate))
                TakeOff(candidate, stopped);
        }
        return leaf.Refuses(waiter.Class.Amount) is null;
    }

    // Whoever need not stop goes on: afterwards each one is needed.
    private static void Prune(Pool pool, Waiter waiter, List<Running> stopped)
    {
        for (int i = stopped.Count - 1; i >= 0; i--)
        {
            Running victim = stopped[i];
            PutBack(victim, quota: true);
            if (waiter.Class.Contest.Quota.Refuses(waiter.Class.Amount) is null && HasPlace(pool, waiter.Class.Gang))
                stopped.RemoveAt(i);
            else
                TakeOff(victim, null);
        }
    }

    private static bool HasPlace(Pool pool, Gang gang)
    {
        if (Place(pool, gang, long.MaxValue) is not { } slots)
            return false;
        foreach (Slot slot in slots)
            slot.Machine.Give(slot.Ask, slot.Devices);
        return true;
    }

    private static void TakeOff(Running victim, List<Running>? into)
    {
        into?.Add(victim);
        victim.IsOff = true;
        victim.Leaf.Free(victim.Amount);
        foreach (Slot slot in victim.Slots)
            slot.Machine.Give(slot.Ask, slot.Devices);
    }

    private static void PutBack(Running victim, bool quota)
    {
        victim.IsOff = false;
        foreach (Slot slot in victim.Slots)
            slot.Machine.Take(slot.Ask, slot.Devices);
        if (quota)
            victim.Leaf.Use(victim.Amount);
    }

    // The quota goes over at once, so that nobody else takes it while victims stop.
    private void Stop(Pool pool, Waiter waiter, List<Running> stopped, Slot[] slots)
    {
        DropClaim(waiter.Work.Id);
        Claim claim = new() { For = waiter.Work.Id, Pool = pool, Slots = slots, From = _now, Made = _now, Without = [.. stopped] };
        ChargeClaim(claim, waiter.Work);
        Keep(claim);
        MemberPlace[] places = [.. slots.Select(s => s.Place)];
        foreach (Running victim in stopped)
        {
            string why = victim.Leaf == claim.Leaf
                ? $"in their group that has priority {waiter.Work.Priority}, and this has {victim.Work.Priority}"
                : $"{Name(victim)} uses more than its quota in pool '{pool.Name}', and {Name(waiter.Class.Key.Group)} asks for what is its own";
            victim.StopsFor = waiter.Work.Id;
            pool.Stopping.Add(victim);
            if (victim.Person is { } person)
                person.Used -= victim.Amount;
            Remember(victim.Work.Id, waiter.Work.Id);
            _preempted.Add(new Preemption(victim.Work.Id, waiter.Work.Id, why, new DateTimeOffset(_now + _settings.Grace.Ticks, TimeSpan.Zero), places));
            pool.Contest(victim.Leaf).Refresh(pool.Size);
        }
        // What victims had beyond what was asked for is there for others.
        foreach (Running victim in stopped)
            QuotaFreed(pool, victim.Leaf, victim.Person);
    }

    private string Name(Running running) => Name(_tree.GroupOf(running.Work.Group));

    private static string Name(string group) => group.Length == 0 ? "work of no declared group" : $"group '{group}'";

    private void Remember(WorkId victim, WorkId by)
    {
        if (_stoppedFor.Count > 10_000)
        {
            foreach (WorkId old in _stoppedFor.Where(s => s.Value.All(v => v.At + _settings.CoolDown.Ticks <= _now)).Select(s => s.Key).ToList())
                _stoppedFor.Remove(old);
        }
        if (!_stoppedFor.TryGetValue(victim, out List<(WorkId, long)>? before))
            _stoppedFor.Add(victim, before = []);
        before.RemoveAll(b => b.Item2 + _settings.CoolDown.Ticks <= _now);
        before.Add((by, _now));
    }
}
