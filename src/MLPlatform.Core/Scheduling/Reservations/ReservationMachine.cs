namespace MLPlatform.Core.Scheduling.Reservations;

/// <summary>Something that happened to a reservation.</summary>
public abstract record ReservationEvent(DateTimeOffset At)
{
    /// <summary>Work of its person was admitted into it.</summary>
    public sealed record Came(DateTimeOffset At) : ReservationEvent(At);

    /// <summary>Time went by.</summary>
    public sealed record Looked(DateTimeOffset At) : ReservationEvent(At);

    public sealed record Cancel(string By, DateTimeOffset At) : ReservationEvent(At);
}

/// <summary>The one place where states of reservations change.</summary>
public static class ReservationMachine
{
    /// <summary>The next state; null where nothing changes.</summary>
    public static ReservationState? Apply(Reservation reservation, ReservationEvent happened) => (reservation.State, happened) switch
    {
        (ReservationState.Booked, ReservationEvent.Came e) when reservation.IsInForce(e.At) => new ReservationState.Used(e.At),
        (ReservationState.Booked, ReservationEvent.Looked e) when e.At >= reservation.From + reservation.NoShow && e.At < reservation.Until => new ReservationState.Released(e.At),
        (ReservationState.Booked or ReservationState.Used, ReservationEvent.Cancel e) when e.At < reservation.Until => new ReservationState.Cancelled(e.At, e.By),
        _ => null,
    };
}
