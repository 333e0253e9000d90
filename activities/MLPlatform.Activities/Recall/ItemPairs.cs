using System.Globalization;
using System.Runtime.InteropServices;
using MLPlatform.Activities.Evaluation;
using MLPlatform.Activities.Training;
using MLPlatform.Vlps;
using MLPlatform.Vlps.Rows;
using MLPlatform.Vlps.Training;

namespace MLPlatform.Activities.Recall;

/// <summary>Which items belong to which queries: what was found good, or what is not to be found again. 28 bytes a pair while it is read, 12 after.</summary>
internal sealed class ItemPairs
{
    private readonly ulong[] _queries;
    private readonly int[] _items;

    private ItemPairs(ulong[] queries, int[] items) => (_queries, _items) = (queries, items);

    /// <param name="input">The name of the table among the inputs.</param>
    /// <param name="files">The table's files.</param>
    /// <param name="query">The column with the query's key.</param>
    /// <param name="item">The column with the item's key.</param>
    /// <param name="label">Only rows with label 1 count; null: all do.</param>
    /// <param name="catalogue">Numbers items.</param>
    public static ItemPairs Read(
        string input, IReadOnlyList<string> files, string query, string item, LabelColumn? label, ItemCatalogue catalogue, CancellationToken cancel)
    {
        List<(ulong Query, ulong Item)> pairs = [];
        long before = 0;
        try
        {
            foreach (ColumnBatch batch in new ParquetRows(files, label is null ? [query, item] : [query, item, label.Column]).Read())
            {
                cancel.ThrowIfCancellationRequested();
                Add(batch, query, item, label, new RowPlace(before, input), pairs);
                before += batch.Rows;
                if (pairs.Count > ScoredRows.MaxRows)
                {
                    throw MlErrors.Bad("ML-012", string.Create(CultureInfo.InvariantCulture,
                        $"The input '{input}' has more than {ScoredRows.MaxRows} pairs. Take a sample of the queries (data.split or data.sql)."));
                }
            }
        }
        catch (VlpsException problem) when (problem.Problem == VlpsProblem.MissingColumn)
        {
            throw MlErrors.Bad(problem.Code, $"The input '{input}' does not fit: {problem.Message}.", problem);
        }
        return Of(pairs, catalogue);
    }

    private static void Add(ColumnBatch batch, string query, string item, LabelColumn? label, RowPlace place, List<(ulong Query, ulong Item)> pairs)
    {
        (Column queries, Column items, Column? labels) = (batch[query], batch[item], label is null ? null : batch[label.Column]);
        for (int row = 0; row < batch.Rows; row++)
        {
            if (queries.IsPresent(row) && items.IsPresent(row) && (labels is null || (labels.IsPresent(row) && label!.Read(labels, row, place) > 0)))
                pairs.Add((KeyHashes.Of(queries, row), KeyHashes.Of(items, row)));
        }
    }

    private static ItemPairs Of(List<(ulong Query, ulong Item)> pairs, ItemCatalogue catalogue)
    {
        pairs.Sort();
        ulong[] queries = new ulong[pairs.Count];
        int[] items = new int[pairs.Count];
        int count = 0;
        Span<(ulong Query, ulong Item)> sorted = CollectionsMarshal.AsSpan(pairs);
        for (int i = 0; i < sorted.Length; i++)
        {
            if (i == 0 || sorted[i] != sorted[i - 1])
                (queries[count], items[count++]) = (sorted[i].Query, catalogue.NumberOf(sorted[i].Item));
        }
        var made = new ItemPairs(queries[..count], items[..count]);
        for (int first = 0; first < count;)
        {
            int end = first + made.Of(queries[first]).Length;
            Array.Sort(made._items, first, end - first);
            first = end;
        }
        return made;
    }

    /// <summary>The items of a query, each once, by number; those that are not in the catalogue are -1, as often as there are such.</summary>
    public ReadOnlySpan<int> Of(ulong query)
    {
        int first = Bound(query, inclusive: false), end = Bound(query, inclusive: true);
        return _items.AsSpan(first, end - first);
    }

    // How many queries are below this one, or not above it.
    private int Bound(ulong query, bool inclusive)
    {
        int low = 0, high = _queries.Length;
        while (low < high)
        {
            int middle = (low + high) >>> 1;
            if (_queries[middle] < query || (inclusive && _queries[middle] == query))
                low = middle + 1;
            else
                high = middle;
        }
        return low;
    }
}
