using Microsoft.EntityFrameworkCore;

namespace MLPlatform.Storage.Pipelines;

internal sealed class GitStateTable
{
    public required string Source { get; init; }
    public string? Head { get; init; }
    public required DateTimeOffset LookedAt { get; init; }
    public string? Problem { get; init; }
}

internal sealed class GitFileTable
{
    public required string Source { get; init; }
    public required string Path { get; init; }
    public required string CommitId { get; init; }
    public required string Author { get; init; }
    public required string Email { get; init; }
    public required string Message { get; init; }
    public required DateTimeOffset CommittedAt { get; init; }
    public string? Pipeline { get; init; }
    public int? Revision { get; init; }
    public string? ProblemsJson { get; init; }
    public required bool Removed { get; init; }
}

/// <summary>Which commit a revision came from; the first one where several brought the same file.</summary>
internal sealed class PipelineCommitTable
{
    public required string Pipeline { get; init; }
    public required int Revision { get; init; }
    public required string CommitId { get; init; }
    public required string Author { get; init; }
    public required string Email { get; init; }
    public required string Message { get; init; }
    public required DateTimeOffset CommittedAt { get; init; }
}

internal sealed class PipelineLayoutTable
{
    public required string Pipeline { get; init; }
    public required string LayoutJson { get; init; }
    public required string ChangedBy { get; init; }
    public required DateTimeOffset ChangedAt { get; init; }
}

internal static class GitSyncSchema
{
    public static void Map(ModelBuilder model)
    {
        model.Entity<GitStateTable>().ToTable("git_states").HasKey(s => s.Source);
        model.Entity<GitFileTable>().ToTable("git_files").HasKey(f => new { f.Source, f.Path });
        model.Entity<PipelineCommitTable>().ToTable("pipeline_commits").HasKey(c => new { c.Pipeline, c.Revision });
        model.Entity<PipelineLayoutTable>().ToTable("pipeline_layouts").HasKey(l => l.Pipeline);
    }
}
