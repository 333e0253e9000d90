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
    private byte[][]? _positive;

    /// <summary>The label of a row, or null where it is missing.</summary>
    /// <exception cref="VlpsException">The value is neither 0 nor 1, and nothing says what counts as 1.</exception>
    public float? Read(Column cells, int row)
    {
        if (!cells.IsPresent(row))
            return null;
        if (Positive.Count == 0 && cells.Kind is ColumnKind.Whole or ColumnKind.Boolean && cells.Whole(row) is 0 or 1)
            return cells.Whole(row);
        Span<byte> scratch = stackalloc byte[32];
        ReadOnlySpan<byte> value = cells.Canonical(row, scratch);
        if (Positive.Count == 0)
            return value.SequenceEqual("1"u8) || value.SequenceEqual("true"u8) ? 1f
                : value.SequenceEqual("0"u8) || value.SequenceEqual("false"u8) ? 0f
                : throw new VlpsException(VlpsProblem.Label,
                    $"the label column '{Column}' holds '{cells.Describe(row)}', which is neither 0 nor 1; say which values count as 1 in 'positive'");
        foreach (byte[] positive in _positive ??= [.. Positive.Select(Encoding.UTF8.GetBytes)])
        {
            if (value.SequenceEqual(positive))
                return 1f;
        }
        return 0f;
    }
}
