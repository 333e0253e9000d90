using Microsoft.EntityFrameworkCore;

namespace MLPlatform.Storage.Quotas;

/// <summary>A resources file as it was applied.</summary>
internal sealed class ResourcesVersionTable
{
    public required int Version { get; init; }
    public required string Json { get; init; }
    public required string AppliedBy { get; init; }
    public required DateTimeOffset AppliedAt { get; init; }
}

internal sealed class QuotaExpansionTable
{
    public required Guid Id { get; init; }
    public required string GroupName { get; init; }
    public required string Pool { get; init; }
    public required long MilliCpu { get; init; }
    public required long MemoryBytes { get; init; }
    public required long MilliGpu { get; init; }
    public required DateTimeOffset FromAt { get; init; }
    public required DateTimeOffset UntilAt { get; init; }
    public required string Reason { get; init; }
    public required string Approver { get; init; }
    public string? Source { get; init; }
    public required string CreatedBy { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>Who ended it before its time.</summary>
    public string? EndedBy { get; init; }
}

/// <summary>A request for an expansion, and what was decided.</summary>
internal sealed class QuotaRequestTable
{
    public required Guid Id { get; init; }
    public required string GroupName { get; init; }
    public required string Pool { get; init; }
    public required long MilliCpu { get; init; }
    public required long MemoryBytes { get; init; }
    public required long MilliGpu { get; init; }

    /// <summary>Null for as soon as it is approved.</summary>
    public DateTimeOffset? FromAt { get; init; }
    public required DateTimeOffset UntilAt { get; init; }
    public required string Reason { get; init; }
    public string? Source { get; init; }
    public required string AskedBy { get; init; }
    public required DateTimeOffset AskedAt { get; init; }
    public required DateTimeOffset ExpiresAt { get; init; }

    /// <summary>What was decided; pending where nobody did, also after its expiry.</summary>
    public required string State { get; init; }
    public string? DecidedBy { get; init; }
    public DateTimeOffset? DecidedAt { get; init; }
    public string? Word { get; init; }
}

/// <summary>What an attempt holds, or held.</summary>
internal sealed class AllocationTable
{
    public required Guid Run { get; init; }
    public required int Node { get; init; }
    public required int Number { get; init; }
    public required string Replica { get; init; }
    public required string Pool { get; init; }
    public required string Machine { get; init; }
    public required string GroupName { get; init; }
    public required string Person { get; init; }
    public required string Pipeline { get; init; }
    public required long MilliCpu { get; init; }
    public required long MemoryBytes { get; init; }
    public required long MilliGpu { get; init; }

    /// <summary>Devices by index, with commas between.</summary>
    public required string Devices { get; init; }
    public required int Priority { get; init; }
    public required bool Preemptible { get; init; }
    public required bool Borrowed { get; init; }
    public required DateTimeOffset Since { get; init; }
    public DateTimeOffset? EndedAt { get; init; }
}

/// <summary>A machine that a live replica announces.</summary>
internal sealed class MachineTable
{
    public required string Replica { get; init; }
    public required string Name { get; init; }
    public required long MilliCpu { get; init; }
    public required long MemoryBytes { get; init; }
    public required string GpusJson { get; init; }
    public required string LabelsJson { get; init; }
    public required DateTimeOffset SeenAt { get; init; }

    /// <summary>Why what the replica looks after waits, by its last word; null where nothing does.</summary>
    public string? WaitsJson { get; init; }
}

/// <summary>A promotion of a pipeline to another pool, proposed or decided.</summary>
internal sealed class PoolPromotionTable
{
    public required Guid Id { get; init; }
    public required string Pipeline { get; init; }
    public required string FromPool { get; init; }
    public required string ToPool { get; init; }
    public required string State { get; init; }
    public required string Reasons { get; init; }
    public required DateTimeOffset ProposedAt { get; init; }
    public string? DecidedBy { get; init; }
    public DateTimeOffset? DecidedAt { get; init; }

    /// <summary>The promotion that this one would take back.</summary>
    public Guid? Undoes { get; init; }
}

internal static class QuotaSchema
{
    public static void Map(ModelBuilder model)
    {
        model.Entity<ResourcesVersionTable>(t =>
        {
            t.ToTable("resources_versions").HasKey(v => v.Version);
            t.Property(v => v.Version).ValueGeneratedNever();
        });
        model.Entity<QuotaExpansionTable>(t =>
        {
            t.ToTable("quota_expansions").HasKey(e => e.Id);
            t.HasIndex(e => e.UntilAt);
        });
        model.Entity<QuotaRequestTable>(t =>
        {
            t.ToTable("quota_requests").HasKey(r => r.Id);
            t.HasIndex(r => r.AskedAt);
            t.HasIndex(r => r.ExpiresAt).HasFilter("state = 'pending'");
        });
        model.Entity<AllocationTable>(t =>
        {
            t.ToTable("allocations").HasKey(a => new { a.Run, a.Node, a.Number });
            t.HasIndex(a => a.Replica).HasFilter("ended_at IS NULL");
            t.HasIndex(a => a.EndedAt);
        });
        model.Entity<MachineTable>().ToTable("machines").HasKey(m => m.Replica);
        model.Entity<PoolPromotionTable>(t =>
        {
            t.ToTable("pool_promotions").HasKey(p => p.Id);
            t.HasIndex(p => new { p.Pipeline, p.ProposedAt });
            t.HasIndex(p => new { p.Pipeline, p.FromPool, p.ToPool }).IsUnique().HasFilter("state IN ('proposed', 'inForce')");
        });
    }
}
