using System.Text.Json;
using MLPlatform.Activities.Tables;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Artifacts;
using MLPlatform.Core.Labels;

namespace MLPlatform.Activities.Labels;

/// <summary>The result of a closed batch: one row for each item, in their order. The same answers give the same bytes.</summary>
public static class LabelTable
{
    private static readonly TableColumn[] Columns =
    [
        new("item", ColumnType.String), new("label", ColumnType.String), new("votes", ColumnType.Int64), new("answers", ColumnType.Int64),
        new("agreement", ColumnType.Double), new("decided", ColumnType.String),
    ];

    /// <param name="Table">Columns item, label (missing where nobody said, or people disagree and nobody decided), votes, answers, agreement, decided.</param>
    /// <param name="Batch">The batch that people worked on.</param>
    /// <param name="Labeled">Items with a label.</param>
    /// <param name="Tied">Items on which two answers have as many votes.</param>
    /// <param name="ClosedBecause">complete, deadline, or who closed it.</param>
    public sealed record Outputs(ArtifactRef Table, Guid Batch, long Items, long Labeled, long Tied, string ClosedBecause);

    /// <summary>Writes the table and gives the outputs of the activity that waited for it.</summary>
    /// <param name="folder">An empty folder of the caller's.</param>
    public static async Task<JsonElement> WriteAsync(
        LabelBatch batch, IReadOnlyList<LabelItem> items, IReadOnlyList<Annotation> annotations, IArtifactStore artifacts, string folder, CancellationToken cancel)
    {
        ILookup<int, Annotation> answers = annotations.ToLookup(a => a.Item);
        long labeled = 0, tied = 0;
        using (TableWriter writer = new(folder, Columns))
        {
            foreach (LabelItem item in items)
            {
                Consensus consensus = Consensus.Of(answers[item.Number]);
                labeled += (item.GoldJson ?? consensus.ValueJson) is null ? 0 : 1;
                tied += item.GoldJson is null && consensus.Disputed ? 1 : 0;
                Append(writer, batch.Question.Kind, item, consensus);
            }
            writer.Complete();
        }
        Outputs outputs = new(await artifacts.PutFolderAsync(folder, "table", cancel).ConfigureAwait(false),
            batch.Id, items.Count, labeled, tied, batch.ClosedBecause ?? "");
        return JsonSerializer.SerializeToElement(outputs, ActivityJson.Options);
    }

    private static void Append(TableWriter writer, LabelKind kind, LabelItem item, Consensus consensus)
    {
        RowBuffer row = writer.RowsFor(null);
        row.Text(0, item.Key);
        if ((item.GoldJson ?? consensus.ValueJson) is { } value)
            row.Text(1, LabelValue.Column(kind, value));
        else
            row.Missing(1);
        row.Int64(2, consensus.Votes);
        row.Int64(3, consensus.Answers);
        if (consensus.Answers > 0)
            row.Double(4, (double)consensus.Votes / consensus.Answers);
        else
            row.Missing(4);
        row.Text(5, item.GoldJson is not null ? "gold" : consensus switch { { Decided: true } => "adjudicated", { Answers: 0 } => "none", { ValueJson: null } => "tie", { Answers: 1 } => "single", _ => "majority" });
        writer.EndRow();
    }
}
