using System.Text.Json;
using MLPlatform.Core.Runs;

namespace MLPlatform.Executors.Process;

/// <summary>Reads <c>metrics.jsonl</c>: one <c>{"name","value","step","at"}</c> a line.</summary>
public static class MetricsFile
{
    private const int LongestName = 250;

    /// <summary>The metrics in the order they were written, and how many lines were refused.</summary>
    /// <param name="at">The time of a point that tells none.</param>
    public static (IReadOnlyList<MetricPoint> Metrics, int Refused) Read(string path, int most, DateTimeOffset at)
    {
        if (!File.Exists(path))
            return ([], 0);
        var metrics = new List<MetricPoint>();
        int refused = 0;
        foreach (string line in File.ReadLines(path))
        {
            if (string.IsNullOrWhiteSpace(line))
                continue;
            if (metrics.Count < most && TryParse(line, at, out MetricPoint point))
                metrics.Add(point);
            else
                refused++;
        }
        return (metrics, refused);
    }

    private static bool TryParse(string line, DateTimeOffset at, out MetricPoint point)
    {
        point = default;
        try
        {
            using JsonDocument document = JsonDocument.Parse(line);
            JsonElement root = document.RootElement;
            if (root.ValueKind != JsonValueKind.Object
                || !root.TryGetProperty("name", out JsonElement name) || name.ValueKind != JsonValueKind.String
                || name.GetString() is not { Length: > 0 and <= LongestName } text
                || !root.TryGetProperty("value", out JsonElement value) || value.ValueKind != JsonValueKind.Number)
                return false;
            long step = root.TryGetProperty("step", out JsonElement s) && s.TryGetInt64(out long told) ? told : 0;
            DateTimeOffset when = root.TryGetProperty("at", out JsonElement a) && a.ValueKind == JsonValueKind.String && a.TryGetDateTimeOffset(out DateTimeOffset known)
                ? known : at;
            point = new MetricPoint(text, step, value.GetDouble(), when);
            return double.IsFinite(point.Value);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException)
        {
            return false; // Counted by the caller and told with the attempt.
        }
    }
}
