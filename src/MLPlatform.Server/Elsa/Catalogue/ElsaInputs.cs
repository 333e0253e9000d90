using System.Text.Json;
using System.Text.Json.Nodes;
using MLPlatform.Core.Elsa;

namespace MLPlatform.Server.Elsa.Catalogue;

/// <summary>Inputs as Elsa's descriptors, with the editor that fits their JSON Schema.</summary>
internal static class ElsaInputs
{
    public static JsonArray Of(JsonElement schema)
    {
        HashSet<string> required = schema.TryGetProperty("required", out JsonElement names) ? [.. names.EnumerateArray().Select(n => n.GetString()!)] : [];
        return [.. ElsaCatalogue.Properties(schema).Select((p, i) => Describe(p.Name, p.Value, required.Contains(p.Name), i))];
    }

    private static JsonObject Describe(string name, JsonElement schema, bool required, int order)
    {
        (string type, string hint, string syntax, JsonObject? specification) = Editor(schema);
        string description = ElsaCatalogue.Text(schema, "description") ?? "";
        return new JsonObject
        {
            ["name"] = ElsaWords.MemberOfInput(name),
            ["typeName"] = type,
            ["displayName"] = ElsaCatalogue.Title(name) + (required ? " *" : ""),
            ["description"] = description,
            ["order"] = order,
            ["isBrowsable"] = true,
            ["isWrapped"] = true,
            ["uiHint"] = hint,
            ["category"] = null,
            ["defaultValue"] = Default(schema),
            ["defaultSyntax"] = syntax,
            ["isReadOnly"] = false,
            ["isSensitive"] = false,
            ["isSynthetic"] = false,
            ["storageDriverType"] = null,
            ["uiSpecifications"] = specification,
        };
    }

    // Shown where nothing is given, and not saved by that: a box that is not ticked would say the opposite of what runs.
    private static JsonNode? Default(JsonElement schema) =>
        schema.ValueKind == JsonValueKind.Object && schema.TryGetProperty("default", out JsonElement value) && value.ValueKind is JsonValueKind.True or JsonValueKind.False or JsonValueKind.Number or JsonValueKind.String
            ? JsonSerializer.SerializeToNode(value) : null;

    private static (string Type, string Hint, string Syntax, JsonObject? Specification) Editor(JsonElement schema)
    {
        if (schema.ValueKind != JsonValueKind.Object)
            return ("Object", "singleline", ElsaWords.Expression, null);
        if (schema.TryGetProperty("enum", out JsonElement words))
            return ("String", "dropdown", "Literal", Dropdown(words.EnumerateArray().Where(w => w.ValueKind == JsonValueKind.String).Select(w => w.GetString()!)));
        // Tables, models and the like: outputs of others.
        if (schema.TryGetProperty("properties", out JsonElement members) && members.ValueKind == JsonValueKind.Object && members.TryGetProperty("$artifact", out _))
            return ("Object", "singleline", ElsaWords.Expression, null);
        string[] types = [.. TypesOf(schema).Where(t => t != "null")];
        return types switch
        {
            ["boolean"] => ("Boolean", "checkbox", "Literal", null),
            ["integer"] => ("Int64", "singleline", "Literal", null),
            ["number"] => ("Double", "singleline", "Literal", null),
            ["string"] or ["string", "integer"] or ["string", "number"] => ("String", "singleline", "Literal", null),
            ["array"] or ["object"] => ("Object", "json-editor", "Object", null),
            _ => ("Object", "singleline", ElsaWords.Expression, null),
        };
    }

    private static IEnumerable<string> TypesOf(JsonElement schema) => schema.TryGetProperty("type", out JsonElement type)
        ? type.ValueKind == JsonValueKind.Array ? type.EnumerateArray().Select(t => t.GetString()!) : [type.GetString()!]
        : [];

    internal static JsonObject Dropdown(IEnumerable<string> words) => new()
    {
        ["dropdown"] = new JsonObject
        {
            ["selectList"] = new JsonObject
            {
                ["items"] = new JsonArray([.. words.Select(w => new JsonObject { ["text"] = w, ["value"] = w })]),
                ["isFlagsEnum"] = false,
            },
        },
    };
}
