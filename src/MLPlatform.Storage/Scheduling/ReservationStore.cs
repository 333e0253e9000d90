using System.Text.Json;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Scheduling;
using MLPlatform.Core.Scheduling.Reservations;
using MLPlatform.Storage.Sql;

namespace MLPlatform.Storage.Scheduling;

internal sealed class ReservationStore(Database database, TimeProvider time) : IReservationStore
{
    // One at a time: of two that want the same capacity the second must see the first.
    private const long SerializeKey = 0x7265736572766573; // "reserves"

    private const string Reservations =
        "SELECT id, person, person_group, pool, milli_cpu, memory_bytes, milli_gpu, starts_at, ends_at, no_show_seconds, reason, asked_by, created_at, revision, state_json FROM reservations";

    public Task<ReservationRefusal?> PutAsync(Reservation r, Func<IReadOnlyList<Reservation>, ReservationRefusal?> check, CancellationToken cancel) => database.WriteAsync(async session =>
    {
        await database.SerializeAsync(session, SerializeKey, cancel);
        List<Reservation> all = await session.ListAsync($"{Reservations} WHERE ends_at > $1 AND pool = $2 ORDER BY starts_at, id", [time.GetUtcNow(), r.Pool], ToReservation, cancel);
        if (check(all) is { } refusal)
            return refusal;
        await session.ExecuteAsync(
            "INSERT INTO reservations (id, person, person_group, pool, milli_cpu, memory_bytes, milli_gpu, starts_at, ends_at, no_show_seconds, reason, asked_by, created_at, revision, state_json) "
            + "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, 0, $14) "
            + "ON CONFLICT (id) DO UPDATE SET ends_at = excluded.ends_at, milli_cpu = excluded.milli_cpu, memory_bytes = excluded.memory_bytes, milli_gpu = excluded.milli_gpu, revision = reservations.revision + 1",
            [
                r.Id, r.Person, r.Group, r.Pool, r.Amount.MilliCpu, r.Amount.MemoryBytes, r.Amount.MilliGpu, r.From, r.Until, (long)r.NoShow.TotalSeconds, r.Reason, r.By, r.CreatedAt,
                JsonSerializer.Serialize(r.State, ActivityJson.Options),
            ], cancel);
        return null;
    }, cancel);

    public Task<Reservation?> FindAsync(Guid id, CancellationToken cancel) => database.FirstAsync($"{Reservations} WHERE id = $1", [id], ToReservation, cancel);

    public async Task<IReadOnlyList<Reservation>> ListAsync(DateTimeOffset endsAfter, CancellationToken cancel) =>
        await database.ListAsync($"{Reservations} WHERE ends_at > $1 ORDER BY starts_at, id", [endsAfter], ToReservation, cancel);

    public async Task<bool> CommitAsync(Reservation seen, ReservationState state, CancellationToken cancel) => await database.ExecuteAsync(
        "UPDATE reservations SET revision = revision + 1, state_json = $3 WHERE id = $1 AND revision = $2",
        [seen.Id, seen.Revision, JsonSerializer.Serialize(state, ActivityJson.Options)], cancel) > 0;

    private static Reservation ToReservation(SqlRow row) => new(
        row.Guid(0), row.Text(1), row.Text(2), row.Text(3), new Amount(row.Long(4), row.Long(5), row.Long(6)), row.Time(7), row.Time(8), TimeSpan.FromSeconds(row.Long(9)),
        row.TextOrNull(10), row.Text(11), row.Time(12), row.Long(13), JsonSerializer.Deserialize<ReservationState>(row.Text(14), ActivityJson.Options)!);
}
