using MLPlatform.Core.Runs;
using MLPlatform.Core.Scheduling;
using MLPlatform.Core.Scheduling.Admission;
using MLPlatform.Core.Scheduling.Placement;
using MLPlatform.Core.Scheduling.Quotas;
using MLPlatform.Core.Scheduling.Reservations;
using Booking = MLPlatform.Core.Scheduling.Reservations.Reservation;

namespace MLPlatform.Engine.Scheduling;

// Capacity held for persons. Each server holds it on its own machine, since it starts its runs there, until its person uses it on another.
internal sealed partial class AdmissionDesk
{
    private IReadOnlyList<Booking> _bookings = [];
    private readonly HashSet<Guid> _told = [];

    /// <summary>Holds these from now on, and no others.</summary>
    public void Reserve(IReadOnlyList<Booking> bookings, DateTimeOffset now)
    {
        _told.Clear();
        IReadOnlyList<Booking> before = _bookings;
        if (before.Count == 0 && bookings.Count == 0)
            return;
        _bookings = bookings;
        HashSet<string> persons = [];
        foreach (Booking gone in before.Where(b => !bookings.Any(n => IsSame(b, n))))
        {
            _scheduler.Release(gone.Id);
            persons.Add(gone.Person);
        }
        foreach (Booking come in bookings.Where(n => !before.Any(b => IsSame(b, n))))
        {
            Hold(come, now);
            persons.Add(come.Person);
        }
        if (persons.Count == 0)
            return;
        _isDirty = true;
        // What waits learns of the reservation that it may use.
        foreach (Waiting asked in _waiting.Values.Where(w => persons.Contains(w.Person)).OrderBy(w => w.Since).ToList())
        {
            _scheduler.Cancel(asked.Id);
            Enqueue(asked);
        }
    }

    /// <summary>Reservations that somebody has come for, as far as that was not said since they were read.</summary>
    public IReadOnlyList<Booking> Came(DateTimeOffset now) => _bookings.Count == 0 ? []
        : [.. _bookings.Where(b => b.State is ReservationState.Booked && b.IsInForce(now) && _scheduler.IsUsed(b.Id) && _told.Add(b.Id))];

    private void HoldAll(DateTimeOffset now)
    {
        foreach (Booking booking in _bookings)
            Hold(booking, now);
    }

    private void Hold(Booking booking, DateTimeOffset now)
    {
        if (ShapeOf(booking) is { } gang)
            _scheduler.Hold(new Core.Scheduling.Admission.Reservation(booking.Id, IsMetered ? booking.Group : "", booking.Person, booking.Pool, gang, booking.From, booking.Until), now);
    }

    /// <summary>The reservation that work of its person may use; null for none.</summary>
    private Guid? ReservationOf(Waiting asked) => _bookings.Count == 0 ? null : ReservationOf(asked.Person, asked.Group, PoolOf(asked), _asks.Of(asked.Request).Amount, null);

    // What began before it does not use it up.
    private Guid? ReservationOf(Allocation holds) => _bookings.Count == 0 ? null : ReservationOf(holds.Person, holds.Group, holds.Pool, holds.Amount, holds.Since);

    private Guid? ReservationOf(string person, string group, string pool, Amount amount, DateTimeOffset? since) => _bookings
        .FirstOrDefault(b => b.Person == person && b.Pool == pool && (b.Group.Length == 0 || b.Group == group || !IsMetered) && Fits(amount, b.Amount) && (since is null || (b.From <= since && since < b.Until)))?.Id;

    private static bool Fits(Amount asked, Amount held) =>
        (held.MilliCpu == 0 || asked.MilliCpu <= held.MilliCpu) && (held.MemoryBytes == 0 || asked.MemoryBytes <= held.MemoryBytes) && asked.MilliGpu <= held.MilliGpu;

    // On one machine, this one if it is large enough; else in equal parts on as few as will do.
    private Gang? ShapeOf(Booking booking)
    {
        bool here = Book.Pools.Declared(booking.Pool).Executor == PoolDeclaration.Process;
        for (int parts = 1; parts <= Math.Max(1, Book.Machines.Count); parts++)
        {
            Gang gang = _asks.Of(Part(booking.Amount, parts), parts, here && parts == 1);
            if (_scheduler.CouldEverFit(booking.Pool, gang))
                return gang;
            if (here && parts == 1 && _scheduler.CouldEverFit(booking.Pool, gang = _asks.Of(Part(booking.Amount, 1), 1, here: false)))
                return gang;
        }
        return null;
    }

    private static NodeAsk Part(Amount amount, int parts)
    {
        long gpus = (amount.MilliGpu + NodeKind.Device - 1) / NodeKind.Device;
        return new NodeAsk(
            (int)Math.Min(int.MaxValue, Up(amount.MilliCpu, parts)), (int)Math.Min(int.MaxValue, Up(Up(amount.MemoryBytes, 1L << 20), parts)),
            (int)Up(gpus, parts), amount.MilliGpu == 0 ? 0 : (int)Math.Min(NodeKind.Device, amount.MilliGpu), "");

        static long Up(long what, long by) => (what + by - 1) / by;
    }

    private static bool IsSame(Booking a, Booking b) => (a.Id, a.From, a.Until, a.Amount) == (b.Id, b.From, b.Until, b.Amount);
}
