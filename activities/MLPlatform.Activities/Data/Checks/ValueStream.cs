using MLPlatform.Activities.Tables;

namespace MLPlatform.Activities.Data.Checks;

/// <summary>
/// Streams the values of a column with their counts. Few different values are grouped by DuckDB; of many the hash table
/// would be larger than the memory, so numbers are sorted, which spills well, and equal neighbours counted here, and texts
/// are grouped in several passes, each over those whose hash falls to it.
/// </summary>
internal sealed class ValueStream(DuckSession session, CancellationToken cancel)
{
    /// <summary>Different values that one pass groups; tests lower it.</summary>
    public long MostGroups { get; init; } = 1_000_000;

    /// <param name="values">Queries with the columns v, own and other, each of a table; v without missing values.</param>
    /// <param name="read">The number in a row of the result.</param>
    public void Ordered(IReadOnlyList<string> values, Func<DuckVectors.Vector, int, Number> read, Action<Number, long, long> take)
    {
        string all = string.Join(" UNION ALL ", values);
        bool few = Distinct(all) <= MostGroups;
        string sql = few ? $"SELECT v, sum(own)::BIGINT, sum(other)::BIGINT FROM ({all}) GROUP BY v ORDER BY v" : $"SELECT v, own, other FROM ({all}) ORDER BY v";
        (Number Value, long Own, long Other)? held = null;
        session.Read(sql, (vectors, rows) =>
        {
            for (int row = 0; row < rows; row++)
            {
                Number value = read(vectors[0], row);
                (long own, long other) = (vectors[1].Int64(row), vectors[2].Int64(row));
                if (held is { } same && same.Value == value)
                {
                    held = (value, same.Own + own, same.Other + other);
                    continue;
                }
                if (held is { } before)
                    take(before.Value, before.Own, before.Other);
                held = (value, own, other);
            }
        }, cancel);
        if (held is { } last)
            take(last.Value, last.Own, last.Other);
    }

    /// <summary>The same for texts, in no order.</summary>
    public void Unordered(IReadOnlyList<string> values, Action<DuckVectors.Vector, int, long, long> take)
    {
        string all = string.Join(" UNION ALL ", values);
        long passes = 1 + Distinct(all) / MostGroups;
        for (long pass = 0; pass < passes; pass++)
        {
            string share = passes == 1 ? "" : FormattableString.Invariant($"WHERE hash(v) % {passes} = {pass}");
            session.Read($"SELECT v, sum(own)::BIGINT, sum(other)::BIGINT FROM ({all}) {share} GROUP BY v", (vectors, rows) =>
            {
                for (int row = 0; row < rows; row++)
                    take(vectors[0], row, vectors[1].Int64(row), vectors[2].Int64(row));
            }, cancel);
        }
    }

    // An estimate is good enough to choose the way by: every way gives the same figures.
    private long Distinct(string values) => session.Count($"SELECT approx_count_distinct(v) FROM ({values})");
}
