using System.Text.Json.Nodes;
using System.Text.Json.Schema;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Pipelines;

namespace MLPlatform.Core.Features;

/// <summary>The JSON Schema (draft 2020-12) of feature groups, made from the types that read them.</summary>
public static class FeatureGroupSchema
{
    /// <summary>The schema's text, ending with a line break.</summary>
    public static string Generate()
    {
        JsonSchemaExporterOptions options = new()
        {
            TreatNullObliviousAsNonNullable = true,
            TransformSchemaNode = (context, node) => SchemaParts.Refine(context, node, expressions: false),
        };
        JsonObject schema = new() { ["$schema"] = "https://json-schema.org/draft/2020-12/schema", ["title"] = "MLPlatform feature group" };
        foreach ((string name, JsonNode? value) in ActivityJson.Options.GetJsonSchemaAsNode(typeof(FeatureGroup), options).AsObject())
            schema[name] = value?.DeepClone();
        return SchemaText.Print(schema);
    }
}
