using MLPlatform.Core.Scheduling.Quotas;
using MLPlatform.Core.Scheduling.Reservations;
using MLPlatform.Server.Quotas;

namespace MLPlatform.Server.Reservations;

/// <summary>Capacity to hold.</summary>
/// <param name="Amount">How much: cpu, memory, gpu.</param>
/// <param name="Until">When it is over.</param>
/// <param name="From">When it begins. Default: now.</param>
/// <param name="Pool">Where. Default: the default pool.</param>
/// <param name="Person">Who for. Default: you; admins may name another.</param>
/// <param name="Group">The group whose quota it counts against.</param>
/// <param name="NoShow">How long after its beginning it goes to others where nothing has used it, as an ISO 8601 duration. Default: PT15M.</param>
/// <param name="Reason">Why, for everybody to read.</param>
internal sealed record ReserveRequest(
    AmountDeclaration Amount, DateTimeOffset Until, DateTimeOffset? From = null, string? Pool = null, string? Person = null, string? Group = null, string? NoShow = null, string? Reason = null);

/// <summary>A later, or earlier, end.</summary>
internal sealed record ExtendRequest(DateTimeOffset Until);

/// <summary>A reservation.</summary>
/// <param name="State">booked (it begins later), waiting (its time has come and nothing has used it), used, over, released or cancelled.</param>
internal sealed record ReservationView(
    Guid Id, string Person, string Group, string Pool, AmountView Amount, DateTimeOffset From, DateTimeOffset Until, double NoShowSeconds, string State, string? Reason, string By)
{
    public static ReservationView Of(Reservation r, DateTimeOffset now) => new(
        r.Id, r.Person, r.Group, r.Pool, AmountView.From(r.Amount), r.From, r.Until, r.NoShow.TotalSeconds, StateOf(r, now), r.Reason, r.By);

    private static string StateOf(Reservation r, DateTimeOffset now) => r.State switch
    {
        ReservationState.Cancelled => "cancelled",
        ReservationState.Released => "released",
        _ when now >= r.Until => "over",
        ReservationState.Used => "used",
        _ => now >= r.From ? "waiting" : "booked",
    };
}
