namespace MLPlatform.Core.Scheduling.Admission;

// Capacity held for persons. Before it begins it is a claim; then it counts and holds its places as running work does.
public sealed partial class Scheduler
{
    private readonly Dictionary<Guid, (Reservation Reservation, Claim? Claim)> _reservations = [];
    private readonly List<WorkId> _arrived = [];

    /// <summary>
    /// Holds capacity for a person. Work that names the reservation takes its place; what nobody took is free at the end, or when
    /// it is <see cref="Release">released</see>. After a restart, to be called again for all that were granted.
    /// </summary>
    public ReservationResult Reserve(Reservation asked, DateTimeOffset now)
    {
        _now = Math.Max(_now, now.UtcTicks);
        Pool pool = PoolOf(asked.Pool);
        pool.Machines.Prepare();
        string group = _tree.GroupOf(asked.Group);
        if (_reservations.ContainsKey(asked.Id) || asked.Until <= asked.From || asked.Until.UtcTicks <= _now)
            return Refuse(WaitCause.TooLarge, "the reservation is known already, or is over before it begins", "choose other times");
        if (!CouldFit(pool, asked.Gang))
            return Refuse(WaitCause.TooLarge, $"no node of pool '{pool.Name}' is large enough", "ask for less, or for another pool");
        if (PersonOf(group, asked.Person, pool.Name) is { } person && !FitsCeiling(person, asked.Gang.Amount + ReservedBy(asked)))
            return Refuse(WaitCause.Ceiling, $"'{asked.Person}' would use more than their ceiling in pool '{pool.Name}'", "end other work or reservations of theirs, or raise the ceiling");
        bool atOnce = asked.From.UtcTicks <= _now;
        if (atOnce && pool.Quota.Leaf(group).Refuses(asked.Gang.Amount) is not null)
            return Refuse(WaitCause.Quota, $"the quota of {Name(group)} in pool '{pool.Name}' is used", "wait for work of the group to end, or ask for an expansion");
        Slot[]? slots = atOnce ? Place(pool, asked.Gang, asked.Until.UtcTicks) : null;
        if (slots is not null)
        {
            _reservations.Add(asked.Id, (asked, null));
            BeginHeld(pool, asked, slots);
            return new ReservationResult.Granted([.. slots.Select(s => s.Place)]);
        }
        if (atOnce || FreeBy(pool, asked) is not { } later)
            return Refuse(WaitCause.NoNode, $"no node of pool '{pool.Name}' is known to be free then", "choose a later time, or another pool");
        Claim claim = new()
        {
            For = asked.Work,
            Pool = pool,
            Slots = later.Slots,
            From = asked.From.UtcTicks,
            Until = asked.Until.UtcTicks,
            Made = _now,
            Without = later.Without,
        };
        _reservations.Add(asked.Id, (asked, claim));
        pool.Reserved.Add(claim);
        Lower(claim);
        return new ReservationResult.Granted([.. claim.Slots.Select(s => s.Place)]);

        ReservationResult.Refused Refuse(WaitCause cause, string what, string release) => new(new WaitReason(cause, what, release, null));
    }

    /// <summary>Gives a reservation back: nobody came, or the person needs it no more. Work that took it goes on.</summary>
    /// <returns>False if it is not known, or over.</returns>
    public bool Release(Guid reservation)
    {
        if (!_reservations.Remove(reservation, out (Reservation Reservation, Claim? Claim) held))
            return false;
        if (held.Claim is { } claim)
        {
            Lift(claim);
            claim.Pool.Reserved.Remove(claim);
        }
        Ended(held.Reservation.Work);
        PoolOf(held.Reservation.Pool).IsFreed = true;
        return true;
    }

    private Amount ReservedBy(Reservation asked)
    {
        Amount sum = Amount.Zero;
        foreach ((Reservation other, Claim? claim) in _reservations.Values)
        {
            if (claim is not null && other.Group == asked.Group && other.Person == asked.Person && other.Pool == asked.Pool && other.From < asked.Until && asked.From < other.Until)
                sum += other.Gang.Amount;
        }
        return sum;
    }

    // Where there is room beside all claims once those have ended who are sure to.
    private (Slot[] Slots, HashSet<Running> Without)? FreeBy(Pool pool, Reservation asked)
    {
        if (Place(pool, asked.Gang, long.MaxValue) is { } now)
        {
            foreach (Slot slot in now)
                slot.Machine.Give(slot.Ask, slot.Devices);
            return (now, []);
        }
        Clearing clearing = new(pool.Machines, asked.Gang);
        foreach (Running running in pool.Ends.GetViewBetween(Pool.EndOf(_now), Pool.EndOf(asked.From.UtcTicks)))
        {
            if (clearing.Remove(running, out HashSet<Running> without) is { } slots)
                return (slots, without);
        }
        return null;
    }

    private void BeginHeld(Pool pool, Reservation reservation, Slot[] slots)
    {
        Work held = new()
        {
            Id = reservation.Work,
            Gang = reservation.Gang,
            Group = reservation.Group,
            Person = reservation.Person,
            Pool = reservation.Pool,
            RunTime = new TimeSpan(Math.Max(0, reservation.Until.UtcTicks - _now)),
            Preemptible = false,
        };
        Begin(pool, held, slots, _now, charge: true);
    }

    private void BeginReservations()
    {
        foreach ((Reservation reservation, Claim? claim) in _reservations.Values.OrderBy(r => r.Reservation.From).ToList())
        {
            if (reservation.Until.UtcTicks <= _now)
                Release(reservation.Id);
            else if (reservation.From.UtcTicks <= _now && !_running.ContainsKey(reservation.Work))
                Begin(reservation, claim);
        }
        foreach (WorkId id in _arrived)
        {
            if (_waiting.TryGetValue(id, out Waiter? waiter))
                TakeReserved(waiter);
        }
        _arrived.RemoveAll(id => !_waiting.ContainsKey(id));
    }

    private void Begin(Reservation reservation, Claim? claim)
    {
        Pool pool = PoolOf(reservation.Pool);
        pool.Machines.Prepare();
        if (claim is not null)
            Lift(claim);
        // Where its place was lost, or who was to have ended did not, another will do.
        Slot[]? slots = (claim is null ? null : TakeClaimed(claim)) ?? Place(pool, reservation.Gang, reservation.Until.UtcTicks);
        if (slots is not null)
        {
            if (claim is not null)
                Unplace(reservation, claim);
            BeginHeld(pool, reservation, slots);
        }
        else if (claim is not null)
            Lower(claim);
    }

    private void Unplace(Reservation reservation, Claim claim)
    {
        Lift(claim);
        claim.Pool.Reserved.Remove(claim);
        _reservations[reservation.Id] = (reservation, null);
    }

    private void TakeReserved(Waiter waiter)
    {
        if (waiter.Work.Reservation is not { } id || !_reservations.TryGetValue(id, out (Reservation Reservation, Claim? Claim) held)
            || !_running.TryGetValue(held.Reservation.Work, out Running? running) || !waiter.Class.Gang.Equals(held.Reservation.Gang))
            return;
        Slot[] slots = [.. running.Slots.Select(s => new Slot(s.Machine, s.Ask, s.Devices))];
        _reservations.Remove(id);
        Ended(running.Work.Id);
        foreach (Slot slot in slots)
            slot.Machine.Take(slot.Ask, slot.Devices);
        Admit(running.Pool, waiter, slots);
    }

    private long NextReservation()
    {
        long next = long.MaxValue;
        foreach ((Reservation reservation, _) in _reservations.Values)
            next = Math.Min(next, reservation.From.UtcTicks > _now ? reservation.From.UtcTicks : reservation.Until.UtcTicks);
        return next;
    }
}
