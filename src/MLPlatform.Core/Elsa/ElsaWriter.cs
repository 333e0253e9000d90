using System.Text.Json.Nodes;
using MLPlatform.Core.Expressions;

namespace MLPlatform.Core.Elsa;

/// <summary>Writes a pipeline as a definition that was never in Elsa.</summary>
internal static class ElsaWriter
{
    private static readonly string[] OfDefinition = ["id", "basic", "parameters", "outputs", "activities"];

    /// <param name="pipeline">In the shape of a pipeline, without the section <c>elsa</c>.</param>
    public static JsonObject Write(JsonObject pipeline)
    {
        string id = pipeline["id"].Text()!;
        JsonObject activities = pipeline["activities"]!.AsObject();
        HashSet<string> names = [.. activities.Select(a => a.Key)];
        OutputReference[] bound = [.. Outputs(pipeline, names)];
        (string From, string To)[] edges = [.. activities.SelectMany(a => ElsaEdges.Needs(a.Value!.AsObject(), names).Select(n => (n, a.Key)))];
        string root = ElsaNames.Free("Flowchart", names);
        Dictionary<string, (int X, int Y)> places = ElsaLayout.Of([.. activities.Select(a => a.Key)], edges);
        JsonArray written = [.. activities.Select(a =>
        {
            JsonObject activity = ElsaActivityWriter.Write(a.Key, a.Value!.AsObject(), bound);
            activity["nodeId"] = $"Workflow1:{root}:{a.Key}";
            activity["metadata"]!["designer"] = new JsonObject
            {
                ["position"] = new JsonObject { ["x"] = places[a.Key].X, ["y"] = places[a.Key].Y },
                ["size"] = new JsonObject { ["width"] = 200, ["height"] = 50 },
            };
            return activity;
        })];
        JsonObject definition = Head(pipeline, id);
        definition["variables"] = new JsonArray([.. bound.Select(ElsaVariables.Declaration)]);
        definition["root"] = new JsonObject
        {
            ["id"] = root,
            ["nodeId"] = "Workflow1:" + root,
            ["name"] = root,
            ["type"] = ElsaWords.Flowchart,
            ["version"] = 1,
            ["customProperties"] = new JsonObject { ["notFoundConnections"] = new JsonArray(), ["canStartWorkflow"] = false, ["runAsynchronously"] = false },
            ["metadata"] = new JsonObject(),
            ["activities"] = written,
            ["connections"] = new JsonArray([.. edges.Select(e => ElsaEdges.Connection(e.From, e.To))]),
            ["variables"] = new JsonArray(),
        };
        return definition;
    }

    /// <summary>The outputs that anything in the pipeline refers to, each once.</summary>
    public static IEnumerable<OutputReference> Outputs(JsonObject pipeline, IReadOnlySet<string> names) =>
        pipeline["activities"]!.AsObject().SelectMany(a => ElsaReferences.OfActivity(a.Value!.AsObject()))
            .Concat(ElsaReferences.OfValue(pipeline["outputs"]))
            .Where(r => r is { Kind: ReferenceKind.Output, Member: not null } && names.Contains(r.Name))
            .Select(r => new OutputReference(r.Name, r.Member!)).Distinct();

    private static JsonObject Head(JsonObject pipeline, string id)
    {
        JsonObject? basic = pipeline.Object("basic");
        return new JsonObject
        {
            ["id"] = id + "-1",
            ["definitionId"] = id,
            ["name"] = basic?["name"].Text() ?? id,
            ["description"] = basic?["description"].Text() ?? "",
            ["version"] = 1,
            ["toolVersion"] = ElsaWords.ToolVersion,
            ["isLatest"] = true,
            ["isPublished"] = true,
            ["isReadonly"] = false,
            ["isSystem"] = false,
            ["inputs"] = new JsonArray([.. (pipeline.Object("parameters") ?? []).Select(p => ElsaParameters.ToInput(p.Key, p.Value!.AsObject()))]),
            ["outputs"] = new JsonArray([.. (pipeline.Object("outputs") ?? []).Select(o => Output(o.Key))]),
            ["outcomes"] = new JsonArray(),
            ["customProperties"] = new JsonObject { [ElsaWords.Ours] = Extras(pipeline, basic, id) },
            ["options"] = new JsonObject { ["autoUpdateConsumingWorkflows"] = false },
        };
    }

    private static JsonObject Output(string name) => new()
    {
        ["type"] = "Object",
        ["name"] = name,
        ["displayName"] = name,
        ["description"] = "",
        ["category"] = "",
        ["isArray"] = false,
    };

    // All that the definition's own fields cannot say.
    private static JsonObject Extras(JsonObject pipeline, JsonObject? basic, string id)
    {
        JsonObject extras = [];
        foreach (string section in new[] { "parameters", "outputs" })
        {
            if (pipeline.ContainsKey(section))
                extras[section] = pipeline[section]?.DeepClone();
        }
        if (pipeline.ContainsKey("basic"))
            extras["basic"] = basic is null ? pipeline["basic"]?.DeepClone() : basic.Without(Told(basic, "name"), Told(basic, "description"));
        if (basic?["name"].Text() == id)
            extras["titled"] = true;
        JsonObject rest = pipeline.Without(OfDefinition);
        if (rest.Count > 0)
            extras["pipeline"] = rest;
        return extras;
    }

    // An empty text and none look the same in Elsa.
    private static string Told(JsonObject basic, string name) => basic[name].Text() is { Length: > 0 } ? name : "";
}
