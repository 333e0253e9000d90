using System.Text.Json.Nodes;

namespace MLPlatform.Core.Elsa;

/// <summary>
/// Lists and objects among an activity's inputs. The format writes them as <c>Object</c>; the designer's JSON editor reads and writes a <c>Literal</c> alone,
/// and shows nothing of the other, so they are literals for as long as the designer has them.
/// </summary>
internal static class ElsaStructures
{
    private const string Type = "Object";

    public static void Show(JsonObject activity)
    {
        foreach (JsonObject expression in Expressions(activity).Select(e => e.Expression).Where(e => e["type"].Text() == Type && Structure(e["value"].Text()) is not null))
            expression["type"] = "Literal";
    }

    /// <summary>Makes them what they were. An editor that was emptied takes its input out; what that does to a part of the activity, its fields say.</summary>
    public static void Keep(JsonObject activity, IReadOnlySet<string> parts)
    {
        foreach ((string member, JsonObject expression) in Expressions(activity).Where(e => e.Expression["type"].Text() == "Literal").ToList())
        {
            if (expression["value"] is not { } value || value.Text() is { } text && string.IsNullOrWhiteSpace(text))
            {
                if (!parts.Contains(member))
                    activity.Remove(member);
            }
            else if (Structure(value.Text()) is not null)
                expression["type"] = Type;
        }
    }

    private static IEnumerable<(string Member, JsonObject Expression)> Expressions(JsonObject activity) =>
        activity["type"].Text() is { } type && !type.StartsWith("Elsa.", StringComparison.Ordinal)
            ? activity.Where(m => ElsaValues.IsInput(m.Value) && m.Value!["typeName"].Text() == Type).Select(m => (m.Key, m.Value!["expression"]!.AsObject()))
            : [];

    private static JsonNode? Structure(string? text) => text is not null && ElsaJson.TryParse(text, out JsonNode? parsed) && parsed is JsonObject or JsonArray ? parsed : null;
}
