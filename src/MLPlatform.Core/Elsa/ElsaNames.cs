using System.Text.Json.Nodes;
using MLPlatform.Core.Pipelines;

namespace MLPlatform.Core.Elsa;

/// <summary>An activity of a definition and what the pipeline calls it.</summary>
internal sealed record NamedNode(string Id, string Name, JsonObject Node);

/// <summary>Names for what Elsa identifies by ids: its own name where that may be one, else its id, else something like it.</summary>
internal static class ElsaNames
{
    public static IReadOnlyList<NamedNode> Of(IEnumerable<JsonObject> activities)
    {
        HashSet<string> taken = new(StringComparer.Ordinal);
        List<NamedNode> named = [];
        foreach (JsonObject activity in activities)
        {
            string id = activity["id"].Text()!;
            string name = new[] { activity["name"].Text(), id }.FirstOrDefault(n => n is not null && Names.IsActivity(n) && !taken.Contains(n))
                ?? Free(Safe(activity["name"].Text() is { Length: > 0 } given ? given : id, 120, "activity"), taken);
            taken.Add(name);
            named.Add(new NamedNode(id, name, activity));
        }
        return named;
    }

    /// <summary>A name that pipelines may have, as near as can be.</summary>
    public static string Pipeline(string? name) => Safe(name ?? "", 128, "workflow");

    /// <summary>The name, or the name with the first number that makes it new.</summary>
    public static string Free(string name, IReadOnlySet<string> taken)
    {
        string free = name;
        for (int i = 2; taken.Contains(free); i++)
            free = $"{name}-{i}";
        return free;
    }

    private static string Safe(string name, int length, string otherwise)
    {
        string safe = new([.. name.Select(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.' ? c : '-').Take(length)]);
        safe = safe.TrimStart('-', '_', '.').TrimEnd('-');
        return safe.Length == 0 ? otherwise : safe;
    }
}
