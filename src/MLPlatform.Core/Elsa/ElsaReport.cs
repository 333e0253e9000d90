using System.Text.Json;
using System.Text.Json.Nodes;
using MLPlatform.Core.Activities;

namespace MLPlatform.Core.Elsa;

/// <summary>Refuses what is no definition, and names all of one that a pipeline has no word for.</summary>
internal sealed class ElsaReport(JsonObject definition, ActivityCatalog catalog, ElsaNotes notes)
{
    private static readonly HashSet<string> Understood = new(StringComparer.Ordinal)
    {
        "id", "definitionId", "name", "description", "createdAt", "version", "toolVersion", "isLatest", "isPublished", "isReadonly", "isSystem", "inputs",
        "outputs", "variables", "root", "links", "$schema", "providerName", "materializerName", "tenantId",
    };

    private static readonly HashSet<string> Plain = new(StringComparer.Ordinal) { "canStartWorkflow", "runAsynchronously", "source", "notFoundConnections", ElsaWords.Ours, "CanStartWorkflow", "RunAsynchronously" };

    /// <summary>Whether it can be read at all.</summary>
    public bool Check()
    {
        if (definition["root"] is not JsonObject root || root["type"].Text() is null)
        {
            notes.Refuse("ELSA-001", "this is no Elsa 3 workflow definition: it has no root activity", "Export the workflow as JSON from Elsa Studio.");
            return false;
        }
        HashSet<string> ids = new(StringComparer.Ordinal);
        bool holds = ElsaReader.HoldsActivities(root);
        if (holds && root["activities"] is JsonArray list && list.IndexOf(list.FirstOrDefault(a => a is not JsonObject)) is >= 0 and int odd)
            notes.Refuse("ELSA-002", "this is no activity", null, "root", "activities", odd);
        if (holds && !root.Objects("activities").Any())
            notes.Kept("ELSA-020", "the workflow has no activities; a pipeline needs one", "Add an activity before it is published.", "root");
        int at = 0;
        foreach (JsonObject activity in ElsaReader.Activities(definition))
        {
            object[] path = holds ? ["root", "activities", at++] : ["root"];
            if (activity["id"].Text() is not { Length: > 0 } id || activity["type"].Text() is not { Length: > 0 })
                notes.Refuse("ELSA-002", "an activity has no \"id\" or no \"type\"", "Both are text.", path);
            else if (!ids.Add(id))
                notes.Refuse("ELSA-003", $"the activity id \"{id}\" stands here a second time", "Ids must be unique.", [.. path, "id"]);
        }
        return notes.Errors == 0;
    }

    public void Name()
    {
        JsonObject root = definition["root"]!.AsObject();
        IReadOnlyList<NamedNode> nodes = ElsaNames.Of(ElsaReader.Activities(definition));
        ElsaScope scope = new(definition, nodes);
        NameDefinition(scope);
        bool holds = ElsaReader.HoldsActivities(root);
        if (!holds)
            notes.Kept("ELSA-016", $"the root is neither flowchart nor sequence but {root["type"].Text()}: it becomes one activity", null, "root", "type");
        for (int i = 0; i < nodes.Count; i++)
            NameActivity(nodes[i], scope, holds ? ["root", "activities", i] : ["root"]);
        if (ElsaReader.IsFlowchart(root))
            NameConnections(root, nodes.ToDictionary(n => n.Id, StringComparer.Ordinal));
    }

    private void NameDefinition(ElsaScope scope)
    {
        foreach ((string name, JsonNode? value) in definition)
        {
            if (!Understood.Contains(name) && name is not ("customProperties" or "options") && !IsEmpty(value))
                notes.Kept("ELSA-010", $"a pipeline has nothing like a workflow's \"{name}\"; it is kept as it is", null, name);
        }
        foreach (string group in new[] { "customProperties", "options" })
        {
            foreach ((string name, JsonNode? value) in definition.Object(group) ?? [])
            {
                if (name != ElsaWords.Ours && name != "autoUpdateConsumingWorkflows" && !IsEmpty(value))
                    notes.Kept("ELSA-010", $"a pipeline has nothing like \"{name}\" of \"{group}\"; it is kept as it is", null, group, name);
            }
        }
        NameEach("variables", v => v["id"].Text() is not { } id || !scope.IsBound(id), "no output sets the variable \"{0}\", so nothing in the pipeline can read it; it is kept as it is");
        JsonObject? ours = definition.Object("customProperties").Object(ElsaWords.Ours);
        NameEach("outputs", o => ours.Object("outputs")?.ContainsKey(o["name"].Text() ?? "") != true, "the workflow's output \"{0}\" is set while it runs; it is kept as it is, and the pipeline has no such output");
        NameEach("inputs", i => !ElsaParameters.IsName(i["name"].Text()), "the workflow's input \"{0}\" has a name that no parameter may have; it is kept as it is");
    }

    private void NameEach(string list, Predicate<JsonObject> odd, string message)
    {
        int at = 0;
        foreach (JsonObject item in definition.Objects(list))
        {
            if (odd(item))
                notes.Kept("ELSA-014", string.Format(System.Globalization.CultureInfo.InvariantCulture, message, item["name"].Text()), null, list, at);
            at++;
        }
    }

    private void NameActivity(NamedNode node, ElsaScope scope, object[] path)
    {
        string type = node.Node["type"].Text()!;
        if (catalog.Find(type) is null)
            notes.Kept("ELSA-018", $"there is no activity type \"{type}\" here: \"{node.Name}\" holds its place, and cannot run", "Put an activity of this platform in its place; 'mlp activities list' tells them.", [.. path, "type"]);
        if (node.Name != node.Id && node.Name != node.Node["name"].Text())
            notes.Kept("ELSA-017", $"activity \"{node.Node["name"].Text() ?? node.Id}\" is called \"{node.Name}\" here", null, [.. path, "id"]);
        foreach ((string member, JsonNode? value) in node.Node)
        {
            if (ElsaWords.IsReserved(member) && !(member is "activities" or "start" && value is not null))
                continue;
            if (ElsaValues.IsInput(value))
            {
                if (ElsaValues.Unwrap(value!.AsObject(), scope.Variable, scope.Parameter).Unknown is { } expression)
                    notes.Kept("ELSA-011", $"the input \"{member}\" of \"{node.Name}\" is an expression in {expression}, which nothing here evaluates; it is kept as it is", "Write it as ${{ … }}.", [.. path, member, "expression"]);
            }
            else if (!ElsaValues.IsOutput(value) && !IsEmpty(value))
                notes.Kept(value is JsonArray or JsonObject ? "ELSA-015" : "ELSA-010", $"\"{member}\" of \"{node.Name}\" has no counterpart in a pipeline; it is kept as it is", null, [.. path, member]);
        }
        foreach ((string name, JsonNode? value) in node.Node.Object("customProperties") ?? [])
        {
            if (!Plain.Contains(name) && !IsEmpty(value))
                notes.Kept("ELSA-010", $"a pipeline has nothing like the custom property \"{name}\" of \"{node.Name}\"; it is kept as it is", null, [.. path, "customProperties", name]);
        }
    }

    private void NameConnections(JsonObject root, Dictionary<string, NamedNode> nodes)
    {
        int at = 0;
        foreach (JsonObject connection in root.Objects("connections"))
        {
            (string? from, string? port, string? to) = ElsaEdges.Ends(connection);
            if (from is null || to is null || !nodes.ContainsKey(from) || !nodes.TryGetValue(to, out NamedNode? after))
                notes.Kept("ELSA-012", $"the connection from {Said(from)} to {Said(to)} has an end that is not there; it is kept as it is", null, "root", "connections", at);
            else if (port is not (null or "" or ElsaWords.Done))
            {
                notes.Kept("ELSA-013", $"the connection from {Said(from)} leaves by the outcome \"{port}\"; here it only says that {Said(to)} comes after",
                    $"Give \"{after.Name}\" a condition: \"when\".", "root", "connections", at);
            }
            at++;
        }

        // People know the names that Elsa shows; a definition's text knows ids alone.
        string Said(string? id) => id is not null && nodes.GetValueOrDefault(id)?.Node["name"].Text() is { Length: > 0 } name && name != id ? $"\"{name}\" (id {id})" : $"\"{id}\"";
    }

    private static bool IsEmpty(JsonNode? value) => value switch
    {
        null => true,
        JsonObject members => members.Count == 0,
        JsonArray items => items.Count == 0,
        JsonValue scalar => scalar.GetValueKind() == JsonValueKind.False || scalar.Text() == "",
        _ => false,
    };
}
