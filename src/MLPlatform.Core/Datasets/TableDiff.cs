using System.Text.Json.Nodes;

namespace MLPlatform.Core.Datasets;

/// <summary>Some rows of a table, for people.</summary>
/// <param name="Rows">Each row's values by column: text, numbers, truth values, instants as text, null where missing.</param>
public sealed record TablePreview(IReadOnlyList<string> Columns, IReadOnlyList<IReadOnlyList<JsonNode?>> Rows);

/// <summary>How two versions of a table differ.</summary>
/// <param name="ByKey">Rows by key; absent where no keys are declared.</param>
/// <param name="Columns">Columns of either version, those of the newer one first.</param>
public sealed record TableDiff(long RowsFrom, long RowsTo, KeyDiff? ByKey, IReadOnlyList<ColumnDiff> Columns);

/// <summary>Rows told apart by their key.</summary>
/// <param name="Added">Keys that only the newer version has.</param>
/// <param name="Removed">Keys that only the older version has.</param>
/// <param name="Changed">Keys of both whose other common columns differ.</param>
/// <param name="RepeatedKeys">Keys that occur more than once in a version; they count as one row.</param>
/// <param name="Examples">A few keys of each kind.</param>
public sealed record KeyDiff(long Added, long Removed, long Changed, long RepeatedKeys, KeyExamples Examples);

/// <summary>A few keys of each kind; the parts of a key with ' / ' between them.</summary>
public sealed record KeyExamples(IReadOnlyList<string> Added, IReadOnlyList<string> Removed, IReadOnlyList<string> Changed);

/// <summary>A column in both versions; absent where a version lacks it.</summary>
public sealed record ColumnDiff(string Name, ColumnSummary? From, ColumnSummary? To);

/// <summary>A column in a few figures.</summary>
/// <param name="Distinct">About how many different values.</param>
/// <param name="Mean">Of numbers.</param>
public sealed record ColumnSummary(long Missing, long Distinct, string? Least, string? Greatest, double? Mean);

/// <summary>A table at a glance.</summary>
/// <param name="Columns">In the table's order; the first 200.</param>
/// <param name="Preview">The first rows.</param>
public sealed record TableProfile(long Rows, IReadOnlyList<ColumnProfile> Columns, TablePreview Preview);

/// <summary>A column of a table.</summary>
/// <param name="Type">As SQL names it.</param>
public sealed record ColumnProfile(string Name, string Type, ColumnSummary Summary);
