namespace MLPlatform.Vlps.Training;

/// <summary>Where the rows of a batch stand in their table, to tell which of them is wrong.</summary>
/// <param name="Before">Rows of the table before the batch.</param>
/// <param name="Table">What the table is called; null where there is one only.</param>
public readonly record struct RowPlace(long Before, string? Table)
{
    /// <summary>A row of the batch in words, counted from 1 over all files of the table.</summary>
    public string Of(int row) => FormattableString.Invariant($"row {Before + row + 1} of the table{(Table is null ? "" : $" '{Table}'")}");
}
