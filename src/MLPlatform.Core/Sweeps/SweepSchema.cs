using System.Text.Json.Nodes;
using System.Text.Json.Schema;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Pipelines;

namespace MLPlatform.Core.Sweeps;

/// <summary>The JSON Schema (draft 2020-12) of sweep files, made from the types that read them.</summary>
public static class SweepSchema
{
    /// <summary>The schema's text, ending with a line break.</summary>
    public static string Generate()
    {
        JsonNode root = ActivityJson.Options.GetJsonSchemaAsNode(typeof(SweepFile), new()
        {
            TreatNullObliviousAsNonNullable = true,
            TransformSchemaNode = (context, node) => SchemaParts.Refine(context, node, expressions: false),
        });
        JsonObject schema = new() { ["$schema"] = "https://json-schema.org/draft/2020-12/schema", ["title"] = "MLPlatform sweep" };
        foreach ((string name, JsonNode? value) in root.AsObject())
            schema[name] = value?.DeepClone();
        return SchemaText.Print(schema);
    }
}
