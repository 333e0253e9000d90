using MLPlatform.Activities.Tables;

namespace MLPlatform.Activities.Data.Checks;

/// <summary>
/// Streams the values of a column with their counts, exactly. Few different values are grouped by DuckDB; of many its hash
/// table would be larger than the memory, so they are read once, as they lie, and sorted or counted through files.
/// </summary>
internal sealed class ValueStream(DuckSession session, CancellationToken cancel)
{
    // DuckDB's own memory is used while values are read, so what is held beside it must be small against it.
    private readonly long _memory = session.MemoryLimit / 16;
    private int _folders;

    /// <summary>Different values that DuckDB groups; tests lower it.</summary>
    public long MostGroups { get; init; } = Math.Clamp(session.MemoryLimit / 512, 10_000, 1_000_000);

    /// <summary>Bytes that are held before they go to files; tests lower it.</summary>
    public long? Memory { get; init; }

    /// <summary>The numbers of a column of this type, in ascending order.</summary>
    /// <param name="values">Queries with the columns v, own and other, each of a table; v without missing values.</param>
    public void Ordered(IReadOnlyList<string> values, ColumnType type, Action<Number, long, long> take)
    {
        string all = string.Join(" UNION ALL ", values);
        if (Distinct(all) <= MostGroups)
        {
            session.Read($"SELECT v, sum(own)::BIGINT, sum(other)::BIGINT FROM ({all}) GROUP BY v ORDER BY v", (vectors, rows) =>
            {
                for (int row = 0; row < rows; row++)
                    take(CheckColumns.NumberOf(vectors[0], row, type), vectors[1].Int64(row), vectors[2].Int64(row));
            }, cancel);
            return;
        }
        string folder = NewFolder();
        using (NumberSort sort = new(folder, Memory ?? _memory))
        {
            Func<Number, long> key = type == ColumnType.Double ? n => NumberSort.Key(n.Double) : n => n.Whole;
            Func<long, Number> number = type == ColumnType.Double ? k => new Number(NumberSort.Double(k), 0) : k => new Number(k, k);
            Read(values, (in vector, row, own) => sort.Add(key(CheckColumns.NumberOf(vector, row, type)), own));
            sort.Merge((found, own, other) => take(number(found), own, other));
        }
        Directory.Delete(folder);
    }

    /// <summary>The same for texts, in no order.</summary>
    public void Unordered(IReadOnlyList<string> values, TextCounts.TakeText take)
    {
        string all = string.Join(" UNION ALL ", values);
        if (Distinct(all) <= MostGroups)
        {
            session.Read($"SELECT v, sum(own)::BIGINT, sum(other)::BIGINT FROM ({all}) GROUP BY v", (vectors, rows) =>
            {
                for (int row = 0; row < rows; row++)
                    take(vectors[0].Text(row), vectors[1].Int64(row), vectors[2].Int64(row));
            }, cancel);
            return;
        }
        string folder = NewFolder();
        using (TextSpill spill = new(folder, Memory ?? _memory))
        {
            Read(values, (in vector, row, own) => spill.Add(vector.Text(row), own));
            spill.Complete(take, cancel);
        }
        Directory.Delete(folder);
    }

    private void Read(IReadOnlyList<string> values, TakeValue take)
    {
        foreach (string query in values)
        {
            session.Read(query, (vectors, rows) =>
            {
                for (int row = 0; row < rows; row++)
                    take(vectors[0], row, vectors[1].Int64(row) != 0);
            }, cancel);
        }
    }

    private string NewFolder() => Directory.CreateDirectory(Path.Combine(session.Folder, $"values-{_folders++}")).FullName;

    // An estimate is good enough to choose the way by: both ways give the same figures.
    private long Distinct(string values) => session.Count($"SELECT approx_count_distinct(v) FROM ({values})");

    private delegate void TakeValue(in DuckVectors.Vector vector, int row, bool own);
}
