using Microsoft.EntityFrameworkCore;

namespace MLPlatform.Storage.Sweeps;

internal sealed class SweepTable
{
    public required Guid Id { get; init; }
    public required string Name { get; init; }
    public required string Pipeline { get; init; }
    public required string SettingsJson { get; init; }
    public required string PipelineJson { get; init; }
    public string? Folder { get; init; }
    public string? CallerFolder { get; init; }
    public required string StartedBy { get; init; }

    /// <summary>The attempt that waits for its end; null where none does.</summary>
    public string? Waiter { get; init; }
    public DateTimeOffset? DeliveredAt { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>Grows with every commit: of two decisions about the same picture one is kept.</summary>
    public required long Revision { get; init; }
    public required string Status { get; init; }

    /// <summary>How it ends, or will end; null while it runs.</summary>
    public string? Ending { get; init; }
    public string? Because { get; init; }
    public DateTimeOffset? EndedAt { get; init; }

    /// <summary>The replica that looks after it, and until when.</summary>
    public string? Owner { get; init; }
    public DateTimeOffset? OwnedUntil { get; init; }
}

internal sealed class TrialTable
{
    public required Guid Sweep { get; init; }
    public required int Number { get; init; }
    public required Guid Run { get; init; }
    public required string ParametersJson { get; init; }
    public required string Status { get; init; }
    public required int Rung { get; init; }
    public double? Value { get; init; }
    public string? Because { get; init; }
    public required string CurveJson { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }
    public DateTimeOffset? EndedAt { get; init; }
}

internal static class SweepSchema
{
    public static void Map(ModelBuilder model)
    {
        model.Entity<SweepTable>(t =>
        {
            t.ToTable("sweeps").HasKey(s => s.Id);
            t.HasIndex(s => s.Status);
            t.HasIndex(s => new { s.CreatedAt, s.Id });
        });
        model.Entity<TrialTable>(t =>
        {
            // The key and the index make it impossible to write a trial, or start a run for one, twice.
            t.ToTable("sweep_trials").HasKey(r => new { r.Sweep, r.Number });
            t.HasIndex(r => r.Run).IsUnique();
        });
    }
}
