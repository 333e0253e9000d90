using Microsoft.EntityFrameworkCore;

namespace MLPlatform.Storage.Lineage;

/// <summary>A lineage document whose sources were taken in; what it says stays known when the artifact is gone.</summary>
internal sealed class LineageDocumentTable
{
    public required string Hash { get; init; }
    public required DateTimeOffset IndexedAt { get; init; }
}

internal sealed class LineageSourceTable
{
    public required string Document { get; init; }
    public required string Output { get; init; }
    public required int Number { get; init; }
    public required string Path { get; init; }
    public string? Identity { get; init; }
    public required string Unit { get; init; }
    public required bool Exact { get; init; }

    /// <summary>Where the first range begins and the last one ends; the ranges themselves are JSON.</summary>
    public required long First { get; init; }
    public required long Last { get; init; }
    public required string RangesJson { get; init; }
}

/// <summary>What a document tells of the columns of an output, as JSON.</summary>
internal sealed class LineageColumnsTable
{
    public required string Document { get; init; }
    public required string Output { get; init; }
    public required string ColumnsJson { get; init; }
}

internal static class LineageSchema
{
    public static void Map(ModelBuilder model)
    {
        model.Entity<LineageDocumentTable>().ToTable("lineage_documents").HasKey(d => d.Hash);
        model.Entity<LineageColumnsTable>().ToTable("lineage_columns").HasKey(c => new { c.Document, c.Output });
        model.Entity<LineageSourceTable>(t =>
        {
            t.ToTable("lineage_sources").HasKey(s => new { s.Document, s.Output, s.Number });
            t.HasIndex(s => s.Path);
            t.HasIndex(s => s.Identity);
        });
    }
}
