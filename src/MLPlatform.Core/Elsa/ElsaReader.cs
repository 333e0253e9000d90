using System.Text.Json.Nodes;

namespace MLPlatform.Core.Elsa;

/// <summary>Reads a definition as a pipeline, without regard to what a pipeline cannot say.</summary>
internal static class ElsaReader
{
    /// <summary>The activities of the root, or the root itself where it is neither flowchart nor sequence.</summary>
    public static IReadOnlyList<JsonObject> Activities(JsonObject definition)
    {
        JsonObject root = definition["root"]!.AsObject();
        return HoldsActivities(root) ? [.. root.Objects("activities")] : [root];
    }

    public static bool IsFlowchart(JsonObject root) => root["type"].Text() == ElsaWords.Flowchart;

    public static bool IsSequence(JsonObject root) => root["type"].Text() == ElsaWords.Sequence;

    /// <summary>Whether the activities of the root are those of a pipeline.</summary>
    public static bool HoldsActivities(JsonObject root) => IsFlowchart(root) || IsSequence(root);

    public static JsonObject Read(JsonObject definition)
    {
        JsonObject root = definition["root"]!.AsObject();
        IReadOnlyList<NamedNode> nodes = ElsaNames.Of(Activities(definition));
        JsonObject? extras = definition.Object("customProperties").Object(ElsaWords.Ours);
        JsonObject? rest = extras.Object("pipeline");
        string id = Id(definition);
        JsonObject pipeline = [];
        Move(rest, "$schema", pipeline);
        pipeline["id"] = id;
        if (Basic(definition, extras, id) is { } basic)
            pipeline["basic"] = basic;
        JsonObject parameters = Parameters(definition, extras);
        if (parameters.Count > 0 || extras?.ContainsKey("parameters") == true)
            pipeline["parameters"] = parameters;
        foreach (string section in (rest ?? []).Select(m => m.Key).Where(k => k is not "$schema"))
            Move(rest, section, pipeline);
        pipeline["activities"] = ElsaActivityReader.Read(definition, root, nodes);
        JsonObject outputs = Outputs(definition, extras);
        if (outputs.Count > 0 || extras?.ContainsKey("outputs") == true)
            pipeline["outputs"] = outputs;
        return pipeline;
    }

    public static string Id(JsonObject definition)
    {
        string? id = definition["definitionId"].Text() ?? definition["id"].Text();
        return id is not null && Pipelines.Names.IsPipeline(id) ? id : ElsaNames.Pipeline(id ?? definition["name"].Text());
    }

    private static JsonNode? Basic(JsonObject definition, JsonObject? extras, string id)
    {
        if (extras?["basic"] is not (null or JsonObject) and { } odd)
            return odd.DeepClone();
        JsonObject basic = [];
        if (definition["name"].Text() is { Length: > 0 } name && (name != id || extras?["titled"] is not null))
            basic["name"] = name;
        if (definition["description"].Text() is { Length: > 0 } description)
            basic["description"] = description;
        foreach ((string key, JsonNode? value) in extras.Object("basic") ?? [])
        {
            if (!basic.ContainsKey(key))
                basic[key] = value?.DeepClone();
        }
        return basic.Count > 0 || extras.Object("basic") is not null ? basic : null;
    }

    private static JsonObject Parameters(JsonObject definition, JsonObject? extras)
    {
        JsonObject parameters = [];
        foreach (JsonObject input in definition.Objects("inputs"))
        {
            if (input["name"].Text() is { } name && !parameters.ContainsKey(name) && (ElsaParameters.IsName(name) || extras.Object("parameters").Object(name) is not null))
                parameters[name] = ElsaParameters.FromInput(input, extras.Object("parameters").Object(name));
        }
        return parameters;
    }

    // An output that Elsa sets while it runs has no value that could be written down before.
    private static JsonObject Outputs(JsonObject definition, JsonObject? extras)
    {
        JsonObject outputs = [];
        foreach (JsonObject output in definition.Objects("outputs"))
        {
            if (output["name"].Text() is { } name && extras.Object("outputs")?.ContainsKey(name) == true)
                outputs[name] = extras.Object("outputs")![name]?.DeepClone();
        }
        return outputs;
    }

    private static void Move(JsonObject? from, string name, JsonObject to)
    {
        if (from?.ContainsKey(name) == true)
            to[name] = from[name]?.DeepClone();
    }
}
