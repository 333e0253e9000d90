using System.Text.Json.Serialization;

namespace MLPlatform.Core.Scheduling.Reservations;

/// <summary>Capacity held for a person.</summary>
/// <param name="Person">Who it is held for: the owner of what may use it.</param>
/// <param name="Group">The group whose quota it counts against; empty for none.</param>
/// <param name="Amount">How much is held.</param>
/// <param name="From">When it begins.</param>
/// <param name="Until">When it is over.</param>
/// <param name="NoShow">How long after its beginning it is given to others where nothing has used it.</param>
/// <param name="By">Who asked for it.</param>
/// <param name="Revision">Grows with every change.</param>
public sealed record Reservation(
    Guid Id, string Person, string Group, string Pool, Amount Amount, DateTimeOffset From, DateTimeOffset Until, TimeSpan NoShow, string? Reason, string By,
    DateTimeOffset CreatedAt, long Revision, ReservationState State)
{
    /// <summary>Whether capacity is, or will be, held at some instant from now on.</summary>
    public bool Holds(DateTimeOffset now) => State is ReservationState.Booked or ReservationState.Used && now < Until;

    /// <summary>Whether it is in force at an instant.</summary>
    public bool IsInForce(DateTimeOffset now) => From <= now && Holds(now);
}

/// <summary>What became of a reservation. One that is over by its time stays as it was.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "state")]
[JsonDerivedType(typeof(Booked), "booked")]
[JsonDerivedType(typeof(Used), "used")]
[JsonDerivedType(typeof(Released), "released")]
[JsonDerivedType(typeof(Cancelled), "cancelled")]
public abstract record ReservationState
{
    private ReservationState() { }

    /// <summary>Nothing has used it yet.</summary>
    public sealed record Booked : ReservationState;

    /// <summary>Work of its person ran in it.</summary>
    /// <param name="At">The first time.</param>
    public sealed record Used(DateTimeOffset At) : ReservationState;

    /// <summary>Nobody came: others have it.</summary>
    public sealed record Released(DateTimeOffset At) : ReservationState;

    /// <summary>Given back before its time.</summary>
    public sealed record Cancelled(DateTimeOffset At, string By) : ReservationState;
}
