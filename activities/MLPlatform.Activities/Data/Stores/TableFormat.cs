using System.Text.Json.Serialization;
using MLPlatform.Activities.Tables;

namespace MLPlatform.Activities.Data.Stores;

/// <summary>How an exported table is written.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<TableFormat>))]
public enum TableFormat
{
    /// <summary>As the name says: .csv, .tsv, .jsonl, .ndjson, .parquet, the text formats also with .gz; the artifact's files where it ends with a slash.</summary>
    [JsonStringEnumMemberName("auto")] Auto,
    [JsonStringEnumMemberName("csv")] Csv,
    [JsonStringEnumMemberName("tsv")] Tsv,
    [JsonStringEnumMemberName("jsonl")] JsonLines,
    [JsonStringEnumMemberName("parquet")] Parquet,

    /// <summary>The artifact's own files, below a folder or prefix.</summary>
    [JsonStringEnumMemberName("files")] Files,
}

internal static class TableFormats
{
    public static TableFormat Of(TableFormat asked, string name)
    {
        if (asked != TableFormat.Auto)
            return asked;
        string plain = name.EndsWith(".gz", StringComparison.OrdinalIgnoreCase) ? name[..^3] : name;
        return name.EndsWith('/') ? TableFormat.Files : Path.GetExtension(plain).ToLowerInvariant() switch
        {
            ".csv" => TableFormat.Csv,
            ".tsv" or ".tab" => TableFormat.Tsv,
            ".jsonl" or ".ndjson" => TableFormat.JsonLines,
            ".parquet" or ".pq" when plain.Length == name.Length => TableFormat.Parquet,
            _ => throw DataErrors.Settings($"The name '{name}' does not say how to write the table. Set format to csv, tsv, jsonl or parquet, or end the location with a slash for the artifact's own files."),
        };
    }
}

/// <summary>Takes the rows of a table and writes them as one file.</summary>
internal interface IRowSink : IDisposable
{
    void Write(DuckVectors.Vector[] vectors, int rows);

    /// <summary>Writes what belongs behind the last row.</summary>
    void Complete();
}
