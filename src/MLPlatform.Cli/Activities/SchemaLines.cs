using System.Text.Json;

namespace MLPlatform.Cli.Activities;

/// <param name="Name">The path of a value: <c>rules[].range.min</c>.</param>
internal sealed record SchemaLine(string Name, string Type, string Meaning);

/// <summary>A JSON Schema as lines for people, one for each value that can be given.</summary>
internal static class SchemaLines
{
    /// <param name="schema">Of an object.</param>
    /// <param name="given">Whether people give it, so that they must know what is required.</param>
    public static IReadOnlyList<SchemaLine> Of(JsonElement schema, bool given)
    {
        List<SchemaLine> lines = [];
        AddProperties(schema, "", lines);
        return given ? lines : [.. lines.Select(l => l with { Type = l.Type.Replace(Required, "", StringComparison.Ordinal) })];
    }

    private const string Required = ", required";

    private static void AddProperties(JsonElement schema, string path, List<SchemaLine> lines)
    {
        if (!schema.TryGetProperty("properties", out JsonElement properties))
            return;
        string[] required = schema.TryGetProperty("required", out JsonElement names) ? [.. names.EnumerateArray().Select(n => n.GetString()!)] : [];
        foreach (JsonProperty property in properties.EnumerateObject())
        {
            string type = TypeOf(property.Value) + (required.Contains(property.Name) ? Required : "");
            string meaning = property.Value.ValueKind == JsonValueKind.Object && property.Value.TryGetProperty("description", out JsonElement words) ? words.GetString()! : "";
            lines.Add(new SchemaLine(path + property.Name, type, meaning));
            AddInside(property.Value, path + property.Name, lines);
        }
    }

    private static void AddInside(JsonElement schema, string path, List<SchemaLine> lines)
    {
        if (schema.ValueKind != JsonValueKind.Object || IsArtifact(schema))
            return;
        if (schema.TryGetProperty("items", out JsonElement items))
            AddInside(items, path + "[]", lines);
        else if (schema.TryGetProperty("additionalProperties", out JsonElement values) && values.ValueKind == JsonValueKind.Object)
            AddInside(values, path + ".NAME", lines);
        else
            AddProperties(schema, path + ".", lines);
    }

    private static string TypeOf(JsonElement schema)
    {
        if (schema.ValueKind != JsonValueKind.Object)
            return "any";
        if (IsArtifact(schema))
            return "artifact";
        if (schema.TryGetProperty("enum", out JsonElement choices))
            return string.Join(" | ", choices.EnumerateArray().Where(c => c.ValueKind == JsonValueKind.String).Select(c => c.GetString()));
        if (schema.TryGetProperty("format", out JsonElement format))
            return format.GetString()!;
        if (!schema.TryGetProperty("type", out JsonElement type))
            return "any";
        string[] types = type.ValueKind == JsonValueKind.String ? [type.GetString()!] : [.. type.EnumerateArray().Select(t => t.GetString()!).Where(t => t != "null")];
        return string.Join(" or ", types.Select(t => t switch
        {
            "array" => schema.TryGetProperty("items", out JsonElement items) ? $"list of {TypeOf(items)}" : "list",
            "object" when schema.TryGetProperty("additionalProperties", out JsonElement values) && values.ValueKind == JsonValueKind.Object => $"map of {TypeOf(values)}",
            _ => t,
        }));
    }

    // References to artifacts are written by expressions, so what they are made of is nobody's business.
    private static bool IsArtifact(JsonElement schema) =>
        schema.TryGetProperty("properties", out JsonElement properties) && properties.TryGetProperty("$artifact", out _);
}
