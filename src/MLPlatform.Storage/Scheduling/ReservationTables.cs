using Microsoft.EntityFrameworkCore;

namespace MLPlatform.Storage.Scheduling;

internal sealed class ReservationTable
{
    public required Guid Id { get; init; }
    public required string Person { get; init; }
    public required string PersonGroup { get; init; }
    public required string Pool { get; init; }
    public required long MilliCpu { get; init; }
    public required long MemoryBytes { get; init; }
    public required long MilliGpu { get; init; }
    public required DateTimeOffset StartsAt { get; init; }
    public required DateTimeOffset EndsAt { get; init; }
    public required long NoShowSeconds { get; init; }
    public string? Reason { get; init; }
    public required string AskedBy { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }
    public required long Revision { get; init; }
    public required string StateJson { get; init; }
}

internal static class ReservationSchema
{
    public static void Map(ModelBuilder model) => model.Entity<ReservationTable>(t =>
    {
        t.ToTable("reservations").HasKey(r => r.Id);
        t.HasIndex(r => r.EndsAt);
    });
}
