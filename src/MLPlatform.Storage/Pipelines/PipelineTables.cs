using Microsoft.EntityFrameworkCore;

namespace MLPlatform.Storage.Pipelines;

internal sealed class PipelineTable
{
    public required string Name { get; init; }
    public required int LatestRevision { get; init; }
    public required bool Paused { get; init; }
    public string? PausedBy { get; init; }
    public DateTimeOffset? RemovedAt { get; init; }
    public string? RemovedBy { get; init; }
}

internal sealed class PipelineRevisionTable
{
    public required string Pipeline { get; init; }
    public required int Revision { get; init; }
    public required string Hash { get; init; }
    public required string FileJson { get; init; }
    public string? Folder { get; init; }
    public required string AppliedBy { get; init; }
    public required DateTimeOffset AppliedAt { get; init; }
}

internal static class PipelineSchema
{
    public static void Map(ModelBuilder model)
    {
        model.Entity<PipelineTable>().ToTable("pipelines").HasKey(p => p.Name);
        model.Entity<PipelineRevisionTable>().ToTable("pipeline_revisions").HasKey(r => new { r.Pipeline, r.Revision });
    }
}
