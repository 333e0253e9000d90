using System.Text.Json.Nodes;

namespace MLPlatform.Core.Elsa;

/// <summary>
/// When, how often and with what an activity runs, as inputs that Elsa's designer has editors for. Documents hold these in custom properties;
/// only what the designer is shown has them as members, so that nothing else of the format changes.
/// </summary>
public static class ElsaFields
{
    private const string Prefix = "mlplatform";

    /// <summary>The parts of an activity that are fields, in the order in which they are shown.</summary>
    public static IReadOnlyList<string> Names { get; } = ["when", "forEach", "maxParallel", "join", "resources"];

    private static readonly HashSet<string> Members = [.. Names.Select(MemberOf)];

    /// <summary>The member of an activity that holds a part: <c>when</c> is <c>mlplatformWhen</c>.</summary>
    public static string MemberOf(string part) => Prefix + char.ToUpperInvariant(part[0]) + part[1..];

    /// <summary>Gives each activity of a definition the members for the parts that it has, and lists and objects as its editor reads them.</summary>
    public static void Show(JsonObject definition)
    {
        foreach (JsonObject activity in Activities(definition))
        {
            JsonObject? extras = activity.Object("customProperties").Object(ElsaWords.Ours);
            foreach (string part in Names.Where(n => extras?[n] is not null))
                activity[MemberOf(part)] = ElsaValues.Wrap(extras![part]!.DeepClone(), null);
            ElsaStructures.Show(activity);
        }
    }

    /// <summary>Takes the members back into the custom properties. What was only shown stays as it was; an emptied field takes its part out.</summary>
    public static void Keep(JsonObject definition)
    {
        foreach (JsonObject activity in Activities(definition))
        {
            ElsaStructures.Keep(activity, Members);
            foreach (string part in Names)
            {
                if (activity[MemberOf(part)] is not { } member)
                    continue;
                activity.Remove(MemberOf(part));
                if (!ElsaValues.IsInput(member))
                    continue;
                // An expression that holds nothing says nothing, whatever its type.
                bool isEmpty = member["expression"]!["value"] is not { } written || written.Text() is { } text && string.IsNullOrWhiteSpace(text);
                Set(activity, part, isEmpty ? null : ElsaValues.Unwrap(member.AsObject(), _ => null, _ => null).Value);
            }
        }
    }

    private static void Set(JsonObject activity, string part, JsonNode? value)
    {
        JsonObject properties = activity.Ensure("customProperties");
        if (value is null)
        {
            if (properties.Object(ElsaWords.Ours) is { } known && known.Remove(part) && known.Count == 0)
                properties.Remove(ElsaWords.Ours);
            return;
        }
        JsonObject extras = properties.Ensure(ElsaWords.Ours);
        if (!JsonNode.DeepEquals(extras[part], value))
            extras[part] = value.DeepClone();
    }

    private static IEnumerable<JsonObject> Activities(JsonObject definition) =>
        definition["root"] is JsonObject && PipelineShape.IsDefinition(definition) ? ElsaReader.Activities(definition) : [];
}
