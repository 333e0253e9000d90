using System.Text.Json.Nodes;

namespace MLPlatform.Core.Elsa;

/// <summary>Writes one activity.</summary>
internal static class ElsaActivityWriter
{
    /// <param name="bound">The outputs of the whole pipeline that somebody refers to.</param>
    public static JsonObject Write(string name, JsonObject declaration, IEnumerable<OutputReference> bound)
    {
        JsonObject activity = new()
        {
            ["id"] = name,
            ["nodeId"] = "",
            ["name"] = name,
            ["type"] = declaration["type"].Text()!,
            ["version"] = 1,
            ["customProperties"] = new JsonObject { ["canStartWorkflow"] = false, ["runAsynchronously"] = false },
            ["metadata"] = new JsonObject(),
        };
        Update(activity, name, declaration, bound);
        return activity;
    }

    /// <summary>Makes the activity say what the declaration says, and leaves the rest of it alone.</summary>
    public static void Update(JsonObject activity, string name, JsonObject declaration, IEnumerable<OutputReference> bound)
    {
        activity["type"] = declaration["type"].Text()!;
        if (declaration["description"].Text() is { Length: > 0 } description)
            activity.Ensure("metadata")["description"] = description;
        else
            activity.Object("metadata")?.Remove("description");
        SetInputs(activity, declaration["inputs"] as JsonObject ?? []);
        foreach (OutputReference output in bound.Where(o => o.Activity == name))
        {
            string member = ElsaWords.MemberOfOutput(output.Output);
            if (!activity.ContainsKey(member))
                activity[member] = ElsaVariables.Binding(output);
        }
        JsonObject extras = declaration.Without("type", declaration["description"].Text() is { Length: > 0 } ? "description" : "", declaration["inputs"] is JsonObject { Count: > 0 } ? "inputs" : "");
        if (extras.Count > 0)
            activity.Ensure("customProperties")[ElsaWords.Ours] = extras;
        else
            activity.Object("customProperties")?.Remove(ElsaWords.Ours);
    }

    private static void SetInputs(JsonObject activity, JsonObject inputs)
    {
        Dictionary<string, string> members = activity.Where(m => ElsaValues.IsInput(m.Value) && !ElsaWords.IsReserved(m.Key))
            .ToDictionary(m => ElsaWords.InputOfMember(m.Key), m => m.Key, StringComparer.Ordinal);
        foreach ((string input, string member) in members)
        {
            if (!inputs.ContainsKey(input))
                activity.Remove(member);
        }
        foreach ((string input, JsonNode? value) in inputs)
        {
            string member = members.GetValueOrDefault(input) ?? ElsaWords.MemberOfInput(input);
            activity[member] = ElsaValues.Wrap(value, ElsaReferences.Whole(value));
        }
    }
}
