using System.Text.Json;
using System.Text.Json.Nodes;

namespace MLPlatform.Core.Lineage.OpenLineage;

/// <summary>What data.check found, read from its report.</summary>
/// <param name="Result">Its <c>result.json</c>.</param>
/// <param name="Profile">Its <c>profile.json</c>.</param>
public sealed record CheckFacts(JsonElement Result, JsonElement Profile)
{
    /// <summary>Each expectation on each of its columns, as the facet <c>dataQualityAssertions</c> says it.</summary>
    public JsonObject Assertions()
    {
        JsonArray assertions = [];
        foreach (JsonElement outcome in Result.GetProperty("expectations").EnumerateArray())
        {
            string[] columns = outcome.TryGetProperty("columns", out JsonElement of) ? [.. of.EnumerateArray().Select(c => c.GetString()!)] : [];
            foreach (string? column in columns.Length == 1 ? columns : (string?[])[null]) // What is about several columns at once is about the table.
            {
                JsonObject assertion = new()
                {
                    ["assertion"] = outcome.GetProperty("kind").GetString(),
                    ["success"] = outcome.GetProperty("passed").GetBoolean(),
                    ["severity"] = outcome.GetProperty("severity").GetString() == "warning" ? "warn" : "error",
                    ["name"] = outcome.GetProperty("name").GetString(),
                };
                if (column is not null)
                    assertion["column"] = column;
                assertions.Add(assertion);
            }
        }
        return new JsonObject { ["assertions"] = assertions };
    }

    /// <summary>The figures of each column, as the facet <c>dataQualityMetrics</c> says it; it has numbers alone.</summary>
    public JsonObject Metrics()
    {
        JsonObject columns = [];
        foreach (JsonElement column in Profile.GetProperty("columns").EnumerateArray())
        {
            long rows = column.GetProperty("rows").GetInt64(), missing = column.GetProperty("missing").GetInt64();
            JsonObject metrics = new() { ["nullCount"] = missing, ["distinctCount"] = column.GetProperty("distinct").GetInt64(), ["count"] = rows - missing };
            foreach (string limit in (string[])["min", "max"])
            {
                if (Number(column, limit) is { } value)
                    metrics[limit] = value;
            }
            JsonObject quantiles = [];
            foreach (JsonElement quantile in column.TryGetProperty("quantiles", out JsonElement all) ? all.EnumerateArray() : default)
            {
                if (Number(quantile, "value") is { } value)
                    quantiles[quantile.GetProperty("share").GetRawText()] = value;
            }
            if (quantiles.Count > 0)
                metrics["quantiles"] = quantiles;
            columns[column.GetProperty("name").GetString()!] = metrics;
        }
        return new JsonObject { ["rowCount"] = Profile.GetProperty("rows").GetInt64(), ["columnMetrics"] = columns };
    }

    private static double? Number(JsonElement of, string name) => of.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.Number ? value.GetDouble() : null;
}
