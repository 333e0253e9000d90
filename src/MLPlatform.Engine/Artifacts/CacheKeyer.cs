using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Plans;
using MLPlatform.Core.Runs;
using MLPlatform.Engine.Binding;

namespace MLPlatform.Engine.Artifacts;

/// <summary>
/// Makes cache keys: the activity's type and version and each input by content. An artifact's reference holds its hash
/// already; an external file is read, so that a new content under an old name is a new input. The memory counts where an activity says so.
/// </summary>
public sealed class CacheKeyer(ActivityCatalog catalog, FileFingerprints files)
{
    internal async Task<CacheIdentity> KeyAsync(PlannedNode node, JsonElement inputs, CancellationToken cancel)
    {
        SortedDictionary<string, string> parts = new(StringComparer.Ordinal)
        {
            ["type"] = node.Type,
            ["version"] = node.Version.ToString(System.Globalization.CultureInfo.InvariantCulture),
        };
        ActivityDescriptor? descriptor = catalog.Find(node.Type);
        HashSet<string> external = descriptor is null ? [] : ExternalInputs(descriptor.InputsType);
        foreach (JsonProperty input in inputs.EnumerateObject())
        {
            parts["inputs." + input.Name] = external.Contains(input.Name)
                ? await FingerprintAsync(input.Value, cancel).ConfigureAwait(false)
                : Hash(Canonical(input.Value));
        }
        // Where none is declared the key is what it was before memory counted.
        if (descriptor is { MemoryCounts: true } && node.Resources.MemoryBytes > 0)
            parts["resources.memory"] = node.Resources.MemoryBytes.ToString(System.Globalization.CultureInfo.InvariantCulture);
        string json = JsonSerializer.Serialize(parts, BindingJson.Default.SortedDictionaryStringString);
        return new CacheIdentity(Hash(json), json);
    }

    /// <summary>Says in words which part of the key differs from the newest result of the same activity.</summary>
    internal static string ExplainMiss(CacheIdentity wanted, CacheRow? latest)
    {
        if (latest is null)
            return "no earlier result";
        SortedDictionary<string, string> now = Parts(wanted.ComponentsJson);
        SortedDictionary<string, string> then = Parts(latest.ComponentsJson);
        List<string> differences =
        [
            .. now.Where(p => then.TryGetValue(p.Key, out string? old) && old != p.Value).Select(p => p.Key + " changed"),
            .. now.Keys.Except(then.Keys).Select(k => k + " is new"),
            .. then.Keys.Except(now.Keys).Select(k => k + " is gone"),
        ];
        return differences.Count == 0
            ? $"the result of {latest.Source} was removed"
            : $"{string.Join(", ", differences)} since {latest.Source}";
    }

    private static SortedDictionary<string, string> Parts(string json) =>
        JsonSerializer.Deserialize(json, BindingJson.Default.SortedDictionaryStringString) ?? [];

    private async Task<string> FingerprintAsync(JsonElement value, CancellationToken cancel)
    {
        StringBuilder all = new();
        foreach (JsonElement path in value.ValueKind == JsonValueKind.Array ? [.. value.EnumerateArray()] : new[] { value })
        {
            all.Append(path.ValueKind == JsonValueKind.String
                ? await files.OfAsync(path.GetString()!, cancel).ConfigureAwait(false)
                : Canonical(path)).Append('\n');
        }
        return Hash(all.ToString());
    }

    private static HashSet<string> ExternalInputs(Type inputs) =>
        [.. inputs.GetProperties().Where(p => p.GetCustomAttribute<ExternalFilesAttribute>() is not null)
            .Select(p => JsonNamingPolicy.CamelCase.ConvertName(p.Name))];

    private static string Hash(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    // Property order and white space do not make another input.
    private static string Canonical(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object => "{" + string.Join(",", value.EnumerateObject().OrderBy(p => p.Name, StringComparer.Ordinal)
            .Select(p => JsonSerializer.Serialize(p.Name, BindingJson.Default.String) + ":" + Canonical(p.Value))) + "}",
        JsonValueKind.Array => "[" + string.Join(",", value.EnumerateArray().Select(Canonical)) + "]",
        JsonValueKind.String => JsonSerializer.Serialize(value.GetString()!, BindingJson.Default.String),
        _ => value.GetRawText(),
    };
}
