using Microsoft.EntityFrameworkCore;

namespace MLPlatform.Storage.Labels;

internal sealed class LabelBatchTable
{
    public required Guid Id { get; init; }
    public required Guid Run { get; init; }
    public required string Activity { get; init; }
    public required string InputsHash { get; init; }
    public required string Pipeline { get; init; }
    public required string QuestionJson { get; init; }
    public required int PerItem { get; init; }
    public required int SkipLimit { get; init; }
    public DateTimeOffset? Deadline { get; init; }

    /// <summary>A JSON list of names; null where nobody decides.</summary>
    public string? AdjudicatorsJson { get; init; }
    public required string Status { get; init; }
    public required int Items { get; init; }
    public required int Done { get; init; }

    /// <summary>Grows with every write: the row that writers of a batch queue for.</summary>
    public required long Changes { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }
    public DateTimeOffset? ClosedAt { get; init; }
    public string? ClosedBecause { get; init; }
    public DateTimeOffset? DeliveredAt { get; init; }
}

internal sealed class LabelItemTable
{
    public required Guid Batch { get; init; }
    public required int Number { get; init; }
    public required string Key { get; init; }
    public required string DataJson { get; init; }
    public required int Labels { get; init; }
    public required int Skips { get; init; }

    /// <summary>People whose newest answer is a decision.</summary>
    public required int Decisions { get; init; }

    /// <summary>Whether people disagree and nobody decided.</summary>
    public required bool Disputed { get; init; }
    public string? GoldJson { get; init; }
}

internal sealed class AnnotationTable
{
    public required Guid Batch { get; init; }
    public required int Item { get; init; }
    public required string Annotator { get; init; }
    public required int Revision { get; init; }
    public required string Action { get; init; }
    public string? ValueJson { get; init; }
    public required DateTimeOffset At { get; init; }
    public string? SourceJson { get; init; }
}

internal sealed class LabelLeaseTable
{
    public required Guid Batch { get; init; }
    public required string Annotator { get; init; }
    public required int Item { get; init; }
    public required DateTimeOffset Until { get; init; }
}

internal static class LabelSchema
{
    public static void Map(ModelBuilder model)
    {
        model.Entity<LabelBatchTable>(t =>
        {
            t.ToTable("label_batches").HasKey(b => b.Id);
            t.HasIndex(b => new { b.Run, b.Activity, b.InputsHash }).IsUnique(); // A step that runs again finds its batch.
            t.HasIndex(b => b.Status);
        });
        model.Entity<LabelItemTable>().ToTable("label_items").HasKey(i => new { i.Batch, i.Number });
        // The key makes revisions append-only: two writers cannot both add the same one.
        model.Entity<AnnotationTable>().ToTable("label_annotations").HasKey(a => new { a.Batch, a.Item, a.Annotator, a.Revision });
        model.Entity<LabelLeaseTable>().ToTable("label_leases").HasKey(l => new { l.Batch, l.Annotator });
    }
}
