using MLPlatform.Activities.Tables;
using ParquetSharp;

namespace MLPlatform.Activities.Recall;

/// <summary>Writes what was found as a table: the query's key, place, the item's key, score; a row for each item of each query.</summary>
internal sealed class FoundWriter(string folder, ItemCatalogue catalogue) : IDisposable
{
    public const string RankColumn = "rank", ScoreColumn = "score";

    private ParquetFileWriter? _file;

    /// <param name="queries">The keys of some queries.</param>
    /// <param name="rows">How many.</param>
    /// <param name="items">The items of each, the best first; -1 where there are no more.</param>
    /// <param name="scores">Their products.</param>
    public void Write(MLPlatform.Vlps.Rows.Column queries, int rows, ReadOnlySpan<int> items, ReadOnlySpan<float> scores)
    {
        _file ??= CellColumns.Open(folder, CellColumns.Declare(queries), new Column<int>(RankColumn), CellColumns.Declare(catalogue.Keys), new Column<float>(ScoreColumn));
        int most = items.Length / rows, count = items.Length - items.Count(-1);
        (int[] query, int[] rank, int[] item, float[] score) = (new int[count], new int[count], new int[count], new float[count]);
        for (int i = 0, at = 0; i < items.Length; i++)
        {
            if (items[i] < 0)
                continue;
            (query[at], rank[at], item[at], score[at++]) = (i / most, (i % most) + 1, items[i], scores[i]);
        }
        using RowGroupWriter group = _file.AppendRowGroup();
        CellColumns.Write(group, queries, query);
        CellColumns.Write(group, rank);
        CellColumns.Write(group, catalogue.Keys, item);
        CellColumns.Write(group, score);
    }

    public void Close()
    {
        _file?.Close();
        Dispose();
    }

    public void Dispose()
    {
        _file?.Dispose();
        _file = null;
    }
}
