using System.Text.Json.Serialization;

namespace MLPlatform.Core.Features;

#pragma warning disable CA1720 // These are the words that files use; tables have the same.
/// <summary>The types that features have, which are those of table columns. Every value may be missing.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<FeatureType>))]
public enum FeatureType
{
    /// <summary>UTF-8 text.</summary>
    [JsonStringEnumMemberName("string")] String,

    /// <summary>A whole number of 64 bits.</summary>
    [JsonStringEnumMemberName("int64")] Int64,

    /// <summary>A finite number, IEEE 754 double precision.</summary>
    [JsonStringEnumMemberName("double")] Double,

    /// <summary>True or false.</summary>
    [JsonStringEnumMemberName("bool")] Bool,

    /// <summary>An instant in UTC, in microseconds.</summary>
    [JsonStringEnumMemberName("timestamp")] Timestamp,
}
#pragma warning restore CA1720

/// <summary>What is made of the events of a window.</summary>
public enum AggregateOp
{
    /// <summary>How many.</summary>
    Count,

    /// <summary>Their exact sum, rounded once; 0 for none.</summary>
    Sum,

    /// <summary>The exact sum, rounded, over the count; missing for none.</summary>
    Mean,

    /// <summary>How many different values.</summary>
    Distinct,

    /// <summary>The newest value there is.</summary>
    Last,

    /// <summary>The most frequent values as a JSON list, the more frequent first, equally frequent ones in their order.</summary>
    TopK,
}
