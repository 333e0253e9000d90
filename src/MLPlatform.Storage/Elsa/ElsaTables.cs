using Microsoft.EntityFrameworkCore;

namespace MLPlatform.Storage.Elsa;

internal sealed class ElsaDefinitionTable
{
    public required string Id { get; init; }
    public required string Definition { get; init; }
    public required int Version { get; init; }
    public required string Name { get; init; }
    public required string DocumentJson { get; init; }
    public required bool Published { get; init; }

    /// <summary>The revision of the pipeline that publishing it made.</summary>
    public int? Revision { get; init; }
    public required DateTimeOffset SavedAt { get; init; }
    public required string SavedBy { get; init; }
}

internal static class ElsaSchema
{
    public static void Map(ModelBuilder model) => model.Entity<ElsaDefinitionTable>(t =>
    {
        t.ToTable("elsa_definitions").HasKey(d => d.Id);
        t.HasIndex(d => new { d.Definition, d.Version }).IsUnique();
    });
}
