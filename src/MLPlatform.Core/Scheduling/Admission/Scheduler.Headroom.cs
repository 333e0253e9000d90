namespace MLPlatform.Core.Scheduling.Admission;

// What a pool keeps for shorter work.
public sealed partial class Scheduler
{
    // What its claim is for was decided when it was made, and what is reserved is there for its person. What is a group's own is not kept for others
    // while these borrow.
    private bool IsWithinLimit(Pool pool, Waiter waiter) => Limit is null || waiter.Work.Reservation is not null || _claims.ContainsKey(waiter.Work.Id) || Limit.Allows(waiter.Work)
        || (waiter.Class.Contest.Quota.IsWithin(waiter.Class.Amount) && pool.Quota.Leaves.Values.Any(l => l.IsOver(waiter.Class.Amount)));

    private bool MayStart(Pool pool, Waiter waiter) => IsWithinLimit(pool, waiter) && KeptFrom(pool, waiter) is null;

    // What was held back may have become short enough: by what ended, or by what came since.
    private void OpenHeldBack(Pool pool)
    {
        if (pool.HeldBack.Count > 0)
            OpenAll(pool.HeldBack);
    }

    // The first of its class is held back: one that runs shorter may start, if it finds room as things are. Where there is none for the first either, it may
    // have others stop for it as always, but nothing is promised to it.
    private void TryHeldBack(Pool pool, WorkClass @class)
    {
        Waiter first = @class.First!;
        if (@class.SoonestRun < first.RunTicks && @class.Waiters.FirstOrDefault(w => w.RunTicks < first.RunTicks && MayStart(pool, w)) is { } shorter
            && Place(pool, @class.Gang, _now + shorter.RunTicks) is { } slots)
        {
            Admit(pool, shorter, slots);
        }
        else
        {
            bool room = HasPlace(pool, @class.Gang);
            if (!room && Preempt(pool, first))
                Park(@class, pool.ParkedWith(@class.Gang), new Block(WaitCause.Stopping));
            else
                Park(@class, pool.HeldBack, new Block(room ? WaitCause.Headroom : WaitCause.NoNode));
            BlockedHere(@class);
        }
        OpenNext(pool, @class.Gang);
    }
}
