using Microsoft.EntityFrameworkCore;

namespace MLPlatform.Storage.Retention;

/// <summary>An artifact that nobody needed when the collector last looked, and since when.</summary>
internal sealed class CondemnedArtifactTable
{
    public required string Hash { get; init; }
    public required DateTimeOffset At { get; init; }
}

internal static class RetentionSchema
{
    public static void Map(ModelBuilder model) => model.Entity<CondemnedArtifactTable>().ToTable("condemned_artifacts").HasKey(c => c.Hash);
}
