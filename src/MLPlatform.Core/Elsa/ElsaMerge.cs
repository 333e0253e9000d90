using System.Text.Json.Nodes;

namespace MLPlatform.Core.Elsa;

/// <summary>Brings what changed in a pipeline into the definition that it was made from.</summary>
internal static class ElsaMerge
{
    /// <param name="definition">The definition, to be changed.</param>
    /// <param name="before">What it reads as.</param>
    /// <param name="now">What it is to read as.</param>
    public static JsonObject Merge(JsonObject definition, JsonObject before, JsonObject now)
    {
        (JsonObject old, JsonObject fresh) = (ElsaWriter.Write(before), ElsaWriter.Write(now));
        foreach (string member in new[] { "definitionId", "name", "description" })
        {
            if (!Same(old[member], fresh[member]))
                definition[member] = fresh[member]?.DeepClone();
        }
        foreach ((string section, string member) in new[] { ("parameters", "inputs"), ("outputs", "outputs") })
        {
            if (!Same(before[section], now[section]))
                definition[member] = Combine(definition, member, fresh[member]!.AsArray(), now[section] as JsonObject ?? []);
        }
        definition.Ensure("customProperties")[ElsaWords.Ours] = fresh["customProperties"]![ElsaWords.Ours]!.DeepClone();
        AddVariables(definition, fresh);
        MergeActivities(definition, before["activities"]!.AsObject(), now, fresh);
        return definition;
    }

    // Inputs and outputs that a pipeline cannot have stay beside those it has.
    private static JsonArray Combine(JsonObject definition, string member, JsonArray fresh, JsonObject now)
    {
        JsonObject[] old = [.. definition.Objects(member)];
        return [.. fresh.Select(f => (old.FirstOrDefault(o => Same(o["name"], f!["name"]) && Same(o["type"], f["type"])) ?? f)!.DeepClone()),
            .. old.Where(o => o["name"].Text() is { } name && !now.ContainsKey(name) && member == "outputs" && definition.Object("customProperties").Object(ElsaWords.Ours).Object("outputs")?.ContainsKey(name) != true).Select(o => o.DeepClone())];
    }

    private static void AddVariables(JsonObject definition, JsonObject fresh)
    {
        HashSet<string> there = [.. definition.Objects("variables").Select(v => v["id"].Text()).OfType<string>()];
        if (definition["variables"] is not JsonArray list)
            definition["variables"] = list = [];
        foreach (JsonObject variable in fresh.Objects("variables").Where(v => !there.Contains(v["id"].Text()!)))
            list.Add(variable.DeepClone());
    }

    private static void MergeActivities(JsonObject definition, JsonObject before, JsonObject now, JsonObject fresh)
    {
        JsonObject root = definition["root"]!.AsObject();
        JsonObject wanted = now["activities"]!.AsObject();
        Dictionary<string, NamedNode> old = ElsaNames.Of(ElsaReader.Activities(definition)).ToDictionary(n => n.Name, StringComparer.Ordinal);
        if (!ElsaReader.HoldsActivities(root))
            definition["root"] = root = fresh["root"]!.AsObject().Without("activities", "connections"); // It was one activity, and now stands among others.
        HashSet<string> names = [.. wanted.Select(a => a.Key)];
        OutputReference[] bound = [.. ElsaWriter.Outputs(now, names)];
        Dictionary<string, string> ids = [];
        HashSet<string> taken = [.. old.Values.Select(n => n.Id)];
        JsonArray activities = [];
        foreach ((string name, JsonNode? declaration) in wanted)
        {
            JsonObject activity = old.TryGetValue(name, out NamedNode? known)
                ? known.Node.DeepClone().AsObject()
                : fresh["root"]!.AsObject().Objects("activities").First(a => a["name"].Text() == name).DeepClone().AsObject();
            if (known is null)
                activity["id"] = ElsaNames.Free(name, taken);
            ids[name] = activity["id"].Text()!;
            taken.Add(ids[name]);
            activity["nodeId"] = $"{root["nodeId"].Text() ?? "Workflow1:" + root["id"].Text()}:{ids[name]}";
            if (known is null || !Same(before[name], declaration))
                ElsaActivityWriter.Update(activity, name, declaration!.AsObject(), bound);
            activities.Add(activity);
        }
        if (ElsaReader.IsSequence(root))
        {
            if (ElsaChain.Of(wanted, [.. old.Keys]) is { } order)
            {
                root["activities"] = new JsonArray([.. order.Select(name => activities.First(a => a!["id"].Text() == ids[name])!.DeepClone())]);
                return;
            }
            ElsaChain.Spread(root, activities, fresh);
            before = []; // No reference had a connection of its own, so each gets one now.
        }
        JsonArray connections = Connections(root, before, wanted, ids, old);
        root["activities"] = activities;
        root["connections"] = connections;
    }

    private static JsonArray Connections(JsonObject root, JsonObject before, JsonObject wanted, Dictionary<string, string> ids, Dictionary<string, NamedNode> old)
    {
        HashSet<string> names = [.. wanted.Select(a => a.Key)];
        HashSet<(string, string)> needed = [.. wanted.SelectMany(a => ElsaEdges.Needs(a.Value!.AsObject(), names).Select(n => (ids[n], ids[a.Key])))];
        HashSet<string> gone = [.. old.Values.Where(n => !names.Contains(n.Name)).Select(n => n.Id)];
        HashSet<string> all = [.. old.Values.Select(n => n.Id)];
        HashSet<(string?, string?)> kept = [];
        JsonArray connections = [];
        foreach (JsonObject connection in root.Objects("connections"))
        {
            (string? from, _, string? to) = ElsaEdges.Ends(connection);
            bool dangling = from is null || to is null || !all.Contains(from) || !all.Contains(to);
            if (gone.Contains(from ?? "") || gone.Contains(to ?? "") || (!dangling && !needed.Contains((from!, to!))))
                continue;
            connections.Add(connection.DeepClone());
            kept.Add((from, to));
        }
        foreach ((string from, string to) in needed.Where(n => !kept.Contains(n) && !Before(n.Item1, n.Item2)))
            connections.Add(ElsaEdges.Connection(from, to));
        return connections;

        // A reference that had no connection of its own does not get one because something else changed.
        bool Before(string from, string to)
        {
            string? source = old.Values.FirstOrDefault(n => n.Id == from)?.Name, target = old.Values.FirstOrDefault(n => n.Id == to)?.Name;
            return source is not null && target is not null && before[target] is JsonObject declaration && ElsaEdges.Needs(declaration, names).Contains(source);
        }
    }

    private static bool Same(JsonNode? a, JsonNode? b) => JsonNode.DeepEquals(a, b);
}
