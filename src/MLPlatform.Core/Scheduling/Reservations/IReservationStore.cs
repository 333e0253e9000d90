namespace MLPlatform.Core.Scheduling.Reservations;

/// <summary>Reservations. One conformance suite for both databases.</summary>
public interface IReservationStore
{
    /// <summary>
    /// Keeps a new reservation, or a changed one (known by its id), where the check finds nothing against it, in one transaction that no
    /// other passes at the same time: of two that want the same capacity one gets it.
    /// </summary>
    /// <param name="check">Given all that hold something in its pool from now on; pure.</param>
    /// <returns>Why it was refused; null where it is kept.</returns>
    Task<ReservationRefusal?> PutAsync(Reservation reservation, Func<IReadOnlyList<Reservation>, ReservationRefusal?> check, CancellationToken cancel);

    Task<Reservation?> FindAsync(Guid id, CancellationToken cancel);

    /// <summary>Those that end after an instant, the earliest first.</summary>
    Task<IReadOnlyList<Reservation>> ListAsync(DateTimeOffset endsAfter, CancellationToken cancel);

    /// <summary>Writes the state; false, and nothing, where the reservation is not at this revision any more.</summary>
    Task<bool> CommitAsync(Reservation seen, ReservationState state, CancellationToken cancel);
}
