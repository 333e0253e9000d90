using System.Globalization;
using MLPlatform.Activities.Tables;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Artifacts;
using MLPlatform.Vlps.Metrics;

namespace MLPlatform.Activities.Replay;

/// <summary>One step of a replay: how both models did on it, and whether a new one took over after it.</summary>
/// <param name="Number">From 0, the first step of the table.</param>
/// <param name="From">Where it begins, in UTC.</param>
/// <param name="FrozenAuc">Of the model that stays; null where the step has one class only.</param>
/// <param name="RetrainedAuc">Of the champion at its time.</param>
/// <param name="Age">Steps between this one and the newest that the champion had learned from.</param>
/// <param name="Promoted">Whether a model that was trained after this step took over for the next.</param>
/// <param name="Why">What the gate said.</param>
internal sealed record ReplayStep(
    int Number, DateTimeOffset From, long Rows, long Positives, double? FrozenAuc, double? RetrainedAuc,
    double FrozenLogLoss, double RetrainedLogLoss, int Age, bool Promoted, string Why)
{
    public double Rate => Positives / (double)Rows;

    public static ReplayStep Of(int number, DateTimeOffset from, byte[] labels, float[] frozen, float[] retrained, int age, bool promoted, string why) => new(
        number, from, labels.Length, labels.Sum(l => (long)l), Auc(frozen, labels), Auc(retrained, labels), Loss(frozen, labels), Loss(retrained, labels), age, promoted, why);

    private static double? Auc(float[] scores, byte[] labels) => Ranking.Auc(scores, labels);

    private static double Loss(float[] scores, byte[] labels)
    {
        double loss = 0;
        for (int i = 0; i < scores.Length; i++)
            loss += Losses.LogLoss(scores[i], labels[i]);
        return loss / scores.Length;
    }
}

/// <summary>The steps of a replay as a table.</summary>
internal static class ReplaySteps
{
    private static readonly TableColumn[] Columns =
    [
        new("from", ColumnType.Timestamp), new("rows", ColumnType.Int64), new("positives", ColumnType.Int64),
        new("frozenAuc", ColumnType.Double), new("retrainedAuc", ColumnType.Double), new("frozenLogLoss", ColumnType.Double),
        new("retrainedLogLoss", ColumnType.Double), new("age", ColumnType.Int64), new("promoted", ColumnType.Bool), new("why", ColumnType.String),
    ];

    public static async Task<ArtifactRef> WriteAsync(IReadOnlyList<ReplayStep> steps, ActivityContext context, CancellationToken cancel)
    {
        string folder = Path.Combine(context.ScratchFolder, "table");
        using (TableWriter writer = new(folder, Columns))
        {
            foreach (ReplayStep step in steps)
            {
                RowBuffer row = writer.RowsFor(null);
                row.Int64(0, (step.From - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond);
                row.Int64(1, step.Rows);
                row.Int64(2, step.Positives);
                Append(row, 3, step.FrozenAuc);
                Append(row, 4, step.RetrainedAuc);
                row.Double(5, step.FrozenLogLoss);
                row.Double(6, step.RetrainedLogLoss);
                row.Int64(7, step.Age);
                row.Bool(8, step.Promoted);
                row.Text(9, step.Why);
                writer.EndRow();
            }
            writer.Complete();
        }
        return await context.Artifacts.PutFolderAsync(folder, "table", cancel).ConfigureAwait(false);
    }

    private static void Append(RowBuffer row, int column, double? value)
    {
        if (value is { } number)
            row.Double(column, number);
        else
            row.Missing(column);
    }
}
