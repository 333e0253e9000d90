using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace MLPlatform.Executors.Kubernetes.Export;

/// <summary>Writes objects as YAML that kubectl reads, the same text each time: one document for each, texts quoted wherever they could be read as something else.</summary>
public static class ManifestText
{
    /// <param name="objects">Each with a line of comment, or null for none.</param>
    public static string Yaml(IEnumerable<(string? Comment, JsonObject Object)> objects)
    {
        StringBuilder text = new();
        foreach ((string? comment, JsonObject o) in objects)
        {
            text.Append("---\n");
            if (comment is not null)
                text.Append("# ").Append(comment.ReplaceLineEndings(" ")).Append('\n');
            Map(text, o, 0);
        }
        return text.ToString();
    }

    private static void Map(StringBuilder text, JsonObject o, int indent, bool inItem = false)
    {
        bool first = inItem;
        foreach ((string key, JsonNode? value) in o)
        {
            if (!first)
                text.Append(' ', indent);
            first = false;
            text.Append(Scalar(key)).Append(':');
            Value(text, value, indent);
        }
    }

    private static void Value(StringBuilder text, JsonNode? value, int indent)
    {
        switch (value)
        {
            case JsonObject { Count: > 0 } map:
                text.Append('\n');
                Map(text, map, indent + 2);
                break;
            case JsonArray { Count: > 0 } list:
                text.Append('\n');
                foreach (JsonNode? item in list)
                    Item(text, item, indent);
                break;
            default:
                text.Append(' ').Append(Leaf(value)).Append('\n');
                break;
        }
    }

    private static void Item(StringBuilder text, JsonNode? item, int indent)
    {
        text.Append(' ', indent).Append('-').Append(' ');
        if (item is JsonObject { Count: > 0 } map)
            Map(text, map, indent + 2, inItem: true);
        else
            text.Append(Leaf(item)).Append('\n');
    }

    private static string Leaf(JsonNode? value) => value switch
    {
        null => "null",
        JsonObject => "{}",
        JsonArray { Count: 0 } => "[]",
        JsonArray nested => nested.ToJsonString(),
        JsonValue v when v.GetValueKind() == JsonValueKind.String => Scalar(v.GetValue<string>()),
        _ => value.ToJsonString(),
    };

    // Plain only where no reader of YAML could take it for anything but this text.
    private static string Scalar(string text) =>
        text.Length > 0 && char.IsAsciiLetter(text[0]) && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.' or '/') && !IsWord(text) ? text : Quoted(text);

    private static bool IsWord(string text) => text.ToLower(CultureInfo.InvariantCulture) is "y" or "n" or "yes" or "no" or "on" or "off" or "true" or "false" or "null" or "inf" or "nan";

    // In double quotes, with every character that a reader could stumble over escaped; YAML knows no pairs of surrogates.
    private static string Quoted(string text)
    {
        StringBuilder quoted = new("\"");
        foreach (Rune rune in text.EnumerateRunes())
        {
            _ = rune.Value switch
            {
                '"' or '\\' => quoted.Append('\\').Append((char)rune.Value),
                '\n' => quoted.Append("\\n"),
                '\t' => quoted.Append("\\t"),
                > 0xFFFF => quoted.Append(CultureInfo.InvariantCulture, $"\\U{rune.Value:X8}"),
                < 0x20 or (>= 0x7F and <= 0xA0) or (>= 0x2000 and <= 0x206F) or >= 0xFDD0 => quoted.Append(CultureInfo.InvariantCulture, $"\\u{rune.Value:X4}"),
                _ => quoted.Append((char)rune.Value),
            };
        }
        return quoted.Append('"').ToString();
    }
}
