using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Elsa;
using MLPlatform.Server.Activities;

namespace MLPlatform.Server.Elsa.Catalogue;

/// <summary>Our activities as Elsa's descriptors; made once, since Elsa Studio asks for them after every save.</summary>
internal sealed class ElsaCatalogue(ActivityCatalog catalog)
{
    private readonly Lazy<string> _activities = new(() => Make(catalog));

    /// <summary>The list of descriptors as JSON.</summary>
    public string Activities => _activities.Value;

    private static string Make(ActivityCatalog catalog)
    {
        JsonArray items = [.. catalog.All.OrderBy(d => d.Type, StringComparer.Ordinal).Select(Describe), Flowchart()];
        foreach (string fallback in new[] { "Elsa.NotFoundActivity", "Elsa.UnknownActivity" })
            items.Add(Descriptor(fallback, "Elsa", fallback[5..], "System", fallback[5..], "Holds the place of an activity that is not there.", "Action", browsable: false));
        return ElsaJson.Line(new JsonObject { ["items"] = items, ["count"] = items.Count });
    }

    private static JsonObject Describe(ActivityDescriptor activity)
    {
        ActivityTypeDetail detail = ActivityTypeDetail.From(activity);
        (string family, string verb) = activity.Type.Split('.', 2) is [string f, string v] ? (f, v) : ("other", activity.Type);
        JsonObject described = Descriptor(activity.Type, family, verb, Title(family), $"{Title(family)}: {Title(verb)}", activity.Summary, activity.Placement == ActivityPlacement.Inline ? "Action" : "Job", browsable: true);
        JsonArray inputs = ElsaInputs.Of(detail.Inputs);
        foreach (JsonObject field in ElsaFlowInputs.All())
            inputs.Add(field);
        described["inputs"] = inputs;
        described["outputs"] = new JsonArray([.. Properties(detail.Outputs).Select((p, i) => new JsonObject
        {
            ["name"] = ElsaWords.MemberOfOutput(p.Name),
            ["typeName"] = "Object",
            ["displayName"] = Title(p.Name),
            ["description"] = Text(p.Value, "description"),
            ["order"] = i,
            ["isBrowsable"] = true,
            ["isSynthetic"] = false,
        })]);
        return described;
    }

    // Every new workflow has it as its root.
    private static JsonObject Flowchart()
    {
        JsonObject flowchart = Descriptor(ElsaWords.Flowchart, "Elsa", "Flowchart", "Flow", "Flowchart", "Activities and what comes after what.", "Action", browsable: false);
        flowchart["isContainer"] = true;
        return flowchart;
    }

    private static JsonObject Descriptor(string type, string space, string name, string category, string title, string description, string kind, bool browsable) => new()
    {
        ["typeName"] = type,
        ["namespace"] = space,
        ["name"] = name,
        ["version"] = 1,
        ["category"] = category,
        ["displayName"] = title,
        ["description"] = description,
        ["inputs"] = new JsonArray(),
        ["outputs"] = new JsonArray(),
        ["kind"] = kind,
        ["ports"] = new JsonArray(),
        ["customProperties"] = new JsonObject(),
        ["constructionProperties"] = new JsonObject(),
        ["isContainer"] = false,
        ["isBrowsable"] = browsable,
        ["isStart"] = false,
        ["isTerminal"] = false,
    };

    internal static IEnumerable<JsonProperty> Properties(JsonElement? schema) =>
        schema is { ValueKind: JsonValueKind.Object } known && known.TryGetProperty("properties", out JsonElement properties) ? properties.EnumerateObject() : [];

    internal static string? Text(JsonElement schema, string member) =>
        schema.ValueKind == JsonValueKind.Object && schema.TryGetProperty(member, out JsonElement value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    /// <summary>A name for people: <c>testFraction</c> is Test fraction.</summary>
    internal static string Title(string name)
    {
        string words = string.Concat(name.Select((c, i) => i > 0 && char.IsUpper(c) && !char.IsUpper(name[i - 1]) ? " " + char.ToLower(c, CultureInfo.InvariantCulture) : c.ToString()));
        return words.Length == 0 ? words : char.ToUpper(words[0], CultureInfo.InvariantCulture) + words[1..];
    }
}
