using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;
using MLPlatform.Activities.Tables;
using MLPlatform.Core.Artifacts;

namespace MLPlatform.Activities.Data.Checks;

/// <summary>What a broken expectation does.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<Severity>))]
public enum Severity
{
    /// <summary>The activity fails.</summary>
    [JsonStringEnumMemberName("blocking")] Blocking,

    /// <summary>The report says so, and the run goes on.</summary>
    [JsonStringEnumMemberName("warning")] Warning,
}

/// <summary>
/// One expectation of data.check: exactly one of its keys besides <c>name</c>, <c>severity</c> and <c>maxFraction</c>.
/// A column that is not there breaks every expectation about it.
/// </summary>
public sealed record Expectation
{
    [Description("What the report calls it. Default: the key and its columns. Needed for where.")]
    public string? Name { get; init; }

    [Description("What happens where it is broken: blocking fails the activity, warning is reported. Default: blocking.")]
    public Severity Severity { get; init; } = Severity.Blocking;

    [Range(0.0, 1.0)]
    [Description("The largest fraction of the rows that may break it; for expectations about rows. Default: 0.")]
    public double MaxFraction { get; init; }

    [Description("The table has these columns.")]
    public SchemaRule? Schema { get; init; }

    [Description("Every row has a value in these columns.")]
    public IReadOnlyList<string>? NotNull { get; init; }

    [Description("Values lie in a range; missing values pass.")]
    public CleanRule.RangeRule? Range { get; init; }

    [Description("Values are of a list; missing values pass.")]
    public CleanRule.OneOfRule? OneOf { get; init; }

    [Description("Whole texts match a regular expression (RE2); missing values pass.")]
    public CleanRule.MatchesRule? Matches { get; init; }

    [Description("This SQL condition is true for every row.")]
    public string? Where { get; init; }

    [Description("No two rows are equal in these columns; a missing value equals another missing one. Every row after the first of a kind breaks it.")]
    public IReadOnlyList<string>? Unique { get; init; }

    [Description("Values occur in another table; rows with a missing value pass.")]
    public ReferencesRule? References { get; init; }

    [Description("The latest instant is not too old.")]
    public FreshRule? Fresh { get; init; }

    [Description("The number of rows.")]
    public VolumeRule? Volume { get; init; }

    [Description("Columns are distributed as in the reference table.")]
    public DriftRule? Drift { get; init; }

    public sealed record SchemaRule
    {
        [Description("The columns and their types. Default: those of the reference table.")]
        public IReadOnlyList<SchemaColumn>? Columns { get; init; }

        [Description("Whether further columns break it. Default: false.")]
        public bool Exact { get; init; }
    }

    public sealed record SchemaColumn
    {
        [Description("The column's name.")]
        public required string Name { get; init; }

        [Description("Its type. Default: any.")]
        public ColumnType? Type { get; init; }
    }

    public sealed record ReferencesRule
    {
        [MinLength(1)]
        [Description("The columns.")]
        public required IReadOnlyList<string> Columns { get; init; }

        [Description("The table that holds every allowed value.")]
        public required ArtifactRef Table { get; init; }

        [Description("The columns there, in the same order. Default: of the same names.")]
        public IReadOnlyList<string>? TableColumns { get; init; }
    }

    public sealed record FreshRule
    {
        [Description("The timestamp column.")]
        public required string Column { get; init; }

        [Description("How long before asOf its latest instant may lie, as an ISO 8601 duration.")]
        public required TimeSpan MaxAge { get; init; }
    }

    public sealed record VolumeRule
    {
        [Range(0, long.MaxValue, ErrorMessage = "{0} must be at least 0.")]
        [Description("The smallest number of rows. Default: no limit.")]
        public long? Min { get; init; }

        [Range(0, long.MaxValue, ErrorMessage = "{0} must be at least 0.")]
        [Description("The largest number of rows. Default: no limit.")]
        public long? Max { get; init; }

        [Range(0.0, double.MaxValue, ErrorMessage = "{0} must be at least 0.")]
        [Description("The smallest ratio of rows to rows of the reference table. Default: no limit.")]
        public double? MinRatio { get; init; }

        [Range(0.0, double.MaxValue, ErrorMessage = "{0} must be at least 0.")]
        [Description("The largest ratio of rows to rows of the reference table. Default: no limit.")]
        public double? MaxRatio { get; init; }
    }

    public sealed record DriftRule
    {
        [MinLength(1)]
        [Description("The columns to compare.")]
        public required IReadOnlyList<string> Columns { get; init; }

        [Range(0.0, 1000.0)]
        [Description("The largest population stability index. 0.1 is often called a small change, 0.25 a large one. Default: 0.2; null asks for none.")]
        public double? MaxPsi { get; init; } = 0.2;

        [Range(0.0, 1.0)]
        [Description("The largest Kolmogorov-Smirnov distance, for numbers and timestamps. Default: no limit.")]
        public double? MaxKs { get; init; }

        [Range(2, 100)]
        [Description("Bins of the index, cut at the reference's quantiles. Default: 10.")]
        public int Bins { get; init; } = 10;
    }
}
