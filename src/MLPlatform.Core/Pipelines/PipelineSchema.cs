using System.Text.Json.Nodes;
using System.Text.Json.Schema;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Pipelines.Shapes;

namespace MLPlatform.Core.Pipelines;

/// <summary>The JSON Schema (draft 2020-12) of pipeline files, made from the types that read them.</summary>
public static class PipelineSchema
{
    /// <summary>The schema's text, ending with a line break. The same catalog gives the same text.</summary>
    public static string Generate(ActivityCatalog catalog)
    {
        ActivityDescriptor[] activities = [.. catalog.All.OrderBy(a => a.Type, StringComparer.Ordinal)];
        JsonObject root = Export(typeof(PipelineFile), expressions: false);
        JsonObject properties = root["properties"]!.AsObject();
        Named(properties, "activities", Names.ActivityPattern)["additionalProperties"] = SchemaParts.Reference("activity");
        properties["activities"]!["minProperties"] = 1;
        Named(properties, "parameters", Names.ParameterPattern);
        Named(properties, "outputs", Names.ParameterPattern);
        JsonObject parts = new()
        {
            ["expression"] = SchemaParts.Expression("A value found when the run gets there, such as ${{ parameters.day }} or ${{ activities.clean.outputs.table }}."),
            ["activity"] = Activity(activities),
        };
        Share("resources", properties, parts);
        Share("advanced", properties, parts);
        Share("alarms", properties, parts);
        foreach (ActivityDescriptor activity in activities)
        {
            JsonObject inputs = Export(activity.InputsType, expressions: true);
            inputs.Insert(0, "description", activity.Summary);
            parts[InputsOf(activity)] = inputs;
        }
        JsonObject schema = new() { ["$schema"] = "https://json-schema.org/draft/2020-12/schema", ["title"] = "MLPlatform pipeline" };
        foreach ((string name, JsonNode? value) in root)
            schema[name] = value?.DeepClone();
        schema["$defs"] = parts;
        return SchemaText.Print(schema);
    }

    private static JsonObject Export(Type type, bool expressions)
    {
        JsonSchemaExporterOptions options = new()
        {
            TreatNullObliviousAsNonNullable = true,
            TransformSchemaNode = (context, node) => SchemaParts.Refine(context, node, expressions),
        };
        JsonNode schema = ActivityJson.Options.GetJsonSchemaAsNode(type, options);
        return schema as JsonObject ?? throw new InvalidOperationException($"{type} is not written as a JSON object");
    }

    // Sections that an activity repeats are written once.
    private static void Share(string section, JsonObject pipeline, JsonObject parts)
    {
        JsonObject activity = parts["activity"]!["properties"]!.AsObject();
        parts[section] = pipeline[section]!.DeepClone();
        parts[section]!.AsObject().Remove("description");
        pipeline[section] = DescribedReference(section, Described(pipeline, section));
        activity[section] = DescribedReference(section, "What this activity says instead of the pipeline.");
    }

    private static JsonObject DescribedReference(string part, string description)
    {
        JsonObject reference = SchemaParts.Reference(part);
        reference.Insert(0, "description", description);
        return reference;
    }

    private static JsonObject Named(JsonObject properties, string name, string pattern)
    {
        JsonObject map = properties[name]!.AsObject();
        map["propertyNames"] = new JsonObject { ["pattern"] = pattern };
        return map;
    }

    // One if/then for each type: an editor shows the inputs of the type that stands there, and refuses any other.
    private static JsonObject Activity(IEnumerable<ActivityDescriptor> activities)
    {
        JsonObject activity = Export(typeof(ActivityDeclaration), expressions: false);
        JsonObject properties = activity["properties"]!.AsObject();
        properties["when"] = SchemaParts.Expression(Described(properties, "when"));
        properties["forEach"] = new JsonObject
        {
            ["description"] = Described(properties, "forEach"),
            ["anyOf"] = new JsonArray(new JsonObject { ["type"] = "array" }, SchemaParts.Reference("expression")),
        };
        JsonArray types = [];
        JsonArray rules = [];
        foreach (ActivityDescriptor descriptor in activities)
        {
            types.Add(descriptor.Type);
            JsonObject then = new() { ["properties"] = new JsonObject { ["inputs"] = SchemaParts.Reference(InputsOf(descriptor)) } };
            if (ShapeOf.Get(descriptor.InputsType).Properties.Values.Any(p => p.Required))
                then["required"] = new JsonArray("inputs");
            rules.Add(new JsonObject
            {
                ["if"] = new JsonObject
                {
                    ["properties"] = new JsonObject { ["type"] = new JsonObject { ["const"] = descriptor.Type } },
                    ["required"] = new JsonArray("type"),
                },
                ["then"] = then,
            });
        }
        properties["type"] = new JsonObject { ["description"] = Described(properties, "type"), ["enum"] = types };
        activity["allOf"] = rules;
        return activity;
    }

    private static string InputsOf(ActivityDescriptor activity) => "inputs." + activity.Type;

    private static string Described(JsonObject properties, string name) => (string?)properties[name]?["description"] ?? name;
}
