using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace MLPlatform.Core.Elsa;

/// <summary>Reading and writing definitions and pipelines as JSON of any shape.</summary>
public static class ElsaJson
{
    private static readonly JsonSerializerOptions Indented = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        WriteIndented = true,
        NewLine = "\n",
    };

    private static readonly JsonSerializerOptions Compact = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The text of a file, ending with a line break.</summary>
    public static string Print(JsonNode node) => node.ToJsonString(Indented) + "\n";

    /// <summary>The text on one line.</summary>
    public static string Line(JsonNode? node) => node is null ? "null" : node.ToJsonString(Compact);

    /// <summary>The value of text that is known to be JSON.</summary>
    public static JsonNode? Parse(string text) => JsonNode.Parse(text.TrimStart('\uFEFF'), documentOptions: new JsonDocumentOptions { AllowDuplicateProperties = false });

    /// <summary>The value where the text is JSON.</summary>
    internal static bool TryParse(string text, out JsonNode? node)
    {
        try
        {
            node = Parse(text);
            return true;
        }
        catch (JsonException)
        {
            node = null;
            return false;
        }
    }

    internal static string? Text(this JsonNode? node) => node is JsonValue value && value.GetValueKind() == JsonValueKind.String ? value.GetValue<string>() : null;

    internal static JsonObject? Object(this JsonObject? parent, string name) => parent?[name] as JsonObject;

    internal static IEnumerable<JsonObject> Objects(this JsonObject? parent, string name) => (parent?[name] as JsonArray)?.OfType<JsonObject>() ?? [];

    internal static JsonObject Without(this JsonObject original, params ReadOnlySpan<string> names)
    {
        JsonObject rest = [];
        foreach ((string name, JsonNode? value) in original)
        {
            if (!names.Contains(name))
                rest[name] = value?.DeepClone();
        }
        return rest;
    }

    /// <summary>The object under a name, made where it is missing or something else.</summary>
    internal static JsonObject Ensure(this JsonObject parent, string name)
    {
        if (parent[name] is not JsonObject child)
            parent[name] = child = [];
        return child;
    }
}
