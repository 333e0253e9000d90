using System.Globalization;
using MLPlatform.Activities.Training;
using MLPlatform.Vlps.Features;
using MLPlatform.Vlps.Models;
using MLPlatform.Vlps.Rows;
using MLPlatform.Vlps.Training;

namespace MLPlatform.Activities.Evaluation;

/// <summary>
/// The scores of one or more models on the rows of one table, with labels and groups: 5 bytes a row for one model, 8
/// more with groups, so exact figures need no more than <see cref="MaxRows"/> allows.
/// </summary>
internal sealed class ScoredRows
{
    /// <summary>Most rows that figures are computed over; beyond that a sample says as much.</summary>
    public const int MaxRows = 50_000_000;

    private ScoredRows(float[][] scores, byte[] labels, ulong[]? groups) => (Scores, Labels, Groups) = (scores, labels, groups);

    /// <summary>For each model, the probability of label 1 of every row.</summary>
    public float[][] Scores { get; }

    /// <summary>0 or 1.</summary>
    public byte[] Labels { get; }

    /// <summary>A hash of each row's group, where groups were asked for.</summary>
    public ulong[]? Groups { get; }

    /// <summary>Scores a table.</summary>
    /// <param name="models">Models; each reads the columns it knows.</param>
    /// <param name="files">The table's files.</param>
    /// <param name="label">The label.</param>
    /// <param name="groupBy">A column whose values are the groups, or null.</param>
    /// <param name="extra">More columns that <paramref name="scored"/> wants to see.</param>
    /// <param name="scored">Told each batch with the first model's scores and the labels, or null.</param>
    /// <param name="progress">Told the fraction done with words, or null.</param>
    public static ScoredRows Read(
        IReadOnlyList<ModelFolder> models, IReadOnlyList<string> files, LabelColumn label, string? groupBy,
        IReadOnlyList<string> extra, Action<ColumnBatch, float[], byte[]>? scored, Action<double, string>? progress, CancellationToken cancel)
    {
        int total = CountRows(files);
        float[][] scores = [.. models.Select(_ => new float[total])];
        var labels = new byte[total];
        ulong[]? groups = groupBy is null ? null : new ulong[total];
        string[] columns = [.. models.SelectMany(m => m.Columns), label.Column, .. extra, .. groupBy is null ? Array.Empty<string>() : [groupBy]];
        float[] batchScores = [];
        byte[] batchLabels = [];
        int at = 0;
        foreach (ColumnBatch batch in new ParquetRows(files, columns).Read())
        {
            cancel.ThrowIfCancellationRequested();
            if (batchScores.Length < batch.Rows)
                (batchScores, batchLabels) = (new float[batch.Rows], new byte[batch.Rows]);
            for (int m = models.Count - 1; m >= 0; m--) // The first model last: its scores stay for the caller.
            {
                models[m].Score(batch, batchScores);
                batchScores.AsSpan(0, batch.Rows).CopyTo(scores[m].AsSpan(at));
            }
            ReadLabels(label, batch, batchLabels, new RowPlace(at, null));
            batchLabels.AsSpan(0, batch.Rows).CopyTo(labels.AsSpan(at));
            if (groups is not null)
                ReadGroups(batch[groupBy!], groups.AsSpan(at, batch.Rows));
            scored?.Invoke(batch, batchScores, batchLabels);
            at += batch.Rows;
            progress?.Invoke(at / (double)total, string.Create(CultureInfo.InvariantCulture, $"{at} of {total} rows scored"));
        }
        return new ScoredRows(scores, labels, groups);
    }

    private static int CountRows(IReadOnlyList<string> files)
    {
        long rows = new ParquetRows(files, []).CountRows();
        return rows switch
        {
            0 => throw MlErrors.Bad("ML-005", "The table to evaluate on has no rows."),
            > MaxRows => throw MlErrors.Bad("ML-012", string.Create(CultureInfo.InvariantCulture,
                $"The table has {rows} rows; figures are computed over at most {MaxRows}. Evaluate on a sample (data.split or data.sql).")),
            _ => (int)rows,
        };
    }

    private static void ReadLabels(LabelColumn label, ColumnBatch batch, byte[] into, RowPlace place)
    {
        Column cells = batch[label.Column];
        for (int row = 0; row < batch.Rows; row++)
            into[row] = (byte)label.Read(cells, row, place);
    }

    private static void ReadGroups(Column cells, Span<ulong> into)
    {
        Span<byte> scratch = stackalloc byte[32];
        for (int row = 0; row < into.Length; row++)
            into[row] = cells.IsPresent(row) ? FeatureHash.Of(cells.Canonical(row, scratch)) : FeatureHash.Missing;
    }
}
