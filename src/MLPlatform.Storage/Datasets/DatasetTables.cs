using Microsoft.EntityFrameworkCore;

namespace MLPlatform.Storage.Datasets;

internal sealed class DatasetTable
{
    public required string Name { get; init; }
    public required int LatestVersion { get; init; }
    public required string SettingsJson { get; init; }
    public required DateTimeOffset UpdatedAt { get; init; }
}

internal sealed class DatasetVersionTable
{
    public required string Dataset { get; init; }
    public required int Version { get; init; }
    public required string Hash { get; init; }
    public required string Kind { get; init; }
    public required long Bytes { get; init; }
    public required string ColumnsJson { get; init; }
    public required long Rows { get; init; }
    public required string DaysJson { get; init; }
    public int? BaseVersion { get; init; }
    public required string Attempt { get; init; }
    public required string Pipeline { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }
    public DateTimeOffset? RemovedAt { get; init; }
}

internal sealed class DatasetReadTable
{
    public required Guid Run { get; init; }
    public required int Node { get; init; }
    public required string Dataset { get; init; }
    public required int Version { get; init; }
    public required DateTimeOffset At { get; init; }
}

internal static class DatasetSchema
{
    public static void Map(ModelBuilder model)
    {
        model.Entity<DatasetTable>().ToTable("datasets").HasKey(d => d.Name);
        model.Entity<DatasetVersionTable>(t =>
        {
            t.ToTable("dataset_versions").HasKey(v => new { v.Dataset, v.Version });
            t.HasIndex(v => new { v.Dataset, v.Attempt }).IsUnique(); // One attempt publishes one version, however often it asks.
            t.HasIndex(v => v.Hash);
        });
        model.Entity<DatasetReadTable>(t =>
        {
            t.ToTable("dataset_reads").HasKey(r => new { r.Run, r.Node, r.Dataset, r.Version });
            t.HasIndex(r => new { r.Dataset, r.Version });
        });
    }
}
