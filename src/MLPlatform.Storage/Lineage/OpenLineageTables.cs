using Microsoft.EntityFrameworkCore;

namespace MLPlatform.Storage.Lineage;

internal sealed class OpenLineageEventTable
{
    public required string Id { get; init; }
    public required DateTimeOffset EventTime { get; init; }
    public string? EventType { get; init; }
    public Guid? Run { get; init; }
    public required string JobNamespace { get; init; }
    public required string JobName { get; init; }
    public required string Json { get; init; }
    public required DateTimeOffset ReceivedAt { get; init; }
}

/// <summary>That a job of another system read or wrote a dataset, whichever event told so.</summary>
internal sealed class OpenLineageEdgeTable
{
    public required string JobNamespace { get; init; }
    public required string JobName { get; init; }
    public required bool Written { get; init; }
    public required string Namespace { get; init; }
    public required string Name { get; init; }
    public required DateTimeOffset SeenAt { get; init; }
}

/// <summary>The newest of each facet that others told about a dataset or a job of theirs.</summary>
internal sealed class OpenLineageFacetTable
{
    /// <summary>dataset or job.</summary>
    public required string Kind { get; init; }
    public required string Namespace { get; init; }
    public required string Name { get; init; }
    public required string Facet { get; init; }
    public required DateTimeOffset EventTime { get; init; }
    public required string Json { get; init; }
}

internal sealed class OpenLineageProgressTable
{
    public required Guid Run { get; init; }
    public required long Sequence { get; init; }
    public required bool Done { get; init; }
    public required int Tries { get; init; }
    public DateTimeOffset? NextAt { get; init; }
    public required DateTimeOffset At { get; init; }
}

internal static class OpenLineageSchema
{
    public static void Map(ModelBuilder model)
    {
        model.Entity<OpenLineageEventTable>(t =>
        {
            t.ToTable("openlineage_events").HasKey(e => e.Id);
            t.HasIndex(e => new { e.JobNamespace, e.JobName });
        });
        model.Entity<OpenLineageEdgeTable>(t =>
        {
            t.ToTable("openlineage_edges").HasKey(e => new { e.JobNamespace, e.JobName, e.Written, e.Namespace, e.Name });
            t.HasIndex(e => new { e.Namespace, e.Name });
        });
        model.Entity<OpenLineageFacetTable>().ToTable("openlineage_facets").HasKey(f => new { f.Kind, f.Namespace, f.Name, f.Facet });
        model.Entity<OpenLineageProgressTable>().ToTable("openlineage_progress").HasKey(p => p.Run);
    }
}
