using System.Text.Json.Nodes;

namespace MLPlatform.Core.Scheduling.Quotas.Clusters;

/// <summary>
/// The quota tree as Volcano's queues (capacity plugin, hierarchical): deserved is the nominal quota, guarantee what is never lent,
/// capability the nominal quota and what may be borrowed. Work goes to leaves, so a group with parts is a leaf of its name under
/// a queue GROUP-all. Queues count no pools: those of a cluster are added up.
/// </summary>
public static class VolcanoExport
{
    public static ClusterExport Of(ResourcesFile file, IEnumerable<Expansion> expansions, ClusterExportSettings settings)
    {
        ManifestList list = new();
        (IReadOnlyList<string> pools, SettingsProblemText? problem) = ExportTree.PoolsOf(file, settings.Cluster);
        if (problem is not null)
            list.Problem(problem.Message, problem.Hint);
        else
            new VolcanoWriter(new ExportTree(file, expansions, settings.At, pools), settings, list).Write();
        return list.ToExport();
    }
}

internal sealed class VolcanoWriter(ExportTree tree, ClusterExportSettings settings, ManifestList list)
{
    private const string Root = "root";

    public void Write()
    {
        if (tree.Pools.Count > 1)
            list.Notes.Add($"Queues count no pools: the quotas of {string.Join(", ", tree.Pools)} are added up.");
        list.Notes.Add("Volcano reclaims by its own order and shares by one weight; it needs the capacity plugin with enableHierarchy and the reclaim action.");
        foreach ((string name, int value) in PriorityBands.All)
        {
            list.Add("scheduling.k8s.io/v1", "PriorityClass", name, $"the priority {name}", null);
            list.Objects[^1]["value"] = value;
            list.Objects[^1]["description"] = "Priority of attempts of pipelines.";
        }
        foreach (string group in tree.PartsOf(null))
            Group(group, Root);
        Queue(KueueExport.Undeclared, "work of no group", Root, 1, _ => new QuotaShare(0, null, null), null);
    }

    private void Group(string group, string above)
    {
        string name = ClusterNames.Dns(group), all = ClusterNames.Dns(name + "-all");
        IReadOnlyList<string> persons = tree.BoundedPersons(group);
        if (!tree.PartsOf(group).Any() && persons.Count == 0)
        {
            Queue(name, $"the group {group}", above, tree.Weight(group), r => Sum(group, r), group);
            return;
        }
        Queue(all, $"the parts of the group {group}", above, tree.Weight(group), r => Whole(group, r), group);
        // What is kept is kept for all of it; the leaf lends the rest to its siblings.
        Queue(name, $"the group {group}", all, 1, r => new QuotaShare(Sum(group, r).Nominal, null, null), group);
        foreach (string person in persons)
            Queue(ClusterNames.Dns($"{name}-{ClusterNames.Dns(person)}"), $"{person} of the group {group}", all, 1, r => new QuotaShare(0, Sum(tree.Pools.Select(p => tree.Ceiling(group, person, p, r))), null), group);
        foreach (string part in tree.PartsOf(group))
            Group(part, all);
    }

    private void Queue(string name, string origin, string above, double weight, Func<Counted, QuotaShare> share, string? group)
    {
        JsonObject deserved = [], capability = [], guarantee = [];
        foreach (Counted resource in CountedText.All)
        {
            (string key, QuotaShare s) = (resource.Name(settings), share(resource));
            if (s.Nominal is not { } nominal)
            {
                list.Notes.Add($"{key} is not counted for some; their queues do not name it.");
                continue;
            }
            deserved[key] = resource.Write(nominal);
            if (s.Borrowing is { } borrowing)
                capability[key] = resource.Write(Whole(resource, nominal) + Whole(resource, borrowing));
            if (s.Lending is { } lending && lending < nominal)
                guarantee[key] = resource.Write(Whole(resource, nominal) - Whole(resource, lending));
        }
        JsonObject spec = new() { ["parent"] = above, ["reclaimable"] = true, ["weight"] = Math.Max(1, (int)Math.Round(weight)) };
        if (deserved.Count > 0)
            spec["deserved"] = deserved;
        if (capability.Count > 0)
            spec["capability"] = capability;
        if (guarantee.Count > 0)
            spec["guarantee"] = new JsonObject { ["resource"] = guarantee };
        list.Add("scheduling.volcano.sh/v1beta1", "Queue", name, origin, spec, null, group is null ? [] : [(ManifestList.Group, group)]);
    }

    // A group with all its parts: what they have together, bounded as the group is.
    private QuotaShare Whole(string group, Counted resource)
    {
        QuotaShare own = Sum(group, resource);
        QuotaShare[] parts = [.. tree.PartsOf(group).Select(p => Whole(p, resource))];
        decimal? nominal = parts.Aggregate(own.Nominal, (sum, p) => sum + p.Nominal);
        decimal kept = parts.Where(p => p.Lending is not null).Sum(p => Math.Max(0, (p.Nominal - p.Lending) ?? 0));
        decimal? lending = own.Lending ?? (kept > 0 ? nominal : null);
        return new QuotaShare(nominal, own.Borrowing, lending is { } l && nominal is { } n ? Math.Min(l, n - kept) : null);
    }

    // One group over all pools; what is not counted or not bounded in one is so in all.
    private QuotaShare Sum(string group, Counted resource)
    {
        QuotaShare[] shares = [.. tree.Pools.Select(p => tree.Share(group, p, resource))];
        decimal kept = shares.Sum(s => s.Lending is { } lent && s.Nominal is { } has ? Math.Max(0, has - lent) : 0);
        decimal? nominal = Sum(shares.Select(s => s.Nominal));
        return new QuotaShare(nominal, Sum(shares.Select(s => s.Borrowing)), kept > 0 ? nominal - kept : null);
    }

    private static decimal? Sum(IEnumerable<decimal?> amounts) => amounts.Aggregate((decimal?)0, (sum, a) => sum + a);

    private static decimal Whole(Counted resource, decimal amount) => resource == Counted.Gpu ? Math.Floor(amount) : amount;
}
