using MLPlatform.Vlps.Rows;

namespace MLPlatform.Vlps.Training;

/// <summary>Which columns of a batch are read by which part of the work: those of one part alone it may read itself, when it is their turn.</summary>
internal sealed class ColumnParts
{
    /// <param name="batch">Any batch of the rows.</param>
    /// <param name="columns">Of each part, the columns that it needs.</param>
    public ColumnParts(ColumnBatch batch, IReadOnlyList<IEnumerable<string>> columns)
    {
        int[][] needed = [.. columns.Select(names => names.Distinct(StringComparer.Ordinal).Select(batch.IndexOf).ToArray())];
        int[] users = new int[batch.Columns.Count];
        foreach (int column in needed.SelectMany(n => n))
            users[column]++;
        Own = [.. needed.Select(part => part.Where(column => users[column] == 1).ToArray())];
        Shared = [.. Enumerable.Range(0, users.Length).Where(column => users[column] != 1)];
    }

    /// <summary>Of each part, the columns that no other needs.</summary>
    public IReadOnlyList<IReadOnlyList<int>> Own { get; }

    /// <summary>All others.</summary>
    public IReadOnlyList<int> Shared { get; }
}
