using System.Security.Claims;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;
using MLPlatform.Core.Pipelines;
using MLPlatform.Core.Scheduling;
using MLPlatform.Core.Scheduling.Quotas;
using MLPlatform.Core.Scheduling.Reservations;
using MLPlatform.Engine;
using MLPlatform.Server.Access;
using MLPlatform.Server.Problems;
using MLPlatform.Server.Quotas;

namespace MLPlatform.Server.Reservations;

/// <summary>Capacity held for persons.</summary>
internal static class ReservationEndpoints
{
    private static readonly TimeSpan DefaultNoShow = TimeSpan.FromMinutes(15);

    /// <param name="run">Whether this host looks who has come.</param>
    public static IServiceCollection AddReservations(this IServiceCollection services, bool run) =>
        run ? services.AddHostedService<ReservationLoop>() : services;

    public static void MapReservations(this IEndpointRouteBuilder app)
    {
        RouteGroupBuilder reservations = app.MapGroup("/api/v1/reservations").WithTags("Reservations").RequireAuthorization(Permissions.View);
        reservations.MapGet("/", ListReservations).WithName(nameof(ListReservations)).WithSummary("Reservations that hold or will hold, and with all=true those that are over.");
        reservations.MapPost("/", Reserve).WithName(nameof(Reserve)).RequireAuthorization(Permissions.Edit)
            .WithSummary("Hold capacity of a pool for a person.").ProducesProblem(400).ProducesProblem(403).ProducesProblem(409).ProducesProblem(422);
        reservations.MapPost("/{id:guid}/extend", ExtendReservation).WithName(nameof(ExtendReservation)).RequireAuthorization(Permissions.Edit)
            .WithSummary("Give a reservation another end.").ProducesProblem(403).ProducesProblem(404).ProducesProblem(409);
        reservations.MapPost("/{id:guid}/cancel", CancelReservation).WithName(nameof(CancelReservation)).RequireAuthorization(Permissions.Edit)
            .WithSummary("Give a reservation back.").ProducesProblem(403).ProducesProblem(404).ProducesProblem(409);
    }

    private static async Task<Ok<List<ReservationView>>> ListReservations(IReservationStore store, TimeProvider time, CancellationToken cancel, bool all = false)
    {
        DateTimeOffset now = time.GetUtcNow();
        IReadOnlyList<Reservation> found = await store.ListAsync(all ? DateTimeOffset.UnixEpoch : now, cancel);
        return TypedResults.Ok(found.Where(r => all || r.Holds(now)).Select(r => ReservationView.Of(r, now)).ToList());
    }

    private static async Task<Results<Created<ReservationView>, ProblemHttpResult>> Reserve(
        ReserveRequest request, ClaimsPrincipal user, IReservationStore store, QuotaSignal signal, QuotaReader reader, IOptions<EngineOptions> engine, Audit audit, TimeProvider time, CancellationToken cancel)
    {
        DateTimeOffset now = time.GetUtcNow();
        TimeSpan noShow = DefaultNoShow;
        if (request.NoShow is { } text && (!IsoDuration.TryParse(text, out noShow) || noShow <= TimeSpan.Zero))
            return Problem.BadRequest($"'{text}' is no ISO 8601 duration.", $"Write it like {IsoDuration.Example}.");
        string person = request.Person ?? user.Name;
        if (person != user.Name && !user.IsInRole(Permissions.Administer))
            return Problem.Of(403, "WORK-006", $"'{user.Name}' may not reserve for {person}.", "Admins may.");
        QuotaBook book = await reader.ReadAsync(cancel);
        if (book.Pools.Find(request.Pool) is not { } pool)
            return Problem.Of(422, "WORK-023", $"There is no pool '{request.Pool}'.", Names.Hint(request.Pool!, [.. book.Pools.Names]));
        Reservation wanted = new(
            Guid.CreateVersion7(now), person, request.Group ?? "", pool, request.Amount.Or(Amount.Zero), request.From ?? now, request.Until, noShow, request.Reason, user.Name, now, 0, new ReservationState.Booked());
        if (await store.PutAsync(wanted, others => Check(wanted, others, book, engine, now), cancel) is { } refused)
            return Problem.Conflict(refused.Code, refused.Why, refused.Hint);
        signal.Tell();
        await audit.WriteAsync(user, "reservation.create", wanted.Id.ToString(), new { wanted.Person, wanted.Pool, wanted.From, wanted.Until }, cancel);
        return TypedResults.Created($"/api/v1/reservations/{wanted.Id}", ReservationView.Of(wanted, now));
    }

    private static async Task<Results<Ok<ReservationView>, ProblemHttpResult>> ExtendReservation(
        Guid id, ExtendRequest request, ClaimsPrincipal user, IReservationStore store, QuotaSignal signal, QuotaReader reader, IOptions<EngineOptions> engine, Audit audit, TimeProvider time, CancellationToken cancel)
    {
        DateTimeOffset now = time.GetUtcNow();
        (Reservation? found, ProblemHttpResult? problem) = await FindAsync(id, user, store, now, cancel);
        if (found is null)
            return problem!;
        QuotaBook book = await reader.ReadAsync(cancel);
        Reservation wanted = found with { Until = request.Until };
        if (await store.PutAsync(wanted, others => Check(wanted, others, book, engine, now), cancel) is { } refused)
            return Problem.Conflict(refused.Code, refused.Why, refused.Hint);
        signal.Tell();
        await audit.WriteAsync(user, "reservation.extend", id.ToString(), new { wanted.Until }, cancel);
        return TypedResults.Ok(ReservationView.Of((await store.FindAsync(id, cancel))!, now));
    }

    private static async Task<Results<Ok<ReservationView>, ProblemHttpResult>> CancelReservation(
        Guid id, ClaimsPrincipal user, IReservationStore store, QuotaSignal signal, Audit audit, TimeProvider time, CancellationToken cancel)
    {
        DateTimeOffset now = time.GetUtcNow();
        (Reservation? found, ProblemHttpResult? problem) = await FindAsync(id, user, store, now, cancel);
        if (found is null)
            return problem!;
        if (ReservationMachine.Apply(found, new ReservationEvent.Cancel(user.Name, now)) is not { } next || !await store.CommitAsync(found, next, cancel))
            return Over();
        signal.Tell();
        await audit.WriteAsync(user, "reservation.cancel", id.ToString(), null, cancel);
        return TypedResults.Ok(ReservationView.Of(found with { State = next }, now));
    }

    private static ReservationRefusal? Check(Reservation wanted, IReadOnlyList<Reservation> others, QuotaBook book, IOptions<EngineOptions> engine, DateTimeOffset now)
    {
        Amount total = book.MachinesOf(wanted.Pool).Aggregate(Amount.Zero, (sum, m) => sum + m.Amount);
        // A server that announces no machine works on its own.
        if (total.IsZero && wanted.Pool == book.Pools.Find(null))
        {
            total = new Amount(
                engine.Value.Cpu > 0 ? (long)(engine.Value.Cpu * 1000) : Environment.ProcessorCount * 1000L,
                engine.Value.MemoryMiB > 0 ? engine.Value.MemoryMiB << 20 : GC.GetGCMemoryInfo().TotalAvailableMemoryBytes, 0);
        }
        Amount? ceiling = book.File?.Groups.GetValueOrDefault(wanted.Group)?.Persons.GetValueOrDefault(wanted.Person)?.Ceilings.GetValueOrDefault(wanted.Pool)
            ?.Or(new Amount(long.MaxValue, long.MaxValue, long.MaxValue));
        return ReservationRules.Check(wanted, others, total, ceiling, now);
    }

    private static async Task<(Reservation? Reservation, ProblemHttpResult? Problem)> FindAsync(Guid id, ClaimsPrincipal user, IReservationStore store, DateTimeOffset now, CancellationToken cancel)
    {
        if (await store.FindAsync(id, cancel) is not { } found)
            return (null, Problem.NotFound($"reservation '{id}'", "'mlp reservations list' shows those there are."));
        if (found.Person != user.Name && !user.IsInRole(Permissions.Administer))
            return (null, Problem.Of(403, "WORK-006", $"The reservation is {found.Person}'s; '{user.Name}' may not change it.", "Its person and admins may."));
        return found.Holds(now) ? (found, null) : (null, Over());
    }

    private static ProblemHttpResult Over() => Problem.Conflict("WORK-024", "The reservation is over, was released or was cancelled.", "Make a new one.");
}
