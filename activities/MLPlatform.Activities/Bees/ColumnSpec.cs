using System.ComponentModel;
using System.Text.Json.Serialization;
using MLPlatform.Activities.Tables;

namespace MLPlatform.Activities.Bees;

/// <summary>What is known of a column before its values are read.</summary>
public sealed record ColumnSpec
{
    [Description("The column's name in the table, after renaming.")]
    public required string Name { get; init; }

    [Description("The column's type. Default: found out from the values.")]
    public ColumnType? Type { get; init; }

    [Description("How instants are written: .NET formats, 'iso', 'unix', 'unixMillis' or 'unixMicros'; the first that fits counts. Default: ISO 8601.")]
    public IReadOnlyList<string>? Formats { get; init; }

    [Description("Whether a row without a value here goes to quarantine. Default: false.")]
    public bool Required { get; init; }
}

/// <summary>How source files are written.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<SourceFormat>))]
public enum SourceFormat
{
    /// <summary>As the file's name says: .csv, .tsv, .jsonl, .ndjson, .parquet, each also with .gz.</summary>
    [JsonStringEnumMemberName("auto")] Auto,

    /// <summary>Fields between commas, or another separator.</summary>
    [JsonStringEnumMemberName("csv")] Csv,

    /// <summary>Fields between tabs.</summary>
    [JsonStringEnumMemberName("tsv")] Tsv,

    /// <summary>One JSON object a line.</summary>
    [JsonStringEnumMemberName("jsonl")] JsonLines,

    /// <summary>Plain text: each line, or each record of a registered source however many lines it has, is a row of the one column <c>text</c>.</summary>
    [JsonStringEnumMemberName("text")] Text,

    /// <summary>Parquet.</summary>
    [JsonStringEnumMemberName("parquet")] Parquet,
}

/// <summary>How much of a registered source is collected.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<SourceTake>))]
public enum SourceTake
{
    /// <summary>All that its log keeps.</summary>
    [JsonStringEnumMemberName("all")] All,

    /// <summary>What came since the last run of the pipeline that succeeded.</summary>
    [JsonStringEnumMemberName("new")] New,
}

/// <summary>What to do with files whose columns differ from those of the first file.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<DifferingColumns>))]
public enum DifferingColumns
{
    /// <summary>Stop with an error that names the columns.</summary>
    [JsonStringEnumMemberName("fail")] Fail,

    /// <summary>Take the columns of all files; a file without a column has missing values in it.</summary>
    [JsonStringEnumMemberName("union")] Union,
}
