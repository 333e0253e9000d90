using Microsoft.EntityFrameworkCore;

namespace MLPlatform.Storage.Bees;

internal sealed class SourceTable
{
    public required string Name { get; init; }
    public required string DefinitionJson { get; init; }
    public string? Home { get; init; }
    public required string ChangedBy { get; init; }
    public required DateTimeOffset UpdatedAt { get; init; }
}

internal sealed class SourceSliceTable
{
    public required Guid Run { get; init; }
    public required string Activity { get; init; }
    public required string Pipeline { get; init; }
    public required string Source { get; init; }
    public required long AfterSegment { get; init; }
    public required long ThroughSegment { get; init; }
    public required string ArtifactJson { get; init; }
    public required DateTimeOffset At { get; init; }
}

internal sealed class ForwardTable
{
    public long Id { get; init; }
    public required string Source { get; init; }
    public required string Kind { get; init; }
    public required byte[] Body { get; init; }
    public required DateTimeOffset At { get; init; }
}

internal sealed class BeesAgentTable
{
    public required string Agent { get; init; }
    public required string ReportJson { get; init; }
    public required DateTimeOffset At { get; init; }
}

internal sealed class AgentConfigTable
{
    public required string Agent { get; init; }
    public required int Version { get; init; }
    public required string ConfigJson { get; init; }
    public required string ChangedBy { get; init; }
    public required DateTimeOffset At { get; init; }
}

internal static class SourceSchema
{
    public static void Map(ModelBuilder model)
    {
        model.Entity<SourceTable>().ToTable("bees_sources").HasKey(s => s.Name);
        model.Entity<SourceSliceTable>(t =>
        {
            t.ToTable("bees_slices").HasKey(s => new { s.Run, s.Activity }); // A run reads one slice, however often it is tried.
            t.HasIndex(s => new { s.Pipeline, s.Activity, s.Source, s.ThroughSegment });
        });
        model.Entity<ForwardTable>().ToTable("bees_forwards").HasKey(f => f.Id);
        model.Entity<BeesAgentTable>().ToTable("bees_agents").HasKey(a => a.Agent);
        model.Entity<AgentConfigTable>().ToTable("bees_configs").HasKey(c => new { c.Agent, c.Version });
    }
}
