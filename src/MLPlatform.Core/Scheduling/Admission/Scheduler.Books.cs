using MLPlatform.Core.Scheduling.Quotas;

namespace MLPlatform.Core.Scheduling.Admission;

// Who waits, who holds what, and what it counts for.
public sealed partial class Scheduler
{
    private void Enter(Work work, long number)
    {
        string group = _tree.GroupOf(work.Group);
        PersonUse? person = PersonOf(group, work.Person, work.Pool);
        ClassKey key = new(group, person is null ? null : work.Person, work.Pool, work.Overflow.Count == 0 ? "" : string.Join('\n', work.Overflow), work.Gang);
        if (!_classes.TryGetValue(key, out WorkClass? @class))
        {
            Pool pool = PoolOf(work.Pool);
            foreach (string other in work.Overflow)
                PoolOf(other);
            _classes.Add(key, @class = new WorkClass(key, work.Overflow) { Person = person, Contest = pool.Contest(pool.Quota.Leaf(group)) });
        }
        Waiter waiter = new(work, @class, number);
        _waiting[work.Id] = waiter;
        long soonest = @class.SoonestRun;
        @class.Add(waiter);
        // What stands behind others like it is as blocked as they are, unless it ends sooner.
        if (@class.First == waiter || waiter.RunTicks < soonest)
            Open(@class);
    }

    private void Leave(Waiter waiter)
    {
        WorkClass @class = waiter.Class;
        bool first = @class.First == waiter;
        DropQuota(waiter);
        @class.Remove(waiter);
        _waiting.Remove(waiter.Work.Id);
        if (@class.Waiters.Count == 0)
        {
            Close(@class);
            _classes.Remove(@class.Key);
        }
        else if (first)
            Open(@class);
    }

    // Lets the class compete again.
    private void Open(WorkClass @class)
    {
        Unpark(@class);
        @class.Contest.Open.Set(@class);
        @class.Contest.Refresh(_pools[@class.Key.Pool].Size);
    }

    private void Close(WorkClass @class)
    {
        Unpark(@class);
        @class.Contest.Open.Remove(@class);
        @class.Contest.Refresh(_pools[@class.Key.Pool].Size);
        foreach (string other in @class.Overflow)
            PoolOf(other).Overflowing.Remove(@class);
    }

    private void Park(WorkClass @class, HashSet<WorkClass> among, Block block)
    {
        @class.Contest.Open.Remove(@class);
        @class.Contest.Refresh(_pools[@class.Key.Pool].Size);
        @class.Parking = among;
        @class.Block = block;
        among.Add(@class);
    }

    private static void Unpark(WorkClass @class)
    {
        @class.Parking?.Remove(@class);
        @class.Parking = null;
        @class.Block = null;
    }

    private static long EndOf(long since, TimeSpan? runTime) =>
        runTime is { } known && known.Ticks < long.MaxValue - since ? since + known.Ticks : long.MaxValue;

    private void Begin(Pool pool, Work work, Slot[] slots, long since, bool charge)
    {
        Running running = new()
        {
            Work = work,
            Pool = pool,
            Slots = slots,
            Since = since,
            End = EndOf(since, work.RunTime),
            Saved = since,
            Number = _number++,
        };
        _running.Add(work.Id, running);
        if (running.End < long.MaxValue)
            pool.Ends.Add(running);
        foreach (Slot slot in slots)
        {
            slot.Machine.Add(running, slot);
            if (slot.Machine.IsGone)
                Break(running);
        }
        if (charge)
            Charge(running);
        else
            Assign(running);
    }

    private void Charge(Running running)
    {
        Assign(running);
        if (running.StopsFor is not null)
            return;
        TakeSpare(running.Pool, running.Leaf, running.Person, running.Amount, running.Work.Id, running.End);
        UseQuota(running.Leaf, running.Person, running.Amount);
        running.Pool.Contest(running.Leaf).Refresh(running.Pool.Size);
        OpenOutrun();
    }

    private void Assign(Running running)
    {
        string group = _tree.GroupOf(running.Work.Group);
        running.Leaf = running.Pool.Quota.Leaf(group);
        running.Person = PersonOf(group, running.Work.Person, running.Pool.Name);
        running.Pool.Contest(running.Leaf).Runs.Add(running);
    }

    // Quota comes free: whoever waits for it may try again.
    private void Discharge(Pool pool, QuotaNode leaf, PersonUse? person, Amount amount)
    {
        FreeQuota(leaf, person, amount);
        pool.Contest(leaf).Refresh(pool.Size);
        QuotaFreed(pool, leaf, person);
    }

    private void QuotaFreed(Pool pool, QuotaNode leaf, PersonUse? person)
    {
        for (Contest? node = pool.Contest(leaf); node is not null; node = node.Parent)
            OpenAll(node.Parked);
        if (person is not null)
            OpenAll(person.Parked);
    }

    private void OpenAll(HashSet<WorkClass> parked)
    {
        if (parked.Count == 0)
            return;
        foreach (WorkClass @class in parked.ToArray())
            Open(@class);
    }

    private static void GiveBack(Slot slot)
    {
        slot.Machine.Remove(slot);
        if (!slot.Machine.IsGone)
            slot.Machine.Give(slot.Ask, slot.Devices);
    }

    private PersonUse? PersonOf(string group, string person, string pool)
    {
        if (_tree.Ceiling(group, person, pool) is not { } ceiling)
            return null;
        if (!_persons.TryGetValue((group, person, pool), out PersonUse? use))
            _persons.Add((group, person, pool), use = new PersonUse(ceiling));
        return use;
    }
}
