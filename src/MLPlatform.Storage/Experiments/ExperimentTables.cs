using Microsoft.EntityFrameworkCore;

namespace MLPlatform.Storage.Experiments;

internal sealed class ExperimentTable
{
    public long Id { get; init; }
    public required string Name { get; init; }
    public string? ArtifactLocation { get; init; }
    public required string Stage { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }
    public required DateTimeOffset UpdatedAt { get; init; }
    public required string TagsJson { get; init; }
}

internal sealed class TrackedRunTable
{
    /// <summary>The short name of the run inside the database: points of metrics are many.</summary>
    public long Number { get; init; }
    public required string Id { get; init; }
    public required long Experiment { get; init; }
    public required string Name { get; init; }
    public required string UserName { get; init; }
    public required string Status { get; init; }
    public required long StartedMs { get; init; }
    public long? EndedMs { get; init; }
    public required string Stage { get; init; }
    public required string ArtifactUri { get; init; }
    public required string ParametersJson { get; init; }
    public required string TagsJson { get; init; }
    public string? InputsJson { get; init; }
    public string? OutputsJson { get; init; }
    public string? Attempt { get; init; }

    /// <summary>The latest value of every metric, packed: thousands of runs are compared by reading their rows alone.</summary>
    public required byte[] Latest { get; init; }
}

internal sealed class MetricNameTable
{
    public long Id { get; init; }
    public required string Name { get; init; }
}

internal sealed class MetricPointTable
{
    public required long Run { get; init; }
    public required long Metric { get; init; }
    public required long AtMs { get; init; }
    public required long Step { get; init; }

    /// <summary>The bits of the value: not-a-number and the infinities are kept alike in every database.</summary>
    public required long Bits { get; init; }
}

internal sealed class TrackedFileTable
{
    public required string Path { get; init; }
    public required string Hash { get; init; }
    public required long Bytes { get; init; }
    public required string Artifact { get; init; }
    public required DateTimeOffset At { get; init; }
}

internal sealed class LoggedModelTable
{
    public required string Id { get; init; }
    public required long Experiment { get; init; }
    public required string Json { get; init; }
    public required DateTimeOffset At { get; init; }
}

internal static class ExperimentSchema
{
    public static void Map(ModelBuilder model)
    {
        model.Entity<ExperimentTable>(t =>
        {
            t.ToTable("experiments").HasKey(e => e.Id);
            t.HasIndex(e => e.Name).IsUnique();
        });
        model.Entity<TrackedRunTable>(t =>
        {
            t.ToTable("tracked_runs").HasKey(r => r.Number);
            t.HasIndex(r => r.Id).IsUnique();
            t.HasIndex(r => r.Experiment);
        });
        model.Entity<MetricNameTable>(t =>
        {
            t.ToTable("metric_names").HasKey(n => n.Id);
            t.HasIndex(n => n.Name).IsUnique();
        });
        // The key is the whole row, in the order that histories are read in: a point sent twice is one point.
        model.Entity<MetricPointTable>().ToTable("metric_points").HasKey(p => new { p.Run, p.Metric, p.AtMs, p.Step, p.Bits });
        model.Entity<TrackedFileTable>().ToTable("tracked_files").HasKey(f => f.Path);
        model.Entity<LoggedModelTable>(t =>
        {
            t.ToTable("logged_models").HasKey(m => m.Id);
            t.HasIndex(m => m.Experiment);
        });
    }
}
