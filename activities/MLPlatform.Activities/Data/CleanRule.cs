using System.ComponentModel;
using System.Text.Json;
using MLPlatform.Activities.Tables;

namespace MLPlatform.Activities.Data;

/// <summary>
/// One rule of data.clean: exactly one of its keys besides <c>name</c>. Rules that reject look at rows as the rules
/// before them left them; every rule looks at every row, so one row may have several reasons.
/// </summary>
public sealed record CleanRule
{
    [Description("The reason that rejected rows get and the report counts; rules of the same name count together. Default: the rule's key. Needed for where and reject.")]
    public string? Name { get; init; }

    [Description("true: reject rows that equal an earlier row in all columns.")]
    public bool? DropDuplicates { get; init; }

    [Description("Reject rows that equal an earlier row in these columns.")]
    public IReadOnlyList<string>? DropDuplicatesBy { get; init; }

    [Description("Reject rows without a value in one of these columns; text of blanks alone is no value.")]
    public IReadOnlyList<string>? Required { get; init; }

    [Description("Keep rows for which this SQL condition is true; reject others.")]
    public string? Where { get; init; }

    [Description("Reject rows for which this SQL condition is true.")]
    public string? Reject { get; init; }

    [Description("Reject rows whose value lies outside a range; missing values pass.")]
    public RangeRule? Range { get; init; }

    [Description("Reject rows whose value is not one of a list; missing values pass.")]
    public OneOfRule? OneOf { get; init; }

    [Description("Reject rows whose whole text does not match a regular expression (RE2); missing values pass.")]
    public MatchesRule? Matches { get; init; }

    [Description("Drop blanks around the text of these columns.")]
    public IReadOnlyList<string>? Trim { get; init; }

    [Description("Turn the text of these columns to lower case.")]
    public IReadOnlyList<string>? Lower { get; init; }

    [Description("Turn the text of these columns to upper case.")]
    public IReadOnlyList<string>? Upper { get; init; }

    [Description("Replace whole texts of a column by others.")]
    public ReplaceRule? Replace { get; init; }

    [Description("Give missing values of a column a value.")]
    public FillRule? Fill { get; init; }

    [Description("Change a column's type; reject rows whose value does not fit exactly.")]
    public CastRule? Cast { get; init; }

    [Description("New names of columns, by the old name.")]
    public IReadOnlyDictionary<string, string>? Rename { get; init; }

    public sealed record RangeRule
    {
        [Description("The column.")]
        public required string Column { get; init; }

        [Description("The smallest value that is kept. Default: no limit.")]
        public JsonElement? Min { get; init; }

        [Description("The largest value that is kept. Default: no limit.")]
        public JsonElement? Max { get; init; }
    }

    public sealed record OneOfRule
    {
        [Description("The column.")]
        public required string Column { get; init; }

        [Description("The values that are kept.")]
        public required IReadOnlyList<JsonElement> Values { get; init; }
    }

    public sealed record MatchesRule
    {
        [Description("The text column.")]
        public required string Column { get; init; }

        [Description("A regular expression for the whole text.")]
        public required string Pattern { get; init; }
    }

    public sealed record ReplaceRule
    {
        [Description("The text column.")]
        public required string Column { get; init; }

        [Description("New texts, by the old text; null makes the value missing.")]
        public required IReadOnlyDictionary<string, string?> Map { get; init; }
    }

    public sealed record FillRule
    {
        [Description("The column.")]
        public required string Column { get; init; }

        [Description("The value to put where there is none.")]
        public required JsonElement Value { get; init; }
    }

    public sealed record CastRule
    {
        [Description("The column.")]
        public required string Column { get; init; }

        [Description("The new type.")]
        public required ColumnType Type { get; init; }

        [Description("How instants are written, in strptime's notation, for example %d/%m/%Y. Default: ISO 8601.")]
        public string? Format { get; init; }
    }
}
