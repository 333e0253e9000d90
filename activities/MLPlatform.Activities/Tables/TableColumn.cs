using System.Text.Json.Serialization;

namespace MLPlatform.Activities.Tables;

#pragma warning disable CA1720 // These are the words that pipeline files use.
/// <summary>The types that columns of a table have. Every column may hold missing values.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<ColumnType>))]
public enum ColumnType
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

/// <summary>One column of a table.</summary>
internal sealed record TableColumn(string Name, ColumnType Type);

internal static class ColumnTypes
{
    /// <summary>The type's name in pipeline files.</summary>
    public static string Name(ColumnType type) => type switch
    {
        ColumnType.String => "string",
        ColumnType.Int64 => "int64",
        ColumnType.Double => "double",
        ColumnType.Bool => "bool",
        ColumnType.Timestamp => "timestamp",
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, "no such column type"),
    };
}
