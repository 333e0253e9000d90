using System.Text.Json;
using System.Text.Json.Nodes;

namespace MLPlatform.Core.Elsa;

/// <summary>Whether a file has the outline of a pipeline: all that the mapping needs, and less than the compiler wants.</summary>
internal static class PipelineShape
{
    private static readonly string[] Sections = ["parameters", "outputs"];

    public static void Check(JsonObject pipeline, ElsaNotes notes)
    {
        if (pipeline["id"].Text() is not { Length: > 0 })
            notes.Refuse("ELSA-004", "this is no pipeline file: it has no \"id\"", "'mlp validate' tells all that is wrong with it.", "id");
        foreach (string section in Sections)
        {
            if (pipeline.ContainsKey(section) && pipeline[section] is not JsonObject)
                notes.Refuse("ELSA-004", $"\"{section}\" is no object", null, section);
        }
        foreach ((string name, JsonNode? parameter) in pipeline["parameters"] as JsonObject ?? [])
        {
            if (parameter is not JsonObject)
                notes.Refuse("ELSA-004", $"parameter \"{name}\" is no object", null, "parameters", name);
        }
        if (pipeline["activities"] is not JsonObject activities)
        {
            notes.Refuse("ELSA-004", "this is no pipeline file: it has no \"activities\"", "'mlp validate' tells all that is wrong with it.", "activities");
            return;
        }
        foreach ((string name, JsonNode? activity) in activities)
        {
            if (activity is not JsonObject declaration || declaration["type"].Text() is not { Length: > 0 } || !Pipelines.Names.IsActivity(name))
                notes.Refuse("ELSA-004", $"activity \"{name}\" has no \"type\", or a name that none may have", null, "activities", name);
        }
    }

    public static bool CanWrite(JsonObject pipeline) =>
        pipeline["id"].Text() is { Length: > 0 }
        && pipeline["activities"] is JsonObject activities && activities.All(a => a.Value is JsonObject d && d["type"].Text() is { Length: > 0 } && Pipelines.Names.IsActivity(a.Key))
        && Sections.All(s => !pipeline.ContainsKey(s) || pipeline[s] is JsonObject)
        && (pipeline["parameters"] as JsonObject ?? []).All(p => p.Value is JsonObject);

    public static bool IsDefinition(JsonObject origin) =>
        origin["root"] is JsonObject root && root["type"].Text() is not null
        && ElsaReader.Activities(origin) is { } all && all.All(a => a["id"].Text() is { Length: > 0 } && a["type"].Text() is { Length: > 0 })
        && all.Select(a => a["id"].Text()).Distinct().Count() == all.Count;

    /// <summary>The pipeline that a text holds, or null.</summary>
    public static JsonObject? TryRead(string text) => ElsaJson.TryParse(text, out JsonNode? node) && node is JsonObject pipeline && CanWrite(pipeline) ? pipeline : null;
}
