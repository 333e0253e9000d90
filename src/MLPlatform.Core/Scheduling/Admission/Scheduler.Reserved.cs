namespace MLPlatform.Core.Scheduling.Admission;

// Who runs in a reservation, and who waits for its end.
public sealed partial class Scheduler
{
    private static void Join(Held held, Running running)
    {
        if (!held.Takes(running.Work.Gang))
            return;
        held.Users.Add(running);
        running.Reserved = held.Reservation.Id;
        held.IsStale = true;
    }

    private void LeaveReserved(Running running)
    {
        if (running.Reserved is not { } id || !_reservations.TryGetValue(id, out Held? held))
            return;
        held.Users.Remove(running);
        held.IsStale = true;
    }

    // Its person's work goes first into what is held, as far as quotas of groups allow it.
    private void TakeReserved(Waiter waiter)
    {
        if (waiter.Work.Reservation is not { } id || !_reservations.TryGetValue(id, out Held? held) || held.Reservation.From.UtcTicks > _now || !held.Takes(waiter.Class.Gang))
            return;
        Pool pool = PoolOf(held.Reservation.Pool);
        pool.Machines.Prepare();
        Machine[] kept = [.. (_running.TryGetValue(held.Reservation.Work, out Running? running) ? running.Slots : held.Claim?.Slots ?? []).Select(s => s.Machine).Distinct()];
        Drop(held);
        WorkClass @class = waiter.Class;
        bool allowed = (@class.Person is null || FitsCeiling(@class.Person, @class.Amount)) && pool.Quota.Leaf(@class.Key.Group).Refuses(@class.Amount) is null;
        long until = held.Reservation.Until.UtcTicks;
        if (allowed && BesidePromises(pool, () => PlaceAnywhere(pool.Machines, @class.Gang, until, kept.Contains) ?? Place(pool, @class.Gang, until)) is { } slots)
        {
            Admit(pool, waiter, slots);
            Join(held, _running[waiter.Work.Id]);
        }
        Fill(held);
    }

    // Whose reservation it is that would have to go for the work to find room.
    private WaitReason? ReservedReason(Pool pool, Waiter waiter)
    {
        foreach (Held held in _reservations.Values.Where(h => h.Reservation.Pool == pool.Name).OrderBy(h => h.Reservation.From))
        {
            Slot[] slots = _running.TryGetValue(held.Reservation.Work, out Running? running) ? running.Slots : held.Claim?.Slots ?? [];
            bool taken = running is not null;
            if (!waiter.Class.Gang.Roles.All(r => slots.Select(s => s.Machine).Distinct().Any(m => Without(m, slots, taken) is { } room && m.Accepts(r.Ask) && room.Fits(r.Ask))))
                continue;
            return Because(held.Reservation, waiter.Class.Gang);
        }
        return null;
    }

    // Whose reservation uses the quota that the work lacks.
    private WaitReason? ReservedQuotaReason(Pool pool, WorkClass @class)
    {
        foreach (Held held in _reservations.Values.Where(h => h.Reservation.Pool == pool.Name).OrderBy(h => h.Reservation.From))
        {
            if (!_running.TryGetValue(held.Reservation.Work, out Running? running))
                continue;
            running.Leaf.Free(running.Amount);
            bool would = @class.Contest.Quota.Refuses(@class.Amount) is null;
            running.Leaf.Use(running.Amount);
            if (would)
                return Because(held.Reservation, @class.Gang);
        }
        return null;
    }

    private WaitReason Because(Reservation by, Gang gang)
    {
        bool begun = by.From.UtcTicks <= _now;
        return new WaitReason(WaitCause.Promised,
            $"there is room for {Say(gang)}, but a reservation holds {Say(by.Gang)} for {by.Person} {(begun ? "" : $"from {by.From:u} ")}until {by.Until:u} ({by.Id})",
            begun ? "the end of the reservation, or its release" : "the end of the reservation; work that is known to end before it begins may pass", by.Until);
    }

    private static Room Without(Machine machine, Slot[] slots, bool taken)
    {
        Room room = machine.Now.Copy();
        foreach (Slot slot in slots.Where(s => taken && s.Machine == machine))
            room.Give(slot.Ask, slot.Devices);
        return room;
    }
}
