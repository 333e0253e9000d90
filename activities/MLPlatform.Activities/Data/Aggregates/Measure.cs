using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;

namespace MLPlatform.Activities.Data.Aggregates;

/// <summary>One measure of data.aggregate: exactly one of its keys besides <c>name</c> and <c>where</c>. Missing values count in none.</summary>
public sealed record Measure
{
    [MinLength(1)]
    [Description("The name of the result's column.")]
    public required string Name { get; init; }

    [Description("Take only rows for which this SQL condition is true. Default: all.")]
    public string? Where { get; init; }

    [Description("true: count rows.")]
    public bool? Count { get; init; }

    [Description("Count the rows with a value in this column.")]
    public string? CountOf { get; init; }

    [Description("The sum of a column of numbers.")]
    public string? Sum { get; init; }

    [Description("The mean of a column of numbers.")]
    public string? Mean { get; init; }

    [Description("The smallest value of a column.")]
    public string? Min { get; init; }

    [Description("The largest value of a column.")]
    public string? Max { get; init; }

    [Description("How many different values a column has, exactly.")]
    public string? Distinct { get; init; }

    [Description("A quantile of a column: the smallest value up to which at least the given share of the values lies.")]
    public QuantileMeasure? Quantile { get; init; }

    [Description("The most frequent values of a column with their counts, as a JSON text; of equally frequent ones the smaller.")]
    public TopMeasure? Top { get; init; }

    public sealed record QuantileMeasure
    {
        [Description("The column: numbers or timestamps.")]
        public required string Column { get; init; }

        [Range(0.0, 1.0)]
        [Description("The share; 0.5 is the median.")]
        public required double Share { get; init; }
    }

    public sealed record TopMeasure
    {
        [Description("The column.")]
        public required string Column { get; init; }

        [Range(1, 1000)]
        [Description("How many values. Default: 10.")]
        public int Most { get; init; } = 10;
    }
}

/// <summary>Windows of time that rows are grouped by.</summary>
public sealed record TimeWindow
{
    [Description("The timestamp column. Rows without a value are in no window.")]
    public required string Column { get; init; }

    [Description("How long a window is, as an ISO 8601 duration. Either this or calendar.")]
    public TimeSpan? Size { get; init; }

    [Description("How far apart windows start; size must be a multiple of it, and a row is in size / every windows. Default: size, so that every row is in one.")]
    public TimeSpan? Every { get; init; }

    [Description("Windows of the calendar in UTC instead of a size.")]
    public CalendarUnit? Calendar { get; init; }

    [Description("The column with the window's start. Default: window.")]
    public string Name { get; init; } = "window";
}

/// <summary>Windows of the calendar, in UTC.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<CalendarUnit>))]
public enum CalendarUnit
{
    /// <summary>Monday to Sunday.</summary>
    [JsonStringEnumMemberName("week")] Week,
    [JsonStringEnumMemberName("month")] Month,
    [JsonStringEnumMemberName("quarter")] Quarter,
    [JsonStringEnumMemberName("year")] Year,
}
