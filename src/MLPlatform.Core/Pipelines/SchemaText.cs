using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace MLPlatform.Core.Pipelines;

/// <summary>Prints JSON for people: what is short stays on one line.</summary>
internal static class SchemaText
{
    private const int Width = 120;
    private static readonly JsonSerializerOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The text, ending with a line break.</summary>
    public static string Print(JsonNode root)
    {
        StringBuilder text = new();
        Append(text, root, 0);
        return text.Append('\n').ToString();
    }

    private static void Append(StringBuilder text, JsonNode? node, int depth)
    {
        string line = node?.ToJsonString(Plain) ?? "null";
        bool broken = (line.Length > Width - (2 * depth) || depth < 2) && node is JsonObject { Count: > 0 } or JsonArray { Count: > 0 };
        if (!broken)
        {
            text.Append(line);
            return;
        }
        bool list = node is JsonArray;
        IEnumerable<(string? Name, JsonNode? Value)> parts = node is JsonArray items
            ? items.Select(i => ((string?)null, i)) : node!.AsObject().Select(p => ((string?)p.Key, p.Value));
        text.Append(list ? '[' : '{');
        string separator = "\n";
        foreach ((string? name, JsonNode? value) in parts)
        {
            text.Append(separator).Append(' ', 2 * (depth + 1));
            if (name is not null)
                text.Append(JsonSerializer.Serialize(name, Plain)).Append(": ");
            Append(text, value, depth + 1);
            separator = ",\n";
        }
        text.Append('\n').Append(' ', 2 * depth).Append(list ? ']' : '}');
    }
}
