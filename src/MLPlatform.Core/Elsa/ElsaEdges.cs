using System.Text.Json;
using System.Text.Json.Nodes;
using MLPlatform.Core.Expressions;

namespace MLPlatform.Core.Elsa;

/// <summary>Connections and what they stand for in a pipeline.</summary>
internal static class ElsaEdges
{
    /// <summary>The activities that one waits for, by reference or because it says so; those that are there, each once.</summary>
    public static List<string> Needs(JsonObject declaration, IReadOnlySet<string> names) =>
        [.. Implied(declaration).Concat(Declared(declaration) ?? []).Where(names.Contains).Distinct()];

    public static IEnumerable<string> Implied(JsonObject declaration) => ElsaReferences.OfActivity(declaration).Select(r => r.Name);

    /// <summary>What <c>dependsOn</c> lists; null where it is missing or no list of names.</summary>
    public static List<string>? Declared(JsonObject declaration) =>
        declaration["dependsOn"] is JsonArray list && list.All(i => i.Text() is not null) ? [.. list.Select(i => i.Text()!)] : null;

    public static JsonObject Connection(string from, string to) => new()
    {
        ["source"] = new JsonObject { ["activity"] = from, ["port"] = ElsaWords.Done },
        ["target"] = new JsonObject { ["activity"] = to, ["port"] = ElsaWords.In },
    };

    /// <summary>Both ends of a connection and the port it leaves by, in today's form or the older flat one.</summary>
    public static (string? From, string? Port, string? To) Ends(JsonObject connection)
    {
        (string? from, string? port) = connection["source"] is JsonObject source
            ? (source["activity"].Text(), source["port"].Text())
            : (connection["source"].Text(), connection["sourcePort"].Text());
        return (from, port, connection["target"] is JsonObject target ? target["activity"].Text() : connection["target"].Text());
    }

    /// <summary>Puts what connections say into a declaration that may hold the list it was exported with.</summary>
    public static void SetDependsOn(JsonObject declaration, IReadOnlyList<string> connected, IReadOnlySet<string> names)
    {
        if (declaration["dependsOn"] is not null && Declared(declaration) is null)
            return; // Nothing that could be read as a list; it stays as it was.
        HashSet<string> implied = new(Implied(declaration), StringComparer.Ordinal);
        List<string> kept = Declared(declaration) ?? [];
        List<string> all = [.. kept.Where(d => connected.Contains(d) || !names.Contains(d)), .. connected.Where(c => !kept.Contains(c) && !implied.Contains(c))];
        if (all.Count > 0 || (declaration.ContainsKey("dependsOn") && kept.Count == 0))
            declaration["dependsOn"] = new JsonArray([.. all.Select(d => (JsonNode)d)]);
        else
            declaration.Remove("dependsOn");
    }
}
