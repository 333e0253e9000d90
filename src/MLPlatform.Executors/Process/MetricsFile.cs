using System.Text.Json;
using MLPlatform.Core.Runs;

namespace MLPlatform.Executors.Process;

/// <summary>Reads <c>metrics.jsonl</c>: one <c>{"name","value","step","at"}</c> a line.</summary>
public static class MetricsFile
{
    private const int LongestName = 250;
    private const int MostNames = 1000;

    // What is no JSON costs an exception each; a file of a million such lines is no file of metrics.
    private const int MostThrown = 10_000;

    /// <summary>
    /// The metrics in the order they were written, and how many lines were refused. Past the most, the last point of each
    /// metric is still taken, since how a curve ends is what it was drawn for.
    /// </summary>
    /// <param name="at">The time of a point that tells none.</param>
    public static (IReadOnlyList<MetricPoint> Metrics, int Refused) Read(string path, int most, DateTimeOffset at)
    {
        if (!File.Exists(path))
            return ([], 0);
        List<MetricPoint> metrics = [];
        Dictionary<string, MetricPoint> last = new(StringComparer.Ordinal);
        int refused = 0;
        int thrown = 0;
        foreach (string line in File.ReadLines(path))
        {
            if (string.IsNullOrWhiteSpace(line))
                continue;
            if (!TryParse(line.AsMemory(), at, ref thrown, out MetricPoint point))
                refused++;
            else if (metrics.Count < most)
                metrics.Add(point);
            else
            {
                refused++;
                if (most > 0 && (last.Count < MostNames || last.ContainsKey(point.Name)))
                    last[point.Name] = point;
            }
        }
        metrics.AddRange(last.Values);
        return (metrics, refused - last.Count);
    }

    /// <summary>Reads one line; false if it is no metric.</summary>
    /// <param name="thrown">Lines that were no JSON so far; past ten thousand of them nothing is taken any more.</param>
    internal static bool TryParse(ReadOnlyMemory<char> line, DateTimeOffset at, ref int thrown, out MetricPoint point)
    {
        point = default;
        if (thrown >= MostThrown || IsClearlyNone(line.Span))
            return false;
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
            thrown++;
            return false; // Counted by the caller and told with the attempt.
        }
    }

    // A training that diverged writes NaN with every step, which JSON has no word for.
    private static bool IsClearlyNone(ReadOnlySpan<char> line)
    {
        ReadOnlySpan<char> told = line.Trim();
        return told.IsEmpty || told[0] != '{' || told[^1] != '}'
            || told.Contains(":NaN", StringComparison.Ordinal) || told.Contains(": NaN", StringComparison.Ordinal) || told.Contains("Infinity,", StringComparison.Ordinal)
            || told.Contains("Infinity}", StringComparison.Ordinal);
    }
}
