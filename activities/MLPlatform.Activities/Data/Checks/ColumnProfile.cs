using System.Text.Json;
using System.Text.Json.Serialization;

namespace MLPlatform.Activities.Data.Checks;

/// <summary>What is in a table, column by column. Everything is exact: nothing is sampled or estimated.</summary>
/// <param name="Rows">Rows of the table.</param>
public sealed record TableProfile(long Rows, IReadOnlyList<ColumnProfile> Columns);

/// <summary>What is in one column. Numbers, minimum, maximum and quantiles are given as the column's values would be in JSON.</summary>
public sealed record ColumnProfile
{
    public required string Name { get; init; }

    /// <summary>The column's type: <c>string</c>, <c>int64</c>, <c>double</c>, <c>bool</c> or <c>timestamp</c>.</summary>
    public required string Type { get; init; }

    public required long Rows { get; init; }
    public required long Missing { get; init; }

    /// <summary>Different values.</summary>
    public required long Distinct { get; init; }

    /// <summary>Numbers that are infinite or NaN; they count in no other figure.</summary>
    public long NotFinite { get; init; }

    public JsonElement? Min { get; init; }
    public JsonElement? Max { get; init; }
    public double? Mean { get; init; }

    /// <summary>The standard deviation of the sample (n - 1).</summary>
    public double? Deviation { get; init; }

    public long? Zeros { get; init; }
    public long? Negative { get; init; }

    /// <summary>Texts that are empty or blanks alone.</summary>
    public long? Blank { get; init; }

    /// <summary>Lengths of texts in characters.</summary>
    public TextLengths? Lengths { get; init; }

    /// <summary>The smallest value up to which at least the given share of the values lies.</summary>
    public IReadOnlyList<ValueQuantile> Quantiles { get; init; } = [];

    /// <summary>The most frequent values, at most twenty; of equally frequent ones the smaller.</summary>
    public IReadOnlyList<ValueCount> Top { get; init; } = [];

    /// <summary>Counts between the quantiles 0.01 and 0.99, and what lies outside.</summary>
    public ValueHistogram? Histogram { get; init; }

    /// <summary>Whether the column has an order that quantiles and histograms need.</summary>
    [JsonIgnore]
    public bool IsOrdered => Type is "int64" or "double" or "timestamp";
}

public sealed record ValueQuantile(double Share, JsonElement Value);

public sealed record ValueCount(JsonElement Value, long Rows);

/// <param name="From">Where the first bin starts; timestamps as microseconds since 1970.</param>
/// <param name="Width">The width of each bin.</param>
/// <param name="Counts">Rows by bin: from its start to before its end, the last one with its end.</param>
/// <param name="Below">Rows below the first bin.</param>
/// <param name="Above">Rows above the last one.</param>
public sealed record ValueHistogram(double From, double Width, IReadOnlyList<long> Counts, long Below, long Above);

/// <summary>The shortest, the average and the longest length.</summary>
public sealed record TextLengths(long Min, double Mean, long Max);
