using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;
using YamlDotNet.RepresentationModel;

namespace MLPlatform.Tests.Kubernetes.Schemas;

/// <summary>
/// Reads objects of Kubernetes from YAML (one or several documents) or JSON as kubectl does: plain scalars by the rules of YAML 1.1
/// as Go's library has them, so that <c>on</c>, <c>yes</c> and <c>1e3</c> are no texts. A key that comes twice is refused.
/// </summary>
internal static partial class ManifestReader
{
    public static IReadOnlyList<JsonObject> Read(string text)
    {
        if (text.TrimStart().StartsWith('{') || text.TrimStart().StartsWith('['))
        {
            JsonNode json = JsonNode.Parse(text)!;
            return json is JsonArray list ? [.. list.Select(o => o!.DeepClone().AsObject())] : Items(json.AsObject());
        }
        YamlStream stream = [];
        stream.Load(new Parser(new StringReader(text)));
        return [.. stream.Documents.Select(d => Convert(d.RootNode)).OfType<JsonObject>().SelectMany(Items)];
    }

    public static IReadOnlyList<JsonObject> ReadFile(string path) => Read(File.ReadAllText(path));

    // kubectl writes several objects as one List.
    private static JsonObject[] Items(JsonObject json) => (string?)json["kind"] == "List"
        ? [.. json["items"]!.AsArray().Select(o => o!.DeepClone().AsObject())]
        : [json];

    private static JsonNode? Convert(YamlNode node) => node switch
    {
        YamlMappingNode map => new JsonObject(map.Select(e => KeyValuePair.Create(((YamlScalarNode)e.Key).Value!, Convert(e.Value)))),
        YamlSequenceNode list => new JsonArray([.. list.Select(Convert)]),
        YamlScalarNode { Style: ScalarStyle.Plain } plain when plain.Tag.IsEmpty => Plain(plain.Value ?? ""),
        YamlScalarNode scalar => JsonValue.Create(scalar.Value),
        _ => throw new NotSupportedException($"{node.GetType().Name} at {node.Start}"),
    };

    internal static JsonNode? Plain(string text) => text switch
    {
        "" or "~" or "null" or "Null" or "NULL" => null,
        "y" or "Y" or "yes" or "Yes" or "YES" or "on" or "On" or "ON" or "true" or "True" or "TRUE" => JsonValue.Create(true),
        "n" or "N" or "no" or "No" or "NO" or "off" or "Off" or "OFF" or "false" or "False" or "FALSE" => JsonValue.Create(false),
        _ when Integer().IsMatch(text) => JsonNode.Parse(text.Replace("_", "", StringComparison.Ordinal).TrimStart('+')),
        _ when Hexadecimal().IsMatch(text) => JsonValue.Create(long.Parse(text.AsSpan(2), NumberStyles.HexNumber, CultureInfo.InvariantCulture)),
        _ when Octal().IsMatch(text) => JsonValue.Create(System.Convert.ToInt64(text.Replace("0o", "0", StringComparison.Ordinal), 8)),
        _ when Float().IsMatch(text) => JsonValue.Create(double.Parse(text, NumberStyles.Float, CultureInfo.InvariantCulture)),
        _ => JsonValue.Create(text),
    };

    [GeneratedRegex(@"^[-+]?(0|[1-9][0-9_]*)$")]
    private static partial Regex Integer();

    [GeneratedRegex("^0x[0-9a-fA-F]+$")]
    private static partial Regex Hexadecimal();

    [GeneratedRegex("^0o?[0-7]+$")]
    private static partial Regex Octal();

    [GeneratedRegex(@"^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$")]
    private static partial Regex Float();
}
