namespace MLPlatform.Core.Scheduling.Admission;

// Capacity held for persons. Before it begins it is a claim; then it counts and holds its places as running work does.
public sealed partial class Scheduler
{
    private readonly Dictionary<Guid, Held> _reservations = [];
    private readonly List<WorkId> _arrived = [];

    /// <summary>
    /// Holds capacity for a person. Work that names the reservation runs in it; what of it nobody uses is free at the end, or when
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
            _reservations.Add(asked.Id, new Held(asked));
            BeginHeld(pool, asked, asked.Gang, slots);
            return new ReservationResult.Granted([.. slots.Select(s => s.Place)]);
        }
        if (atOnce || FreeBy(pool, asked.Gang, asked.From.UtcTicks) is not { } later)
            return Refuse(WaitCause.NoNode, $"no node of pool '{pool.Name}' is known to be free then", "choose a later time, or another pool");
        Held held = new(asked);
        _reservations.Add(asked.Id, held);
        Keep(pool, held, later.Slots, later.Without);
        return new ReservationResult.Granted([.. later.Slots.Select(s => s.Place)]);

        ReservationResult.Refused Refuse(WaitCause cause, string what, string release) => new(new WaitReason(cause, what, release, null));
    }

    /// <summary>
    /// Holds capacity that was granted elsewhere, such as by the book of reservations: at its time, or, while others that began before are in
    /// its place, as soon as they end, and nobody else comes there. What was admitted into it before a restart is found by its name.
    /// </summary>
    /// <returns>False if it is known already, or over.</returns>
    public bool Hold(Reservation granted, DateTimeOffset now)
    {
        _now = Math.Max(_now, now.UtcTicks);
        if (granted.Until <= granted.From || granted.Until.UtcTicks <= _now || !_reservations.TryAdd(granted.Id, new Held(granted)))
            return false;
        Held held = _reservations[granted.Id];
        foreach (Running running in _running.Values.Where(r => r.Work.Reservation == granted.Id).OrderBy(r => r.Number))
            Join(held, running);
        Fill(held);
        return true;
    }

    /// <summary>Whether work runs that was admitted into the reservation.</summary>
    public bool IsUsed(Guid reservation) => _reservations.TryGetValue(reservation, out Held? held) && held.Users.Count > 0;

    /// <summary>Gives a reservation back: nobody came, or the person needs it no more. Work that took it goes on.</summary>
    /// <returns>False if it is not known, or over.</returns>
    public bool Release(Guid reservation)
    {
        if (!_reservations.Remove(reservation, out Held? held))
            return false;
        foreach (Running user in held.Users)
            user.Reserved = null;
        Drop(held);
        PoolOf(held.Reservation.Pool).IsFreed = true;
        return true;
    }

    private Amount ReservedBy(Reservation asked)
    {
        Amount sum = Amount.Zero;
        foreach (Held held in _reservations.Values)
        {
            Reservation other = held.Reservation;
            if (held.Claim is not null && other.Group == asked.Group && other.Person == asked.Person && other.Pool == asked.Pool && other.From < asked.Until && asked.From < other.Until)
                sum += other.Gang.Amount;
        }
        return sum;
    }

    // Where there is room beside all claims once those have ended who are sure to.
    private (Slot[] Slots, HashSet<Running> Without)? FreeBy(Pool pool, Gang gang, long from)
    {
        if (Place(pool, gang, long.MaxValue) is { } now)
        {
            foreach (Slot slot in now)
                slot.Machine.Give(slot.Ask, slot.Devices);
            return (now, []);
        }
        if (from <= _now)
            return null;
        Clearing clearing = new(pool, gang);
        foreach (Running running in pool.Ends.GetViewBetween(Pool.EndOf(_now), Pool.EndOf(from)))
        {
            if (clearing.Remove(running, out HashSet<Running> without) is { } slots)
                return (slots, without);
        }
        return null;
    }

    private void Keep(Pool pool, Held held, Slot[] slots, HashSet<Running> without)
    {
        Claim claim = new()
        {
            For = held.Reservation.Work,
            Pool = pool,
            Slots = slots,
            From = held.Reservation.From.UtcTicks,
            Until = held.Reservation.Until.UtcTicks,
            Made = _now,
            Without = without,
        };
        held.Claim = claim;
        pool.Reserved.Add(claim);
        Lower(claim);
    }

    private void BeginHeld(Pool pool, Reservation reservation, Gang gang, Slot[] slots)
    {
        Work held = new()
        {
            Id = reservation.Work,
            Gang = gang,
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
        if (_reservations.Count == 0)
        {
            _arrived.Clear();
            return;
        }
        foreach (Held held in _reservations.Values.OrderBy(r => r.Reservation.From).ToList())
        {
            if (held.Reservation.Until.UtcTicks <= _now)
                Release(held.Reservation.Id);
        }
        foreach (Held held in _reservations.Values.OrderBy(r => r.Reservation.From).ToList())
        {
            if (held.IsStale)
            {
                Drop(held);
                Fill(held);
            }
            else if (!_running.ContainsKey(held.Reservation.Work))
            {
                if (held.Claim is null)
                    Fill(held);
                else if (held.Reservation.From.UtcTicks <= _now)
                    BeginClaimed(held, held.Claim);
            }
        }
        foreach (WorkId id in _arrived)
        {
            if (_waiting.TryGetValue(id, out Waiter? waiter))
                TakeReserved(waiter);
        }
        _arrived.RemoveAll(id => !_waiting.ContainsKey(id));
    }

    private void BeginClaimed(Held held, Claim claim)
    {
        Pool pool = claim.Pool;
        pool.Machines.Prepare();
        Lift(claim);
        // Where its place was lost, or who was to have ended did not, another will do.
        if (held.Rest() is { } rest && BesidePromises(pool, () => TakeClaimed(claim) ?? Place(pool, rest, held.Reservation.Until.UtcTicks)) is { } slots)
        {
            pool.Reserved.Remove(claim);
            held.Claim = null;
            BeginHeld(pool, held.Reservation, rest, slots);
        }
        else
            Lower(claim);
    }

    // Gives back what is held and not used.
    private void Drop(Held held)
    {
        if (held.Claim is { } claim)
        {
            Lift(claim);
            claim.Pool.Reserved.Remove(claim);
            held.Claim = null;
        }
        Ended(held.Reservation.Work);
    }

    // Holds what its users leave: at once, or as a claim on what ends first.
    private void Fill(Held held)
    {
        held.IsStale = false;
        Reservation reservation = held.Reservation;
        Pool pool = PoolOf(reservation.Pool);
        pool.Machines.Prepare();
        if (held.Rest() is not { } rest || !CouldFit(pool, rest))
            return;
        BesidePromises(pool, () =>
        {
            if (reservation.From.UtcTicks <= _now && Place(pool, rest, reservation.Until.UtcTicks) is { } slots)
            {
                BeginHeld(pool, reservation, rest, slots);
                return slots;
            }
            if (FreeBy(pool, rest, reservation.From.UtcTicks) is { } later)
            {
                Keep(pool, held, later.Slots, later.Without);
                return later.Slots;
            }
            if (Foresee(pool, rest, mayClear: true) is not { } seen)
                return null;
            Keep(pool, held, seen.Slots, seen.Without);
            return seen.Slots;
        });
    }

    private long NextReservation()
    {
        long next = long.MaxValue;
        foreach (Held held in _reservations.Values)
            next = Math.Min(next, held.Reservation.From.UtcTicks > _now ? held.Reservation.From.UtcTicks : held.Reservation.Until.UtcTicks);
        return next;
    }
}
