using System.Text.Json.Nodes;

namespace MLPlatform.Core.Elsa;

/// <param name="Id">What Elsa knows it by in its flowchart.</param>
/// <param name="NodeId">The path of ids to it.</param>
/// <param name="Name">What the pipeline calls it.</param>
public sealed record ElsaNode(string Id, string NodeId, string Name, string Type);

/// <summary>The activities of a definition, and the paths by which Elsa Studio asks for them.</summary>
public static class ElsaNodes
{
    public static IReadOnlyList<ElsaNode> Of(JsonObject definition) => definition["root"] is JsonObject root && PipelineShape.IsDefinition(definition)
        ? [.. ElsaNames.Of(ElsaReader.Activities(definition)).Select(n => new ElsaNode(
            n.Id, n.Node["nodeId"].Text() is { Length: > 0 } path ? path : Path(root, n.Id), n.Name, n.Node["type"].Text()!))]
        : [];

    /// <summary>The pipeline that the definition stands for.</summary>
    public static string PipelineOf(JsonObject definition) => ElsaReader.Id(definition);

    /// <summary>A name for a new definition, made from its title.</summary>
    public static string FreeId(string title, IReadOnlySet<string> taken) => ElsaNames.Free(ElsaNames.Pipeline(title.ToLowerInvariant()), taken);

    /// <summary>Completes what Elsa Studio leaves to its server: paths, names and the parts that every activity has.</summary>
    public static void Complete(JsonObject definition)
    {
        foreach (string list in new[] { "variables", "inputs", "outputs", "outcomes" })
        {
            if (definition[list] is not JsonArray)
                definition[list] = new JsonArray();
        }
        definition.Ensure("customProperties");
        definition.Ensure("options");
        JsonObject root = definition.Ensure("root");
        root["id"] ??= "Flowchart";
        root["type"] ??= ElsaWords.Flowchart;
        Complete(root, "Workflow1");
        if (!ElsaReader.HoldsActivities(root))
            return;
        foreach (string list in ElsaReader.IsFlowchart(root) ? (string[])["activities", "connections", "variables"] : ["activities", "variables"])
        {
            if (root[list] is not JsonArray)
                root[list] = new JsonArray();
        }
        foreach (JsonObject activity in root.Objects("activities"))
            Complete(activity, root["nodeId"]!.GetValue<string>());
    }

    private static void Complete(JsonObject activity, string parent)
    {
        activity["nodeId"] = $"{parent}:{activity["id"].Text()}";
        activity["version"] ??= 1;
        activity.Ensure("metadata");
        JsonObject properties = activity.Ensure("customProperties");
        properties["canStartWorkflow"] ??= false;
        properties["runAsynchronously"] ??= false;
    }

    private static string Path(JsonObject root, string id) =>
        ElsaReader.HoldsActivities(root) ? $"{root["nodeId"].Text() ?? "Workflow1:" + root["id"].Text()}:{id}" : "Workflow1:" + id;
}
