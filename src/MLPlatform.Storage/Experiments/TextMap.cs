using System.Text.Json;
using MLPlatform.Core.Experiments;

namespace MLPlatform.Storage.Experiments;

/// <summary>Names and texts kept as one JSON object.</summary>
internal static class TextMap
{
    private static readonly JsonSerializerOptions Plain = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static IReadOnlyDictionary<string, string> Read(string json) =>
        json == "{}" ? TrackedRun.NoText : JsonSerializer.Deserialize<Dictionary<string, string>>(json)!;

    public static string Write(IReadOnlyDictionary<string, string> map) => map.Count == 0 ? "{}" : JsonSerializer.Serialize(map, Plain);

    /// <summary>The map with changes; a null value takes a name away.</summary>
    public static Dictionary<string, string> With(IReadOnlyDictionary<string, string> map, IEnumerable<KeyValuePair<string, string?>> changes)
    {
        Dictionary<string, string> changed = new(map, StringComparer.Ordinal);
        foreach ((string key, string? value) in changes)
        {
            if (value is null)
                changed.Remove(key);
            else
                changed[key] = value;
        }
        return changed;
    }
}
