using MLPlatform.Vlps.Metrics;
using MLPlatform.Vlps.Rows;

namespace MLPlatform.Activities.Evaluation;

/// <summary>Candidate and champion on the rows that have one value in one column.</summary>
/// <param name="Column">The column.</param>
/// <param name="Value">The value.</param>
/// <param name="Rows">Rows of the slice.</param>
/// <param name="Comparison">How both do on them.</param>
internal sealed record SliceComparison(string Column, string Value, int Rows, PairedComparison Comparison)
{
    public string Name => $"{Column} = {Value}";

    /// <summary>
    /// The whole interval lies beyond the tolerance: a slice has few rows, and of many slices some look worse by luck, so
    /// doubt is for the candidate here, where over all rows it is against it.
    /// </summary>
    public bool RegressesBeyond(double tolerance) => Comparison.High < -tolerance;
}

/// <summary>Which rows have which value in the columns to slice by, gathered while the rows are scored.</summary>
internal sealed class SliceRows(IReadOnlyList<string> columns)
{
    /// <summary>Values of a column that are told apart; rows of later ones are in no slice.</summary>
    public const int MaxValues = 1000;

    private readonly Dictionary<string, List<int>>[] _rows = [.. columns.Select(_ => new Dictionary<string, List<int>>(StringComparer.Ordinal))];
    private int _seen;

    public void Add(ColumnBatch batch)
    {
        for (int c = 0; c < columns.Count; c++)
        {
            Column cells = batch[columns[c]];
            for (int row = 0; row < batch.Rows; row++)
            {
                string value = cells.Describe(row);
                if (!_rows[c].TryGetValue(value, out List<int>? rows))
                {
                    if (_rows[c].Count == MaxValues)
                        continue;
                    _rows[c].Add(value, rows = []);
                }
                rows.Add(_seen + row);
            }
        }
        _seen += batch.Rows;
    }

    /// <summary>Slices with at least so many rows, and both classes among them; largest first within a column.</summary>
    public IEnumerable<(string Column, string Value, int[] Rows)> Large(int minRows, byte[] labels)
    {
        for (int c = 0; c < columns.Count; c++)
        {
            foreach ((string value, List<int> rows) in _rows[c].OrderByDescending(s => s.Value.Count).ThenBy(s => s.Key, StringComparer.Ordinal))
            {
                if (rows.Count >= minRows && rows.Exists(r => labels[r] == 1) && rows.Exists(r => labels[r] == 0))
                    yield return (columns[c], value, [.. rows]);
            }
        }
    }
}
