using Microsoft.EntityFrameworkCore;

namespace MLPlatform.Storage.Features;

internal sealed class FeatureGroupTable
{
    public required string Id { get; init; }
    public required int Version { get; init; }
    public required string Hash { get; init; }
    public required string FileJson { get; init; }
    public required string AppliedBy { get; init; }
    public required DateTimeOffset AppliedAt { get; init; }

    /// <summary>Grows with every write: the row that writers of a version queue for.</summary>
    public required int LatestTable { get; init; }
}

internal sealed class FeatureTableTable
{
    public required string GroupId { get; init; }
    public required int Version { get; init; }
    public required int Number { get; init; }
    public required string Hash { get; init; }
    public required string Kind { get; init; }
    public required long Bytes { get; init; }
    public required string Attempt { get; init; }
    public DateTimeOffset? Through { get; init; }
    public required string ProfileJson { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }
}

internal static class FeatureSchema
{
    public static void Map(ModelBuilder model)
    {
        model.Entity<FeatureGroupTable>().ToTable("feature_groups").HasKey(g => new { g.Id, g.Version });
        model.Entity<FeatureTableTable>(t =>
        {
            t.ToTable("feature_tables").HasKey(f => new { f.GroupId, f.Version, f.Number });
            t.HasIndex(f => new { f.GroupId, f.Version, f.Attempt }).IsUnique(); // An attempt that runs again gets its number again.
        });
    }
}
