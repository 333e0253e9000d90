using System.Text.Json.Nodes;

namespace MLPlatform.Core.Elsa;

/// <summary>Reads activities and the connections between them as declarations.</summary>
internal static class ElsaActivityReader
{
    private static readonly string[] Order = ["type", "description", "inputs", "dependsOn", "when", "forEach", "maxParallel", "join", "resources", "schedule", "alarms", "advanced"];

    public static JsonObject Read(JsonObject definition, JsonObject root, IReadOnlyList<NamedNode> nodes)
    {
        Dictionary<string, string> nameOf = nodes.ToDictionary(n => n.Id, n => n.Name, StringComparer.Ordinal);
        HashSet<string> names = [.. nameOf.Values];
        ElsaScope scope = new(definition, nodes);
        ILookup<string, string> connected = Connected(root, nameOf).ToLookup(c => c.To, c => c.From, StringComparer.Ordinal);
        JsonObject activities = [];
        foreach (NamedNode node in nodes)
        {
            JsonObject declaration = Declaration(node.Node, scope);
            ElsaEdges.SetDependsOn(declaration, [.. connected[node.Name].Distinct()], names);
            activities[node.Name] = Ordered(declaration);
        }
        return activities;
    }

    /// <summary>The connections whose ends are both there; in a sequence each activity comes after the one before it.</summary>
    public static IEnumerable<(string From, string To)> Connected(JsonObject root, IReadOnlyDictionary<string, string> nameOf)
    {
        if (ElsaReader.IsSequence(root))
        {
            string[] order = [.. root.Objects("activities").Select(a => nameOf[a["id"].Text()!])];
            foreach ((string before, string after) in order.Zip(order.Skip(1)))
                yield return (before, after);
        }
        foreach (JsonObject connection in ElsaReader.IsFlowchart(root) ? root.Objects("connections") : [])
        {
            (string? from, _, string? to) = ElsaEdges.Ends(connection);
            if (from is not null && to is not null && nameOf.TryGetValue(from, out string? source) && nameOf.TryGetValue(to, out string? target))
                yield return (source, target);
        }
    }

    private static JsonObject Declaration(JsonObject node, ElsaScope scope)
    {
        JsonObject declaration = node.Object("customProperties").Object(ElsaWords.Ours)?.DeepClone().AsObject() ?? [];
        declaration["type"] = node["type"].Text();
        if (node.Object("metadata")?["description"].Text() is { Length: > 0 } description)
            declaration["description"] = description;
        JsonObject inputs = [];
        foreach ((string member, JsonNode? value) in node)
        {
            if (!ElsaWords.IsReserved(member) && ElsaValues.IsInput(value))
                inputs[ElsaWords.InputOfMember(member)] = ElsaValues.Unwrap(value!.AsObject(), scope.Variable, scope.Parameter).Value;
        }
        if (inputs.Count > 0)
            declaration["inputs"] = inputs;
        return declaration;
    }

    private static JsonObject Ordered(JsonObject declaration)
    {
        JsonObject ordered = [];
        foreach (string key in Order.Where(declaration.ContainsKey).Concat(declaration.Select(m => m.Key).Where(k => !Order.Contains(k))))
            ordered[key] = declaration[key]?.DeepClone();
        return ordered;
    }
}
