using System.Text;
using MLPlatform.Vlps.Rows;

namespace MLPlatform.Vlps.Training;

/// <summary>Which column holds the label, and what counts as 1.</summary>
/// <param name="Column">The column.</param>
/// <param name="Positive">
/// Values that mean 1, in canonical spelling; all others mean 0. Empty: the column holds 0 and 1, or booleans.
/// </param>
public sealed record LabelColumn(string Column, IReadOnlyList<string> Positive)
{
    private const int MostNamed = 5;
    private const long MostRowsRead = 1_000_000;

    private byte[][]? _positive;

    /// <summary>The label of a row.</summary>
    /// <param name="place">Where the rows stand in their table.</param>
    /// <exception cref="VlpsException">The value is missing, or neither 0 nor 1 where nothing says what counts as 1.</exception>
    public float Read(Column cells, int row, RowPlace place)
    {
        if (!cells.IsPresent(row))
            throw new VlpsException(VlpsProblem.Label, $"the label column '{Column}' is missing in {place.Of(row)}; drop such rows in a data.clean step");
        if (Positive.Count == 0 && cells.Kind is ColumnKind.Whole or ColumnKind.Boolean && cells.Whole(row) is 0 or 1)
            return cells.Whole(row);
        Span<byte> scratch = stackalloc byte[32];
        ReadOnlySpan<byte> value = cells.Canonical(row, scratch);
        if (Positive.Count == 0)
            return value.SequenceEqual("1"u8) || value.SequenceEqual("true"u8) ? 1f
                : value.SequenceEqual("0"u8) || value.SequenceEqual("false"u8) ? 0f
                : throw new VlpsException(VlpsProblem.Label,
                    $"the label column '{Column}' holds '{cells.Describe(row)}' in {place.Of(row)}, which is neither 0 nor 1; say which values count as 1 in 'positive'");
        foreach (byte[] positive in _positive ??= [.. Positive.Select(Encoding.UTF8.GetBytes)])
        {
            if (value.SequenceEqual(positive))
                return 1f;
        }
        return 0f;
    }

    /// <summary>What rows hold in this column, for whoever wonders why all labels are the same: the first few different values, and what counts as 1.</summary>
    /// <param name="rows">Rows with this column; a million of them say enough.</param>
    public string Describe(IEnumerable<ColumnBatch> rows)
    {
        var found = new List<string>();
        long read = 0;
        foreach (ColumnBatch batch in rows)
        {
            batch.Load(batch.IndexOf(Column));
            Column cells = batch[Column];
            for (int row = 0; row < batch.Rows && found.Count <= MostNamed; row++)
            {
                if (cells.IsPresent(row) && cells.Describe(row) is var value && !found.Contains(value))
                    found.Add(value);
            }
            read += batch.Rows;
            if (found.Count > MostNamed || read >= MostRowsRead)
                break;
        }
        string holds = $"the label column '{Column}' holds {Quoted(found)}{(found.Count == 1 ? " alone" : "")}";
        return Positive.Count == 0 ? holds : $"{holds}, and 'positive' says that {Quoted(Positive)} counts as 1";
    }

    private static string Quoted(IReadOnlyList<string> values) => values.Count == 0 ? "nothing"
        : string.Join(", ", values.Take(MostNamed).Select(v => $"'{v}'")) + (values.Count > MostNamed ? ", …" : "");
}
