using System.Text.Json.Nodes;
using System.Text.Json.Schema;
using MLPlatform.Core.Activities;

namespace MLPlatform.Core.Pipelines;

/// <summary>JSON Schemas (draft 2020-12) of files that <see cref="SettingsFile"/> reads, made from the same types.</summary>
internal static class SettingsSchema
{
    /// <summary>The schema's text, ending with a line break.</summary>
    /// <param name="title">What the file holds, for editors.</param>
    public static string Generate<T>(string title)
    {
        JsonNode root = ActivityJson.Options.GetJsonSchemaAsNode(typeof(T), new()
        {
            TreatNullObliviousAsNonNullable = true,
            TransformSchemaNode = (context, node) => SchemaParts.Refine(context, node, expressions: false),
        });
        JsonObject schema = new() { ["$schema"] = "https://json-schema.org/draft/2020-12/schema", ["title"] = title };
        foreach ((string name, JsonNode? value) in root.AsObject())
            schema[name] = value?.DeepClone();
        return SchemaText.Print(schema);
    }
}
