using Microsoft.EntityFrameworkCore;

namespace MLPlatform.Storage.Runs;

// The tables as EF Core's migrations see them. What the columns mean is said once, on the rows in Core.

internal sealed class RunTable
{
    /// <summary>Runs that somebody has to go on with: the predicate of the index that finds them.</summary>
    public const string Unfinished = "status IN ('running', 'paused', 'cancelling')";

    public required Guid Id { get; init; }
    public required string Pipeline { get; init; }
    public required string PlanHash { get; init; }
    public required string Status { get; init; }
    public required string TriggerJson { get; init; }
    public required DateTimeOffset LogicalDate { get; init; }
    public required string ParametersJson { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }
    public DateTimeOffset? EndedAt { get; init; }
    public string? OutputsJson { get; init; }
    public string? FailureJson { get; init; }
    public required int Total { get; init; }
    public required int Succeeded { get; init; }
    public required int Failed { get; init; }
    public required int Skipped { get; init; }
    public required int Running { get; init; }
    public required string Owner { get; init; }
}

internal sealed class PlanTable
{
    public required string Hash { get; init; }
    public required byte[] Json { get; init; }
}

internal sealed class JournalTable
{
    public required Guid Run { get; init; }
    public required long Sequence { get; init; }
    public required byte[] Payload { get; init; }
}

internal sealed class ActivityTable
{
    public required Guid Run { get; init; }
    public required int Node { get; init; }
    public required string Name { get; init; }
    public required string Type { get; init; }
    public required string Status { get; init; }
    public DateTimeOffset? ReadyAt { get; init; }
    public DateTimeOffset? StartedAt { get; init; }
    public DateTimeOffset? EndedAt { get; init; }
    public required int Attempts { get; init; }
    public string? OutputsJson { get; init; }
    public string? FailureJson { get; init; }
    public string? Note { get; init; }
}

internal sealed class AttemptTable
{
    public required Guid Run { get; init; }
    public required int Node { get; init; }
    public required int Number { get; init; }
    public required string Status { get; init; }
    public required DateTimeOffset StartedAt { get; init; }
    public DateTimeOffset? EndedAt { get; init; }
    public string? FailureJson { get; init; }
    public string? ExecutionJson { get; init; }
}

internal sealed class ArtifactTable
{
    public required Guid Run { get; init; }
    public required int Node { get; init; }
    public required int Number { get; init; }
    public required string Output { get; init; }
    public required string Hash { get; init; }
    public required string Kind { get; init; }
    public required long Bytes { get; init; }
    public required DateTimeOffset At { get; init; }
}

internal sealed class ArtifactUseTable
{
    public required Guid Run { get; init; }
    public required int Node { get; init; }
    public required int Number { get; init; }
    public required string Input { get; init; }
    public required string Hash { get; init; }
}

internal sealed class MetricTable
{
    public required Guid Run { get; init; }
    public required int Node { get; init; }
    public required int Number { get; init; }
    public required string Name { get; init; }
    public required long Step { get; init; }

    /// <summary>Null stands for not-a-number, which SQLite cannot hold.</summary>
    public double? Value { get; init; }
    public required DateTimeOffset At { get; init; }
}

internal sealed class CacheTable
{
    public required string Key { get; init; }
    public required string Pipeline { get; init; }
    public required string Activity { get; init; }
    public required string ComponentsJson { get; init; }
    public required string OutputsJson { get; init; }
    public required string Source { get; init; }
    public required DateTimeOffset At { get; init; }
}

internal sealed class ReplicaTable
{
    public required string Id { get; init; }
    public required long Epoch { get; init; }

    /// <summary>Null once the lease was given up or taken away.</summary>
    public DateTimeOffset? LeaseUntil { get; init; }
}

internal sealed class RunCommandTable
{
    public required Guid Id { get; init; }
    public required Guid Run { get; init; }
    public required string Json { get; init; }
    public required DateTimeOffset At { get; init; }
}

internal static class RunSchema
{
    // The hot tables have their primary key and nothing else: every index is paid for with each activity.
    public static void Map(ModelBuilder model)
    {
        model.Entity<RunTable>(t =>
        {
            t.ToTable("runs").HasKey(r => r.Id);
            t.HasIndex(r => new { r.CreatedAt, r.Id });
            t.HasIndex(r => new { r.Pipeline, r.CreatedAt, r.Id });
            t.HasIndex(r => new { r.Status, r.CreatedAt, r.Id });
            t.HasIndex(r => r.Owner).HasFilter(RunTable.Unfinished);
            t.HasIndex(r => r.EndedAt).HasFilter("ended_at IS NOT NULL");
        });
        model.Entity<PlanTable>().ToTable("plans").HasKey(p => p.Hash);
        model.Entity<JournalTable>().ToTable("journal").HasKey(j => new { j.Run, j.Sequence });
        model.Entity<ActivityTable>().ToTable("activities").HasKey(a => new { a.Run, a.Node });
        model.Entity<AttemptTable>().ToTable("attempts").HasKey(a => new { a.Run, a.Node, a.Number });
        model.Entity<ArtifactTable>(t =>
        {
            t.ToTable("artifacts").HasKey(a => new { a.Run, a.Node, a.Number, a.Output });
            t.HasIndex(a => a.Hash);
        });
        model.Entity<ArtifactUseTable>(t =>
        {
            t.ToTable("artifact_uses").HasKey(u => new { u.Run, u.Node, u.Number, u.Input, u.Hash });
            t.HasIndex(u => u.Hash);
        });
        model.Entity<MetricTable>().ToTable("metrics").HasKey(m => new { m.Run, m.Node, m.Number, m.Name, m.Step });
        model.Entity<CacheTable>(t =>
        {
            t.ToTable("cache").HasKey(c => c.Key);
            t.HasIndex(c => new { c.Pipeline, c.Activity, c.At });
        });
        model.Entity<ReplicaTable>().ToTable("replicas").HasKey(r => r.Id);
        model.Entity<RunCommandTable>(t =>
        {
            t.ToTable("run_commands").HasKey(c => c.Id);
            t.HasIndex(c => c.Run);
        });
    }
}
