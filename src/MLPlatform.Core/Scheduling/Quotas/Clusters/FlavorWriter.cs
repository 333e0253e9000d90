using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace MLPlatform.Core.Scheduling.Quotas.Clusters;

/// <summary>Pools as ResourceFlavors: the labels of their nodes.</summary>
internal static partial class FlavorWriter
{
    private const int MostLabels = 8;

    /// <summary>Pools that ask for no label first: Kueue takes the first flavor that fits, and work of those says nothing that would keep it from others.</summary>
    public static IEnumerable<string> Order(ExportTree tree) => tree.Pools.OrderBy(p => tree.Pool(p).Selector.Count > 0);

    public static void Write(ExportTree tree, ClusterExportSettings settings, ManifestList list)
    {
        string[] open = [.. tree.Pools.Where(p => tree.Pool(p).Selector.Count == 0)];
        if (tree.Pools.Count > 1 && open.Length > 0)
            list.Notes.Add($"The pool {string.Join(", ", open)} has no selector: Kueue may give its work nodes of other pools once it is full. Give it labels that only its nodes have.");
        if (tree.Pools.Any(p => tree.Pool(p).Nodes.Values.Select(n => n.GpuModel).OfType<string>().Distinct().Skip(1).Any()))
            list.Notes.Add("A pool with several GPU models is one flavor: its quotas do not say of which model. Make each model a pool to count them apart.");
        foreach (string pool in Order(tree))
        {
            PoolDeclaration declared = tree.Pool(pool);
            if (declared.Selector.Count > MostLabels)
                list.Problem($"the pool {pool} asks for {declared.Selector.Count} labels, and a ResourceFlavor has {MostLabels} at most", "Ask for fewer.");
            foreach ((string key, string value) in declared.Selector.Where(l => !Key().IsMatch(l.Key) || !Value().IsMatch(l.Value)))
                list.Problem($"the pool {pool} asks for the label {key}={value}, which no node of a cluster can have", "Labels are letters, digits and . _ -, 63 characters at most; keys may have a domain and / before that.");
            if (declared.Overflow.Count > 0)
                list.Notes.Add("Overflow of pools is the platform's own: Kueue gives work to the pool that its labels name.");
            JsonObject spec = [];
            if (declared.Selector.Count > 0)
                spec["nodeLabels"] = new JsonObject(declared.Selector.OrderBy(l => l.Key, StringComparer.Ordinal).Select(l => KeyValuePair.Create(l.Key, (JsonNode?)l.Value)));
            if (settings.Tolerations.Count > 0)
                spec["tolerations"] = new JsonArray([.. settings.Tolerations.Select(t => Toleration(t, list))]);
            list.Add("kueue.x-k8s.io/v1beta2", "ResourceFlavor", ClusterNames.Dns(pool), $"the pool {pool}", spec, null, (ManifestList.Pool, pool));
        }
    }

    // key=value:Effect, key:Effect, key
    private static JsonObject Toleration(string text, ManifestList list)
    {
        string[] parts = text.Split(':', 2), pair = parts[0].Split('=', 2);
        JsonObject toleration = new() { ["key"] = pair[0], ["operator"] = pair.Length == 2 ? "Equal" : "Exists" };
        if (pair.Length == 2)
            toleration["value"] = pair[1];
        if (parts.Length == 2)
            toleration["effect"] = parts[1];
        if (!Key().IsMatch(pair[0]) || (pair.Length == 2 && !Value().IsMatch(pair[1])) || (parts.Length == 2 && parts[1] is not ("NoSchedule" or "PreferNoSchedule" or "NoExecute")))
            list.Problem($"'{text}' is no taint", "Write key=value:Effect, key:Effect or key; the effect is NoSchedule, PreferNoSchedule or NoExecute.");
        return toleration;
    }

    [GeneratedRegex(@"^([a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?\z")]
    private static partial Regex Key();

    [GeneratedRegex(@"^([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?\z")]
    private static partial Regex Value();
}
