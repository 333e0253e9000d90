using System.Text.Json.Nodes;
using MLPlatform.Core.Pipelines;

namespace MLPlatform.Core.Elsa;

/// <summary>Parameters of a pipeline as inputs of a workflow, and back.</summary>
internal static class ElsaParameters
{
    private static readonly (string Ours, string Elsa, bool Array, string Hint)[] Types =
    [
        ("string", "String", false, "singleline"),
        ("integer", "Int64", false, "singleline"),
        ("number", "Double", false, "singleline"),
        ("boolean", "Boolean", false, "checkbox"),
        ("date", "DateOnly", false, "singleline"),
        ("dateTime", "DateTimeOffset", false, "datetime-picker"),
        ("list", "Object", true, "json-editor"),
        ("object", "Object", false, "json-editor"),
    ];

    public static JsonObject ToInput(string name, JsonObject declaration)
    {
        int known = Array.FindIndex(Types, t => t.Ours == declaration["type"].Text());
        (string type, bool array, string hint) = known < 0 ? ("Object", false, "json-editor") : (Types[known].Elsa, Types[known].Array, Types[known].Hint);
        return new JsonObject
        {
            ["type"] = type,
            ["name"] = name,
            ["displayName"] = name,
            ["description"] = declaration["description"].Text() ?? "",
            ["category"] = "",
            ["isArray"] = array,
            ["uiHint"] = hint,
            ["storageDriverType"] = null,
        };
    }

    /// <param name="kept">The declaration that was exported, or null for an input that was made in Elsa.</param>
    public static JsonObject FromInput(JsonObject input, JsonObject? kept)
    {
        JsonObject declaration = kept?.DeepClone().AsObject() ?? [];
        (string type, bool array) = (input["type"].Text() ?? "Object", input["isArray"] is JsonValue a && a.TryGetValue(out bool is1) && is1);
        if (kept is null || !Matches(kept["type"].Text(), type, array))
            declaration["type"] = Nearest(type, array);
        if (input["description"].Text() is { Length: > 0 } text)
            declaration["description"] = text;
        else if (declaration["description"].Text() is { Length: > 0 })
            declaration.Remove("description");
        // Elsa starts workflows without their inputs; a parameter must be given unless it says otherwise.
        if (kept is null)
            declaration["required"] = false;
        return declaration;
    }

    public static bool IsName(string? name) => name is not null && Names.IsParameter(name);

    private static bool Matches(string? ours, string elsa, bool array) =>
        Array.Exists(Types, t => t.Ours == ours) ? Array.Exists(Types, t => t.Ours == ours && t.Elsa == elsa && t.Array == array) : elsa == "Object" && !array;

    private static string Nearest(string type, bool array) => array ? "list" : type switch
    {
        "String" => "string",
        "Boolean" => "boolean",
        "Int16" or "Int32" or "Int64" => "integer",
        "Single" or "Double" or "Decimal" => "number",
        "DateOnly" => "date",
        "DateTime" or "DateTimeOffset" => "dateTime",
        _ => "object",
    };
}
