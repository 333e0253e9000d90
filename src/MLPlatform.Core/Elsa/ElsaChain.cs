using System.Text.Json.Nodes;

namespace MLPlatform.Core.Elsa;

/// <summary>Pipelines as sequences: activities that come one after the other and nothing else.</summary>
internal static class ElsaChain
{
    /// <summary>The order in which a sequence reads as these activities; null where none does, so that only a flowchart can say it.</summary>
    /// <param name="usual">The order to keep where it will do.</param>
    public static IReadOnlyList<string>? Of(JsonObject activities, IReadOnlyList<string> usual)
    {
        HashSet<string> names = [.. activities.Select(a => a.Key)];
        if (names.SetEquals(usual) && Fits(usual, activities, names))
            return usual;
        List<string> order = [];
        HashSet<string> left = [.. names];
        while (left.Count > 0)
        {
            if (left.Where(n => ElsaEdges.Needs(activities[n]!.AsObject(), left).Count == 0).ToList() is not [string next])
                return null;
            order.Add(next);
            left.Remove(next);
        }
        return Fits(order, activities, names) ? order : null;
    }

    /// <summary>Makes a flowchart of what was a sequence; activities that were never placed get a place.</summary>
    /// <param name="fresh">The same pipeline as it is written anew.</param>
    public static void Spread(JsonObject root, JsonArray activities, JsonObject fresh)
    {
        root["type"] = ElsaWords.Flowchart;
        JsonObject[] placed = [.. fresh["root"]!.AsObject().Objects("activities")];
        for (int i = 0; i < activities.Count; i++)
            activities[i]!.AsObject().Ensure("metadata")["designer"] ??= placed[i]["metadata"]!["designer"]!.DeepClone();
    }

    // Each says of the one before that it comes after it, and of others only that it reads them.
    private static bool Fits(IReadOnlyList<string> order, JsonObject activities, HashSet<string> names)
    {
        for (int i = 0; i < order.Count; i++)
        {
            JsonObject declaration = activities[order[i]]!.AsObject();
            string? before = i == 0 ? null : order[i - 1];
            if (declaration["dependsOn"] is not null && ElsaEdges.Declared(declaration) is null)
                return false;
            if (before is not null && !ElsaEdges.Needs(declaration, names).Contains(before))
                return false;
            if ((ElsaEdges.Declared(declaration) ?? []).Any(d => d != before && names.Contains(d)))
                return false;
        }
        return true;
    }
}
