namespace MLPlatform.Core.Lineage;

/// <summary>What a column of an input was used for; the words are those of OpenLineage.</summary>
public enum ColumnUse
{
    /// <summary>Taken as it is.</summary>
    Identity,

    /// <summary>Changed, or one of several that the value is computed from.</summary>
    Transformation,

    /// <summary>Many rows make one value.</summary>
    Aggregation,

    /// <summary>Says which rows belong together.</summary>
    Join,

    /// <summary>Says which rows make a group.</summary>
    GroupBy,

    /// <summary>Says which rows are left.</summary>
    Filter,

    /// <summary>Says by their order which rows are left.</summary>
    Sort,

    /// <summary>Says which rows around it a value looks at.</summary>
    Window,

    /// <summary>Says which of several values is taken.</summary>
    Conditional,
}

/// <summary>Which columns of the inputs the columns of an output were made of.</summary>
/// <param name="Columns">In their order. One made of nothing, such as a constant or a row's number, has no sources.</param>
/// <param name="Rows">What decides which rows there are. Of an output that is no table, such as a model: what it was made of.</param>
public sealed record ColumnLineage(IReadOnlyList<MadeColumn> Columns, IReadOnlyList<ColumnSource> Rows)
{
    /// <summary>Columns that are those of an input, row for row or some of its rows.</summary>
    public static ColumnLineage Same(string? input, IEnumerable<string> columns) =>
        new([.. columns.Select(c => new MadeColumn(c, [new ColumnSource(input, c, ColumnUse.Identity)]))], []);
}

/// <param name="Name">The column of the output.</param>
public sealed record MadeColumn(string Name, IReadOnlyList<ColumnSource> From);

/// <summary>A column that something was made of.</summary>
/// <param name="Input">The path of the input with the table: <c>table</c>, <c>tables.orders</c>, <c>groups[0].features</c>; null for the files outside the platform that were read.</param>
/// <param name="Column">The name there.</param>
public sealed record ColumnSource(string? Input, string Column, ColumnUse Use)
{
    /// <summary>Whether its values are in the result, not only its say about them.</summary>
    public bool IsDirect => Use <= ColumnUse.Aggregation;
}
