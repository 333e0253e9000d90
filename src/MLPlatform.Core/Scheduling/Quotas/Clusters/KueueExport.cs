using System.Text.Json.Nodes;

namespace MLPlatform.Core.Scheduling.Quotas.Clusters;

/// <summary>
/// The quota tree in Kueue's words (v1beta2). A group is a ClusterQueue, with a LocalQueue in each namespace; a group that has
/// parts is a Cohort and a ClusterQueue in it; a person with a ceiling is a ClusterQueue that has nothing of its own and may
/// borrow of the group as much as the ceiling; what a pool has beyond all quotas belongs to the Cohort above all.
/// </summary>
public static class KueueExport
{
    /// <summary>The Cohort above all groups.</summary>
    public const string Root = "mlplatform";

    /// <summary>The queue of work that belongs to no group.</summary>
    public const string Undeclared = "default";

    public static ClusterExport Of(ResourcesFile file, IEnumerable<Expansion> expansions, ClusterExportSettings settings)
    {
        ManifestList list = new();
        (IReadOnlyList<string> pools, SettingsProblemText? problem) = ExportTree.PoolsOf(file, settings.Cluster);
        if (problem is not null)
            list.Problem(problem.Message, problem.Hint);
        else
            new KueueWriter(new ExportTree(file, expansions, settings.At, pools), settings, list).Write();
        return list.ToExport();
    }
}

internal sealed class KueueWriter(ExportTree tree, ClusterExportSettings settings, ManifestList list)
{
    private const string Version = "kueue.x-k8s.io/v1beta2";

    private readonly SortedSet<string> _uncounted = new(StringComparer.Ordinal);

    private delegate QuotaShare ShareOf(string pool, Counted resource);

    public void Write()
    {
        foreach ((string name, int value) in PriorityBands.All)
        {
            list.Add(Version, "WorkloadPriorityClass", name, $"the priority {name}", null);
            list.Objects[^1]["value"] = value;
        }
        FlavorWriter.Write(tree, settings, list);
        Cohort(KueueExport.Root, null, null, 1, (pool, resource) => new QuotaShare(tree.Beyond(pool, resource), null, null));
        foreach (string group in tree.PartsOf(null))
            Group(group, KueueExport.Root);
        Queue(KueueExport.Undeclared, "work of no group", KueueExport.Root, 1, (_, _) => QuotaShare.Nothing);
        if (_uncounted.Count > 0)
            list.Notes.Add($"Kueue counts everything, so where a resource has no quota it gets more than any cluster has: {string.Join(", ", _uncounted)}.");
    }

    private void Group(string group, string above)
    {
        string name = ClusterNames.Dns(group);
        double weight = tree.Weight(group);
        if (tree.PartsOf(group).Any())
        {
            // As the scheduler has it: the bounds are of all, the quota is of what belongs to no part.
            Cohort(name, group, above, weight, (pool, resource) => tree.Share(group, pool, resource) with { Nominal = 0 });
            Leaf(group, ClusterNames.Dns(name + "-own"), name, 1, (pool, resource) => new QuotaShare(tree.Share(group, pool, resource).Nominal, null, null));
            foreach (string part in tree.PartsOf(group))
                Group(part, name);
        }
        else
            Leaf(group, name, above, weight, (pool, resource) => tree.Share(group, pool, resource));
    }

    private void Leaf(string group, string cohort, string above, double weight, ShareOf share)
    {
        string name = ClusterNames.Dns(group);
        IReadOnlyList<string> persons = tree.BoundedPersons(group);
        if (persons.Count == 0)
        {
            Queue(name, $"the group {group}", above, weight, share, (ManifestList.Group, group));
            return;
        }
        Cohort(cohort, group, above, weight, share);
        Queue(name, $"the group {group}", cohort, 1, (_, _) => QuotaShare.Nothing, (ManifestList.Group, group));
        foreach (string person in persons)
            Queue(ClusterNames.Dns($"{name}-{ClusterNames.Dns(person)}"), $"{person} of the group {group}", cohort, 1,
                (pool, resource) => new QuotaShare(0, tree.Ceiling(group, person, pool, resource), null), (ManifestList.Group, group), (ManifestList.Person, person));
        list.Notes.Add("Ceilings of persons are ClusterQueues and LocalQueues GROUP-PERSON: they bound what is queued there. What the platform queues for its runs goes to the LocalQueue of the group, after the platform has held it to the ceiling.");
    }

    private void Cohort(string name, string? group, string? above, double weight, ShareOf share)
    {
        JsonObject spec = [];
        if (above is not null)
        {
            spec["parentName"] = above;
            spec["fairSharing"] = new JsonObject { ["weight"] = CountedText.Weight(weight) };
        }
        spec["resourceGroups"] = Groups(share, above is not null, ofParts: true);
        list.Add(Version, "Cohort", name, group is null ? "the pools themselves" : $"the group {group}", spec, null, group is null ? [] : [(ManifestList.Group, group)]);
    }

    private void Queue(string name, string origin, string cohort, double weight, ShareOf share, params (string, string)[] annotations)
    {
        JsonArray spaces = [.. settings.Namespaces.Select(n => (JsonNode)n)];
        list.Add(Version, "ClusterQueue", name, origin, new JsonObject
        {
            ["cohortName"] = cohort,
            ["fairSharing"] = new JsonObject { ["weight"] = CountedText.Weight(weight) },
            ["namespaceSelector"] = new JsonObject
            {
                ["matchExpressions"] = new JsonArray(new JsonObject { ["key"] = "kubernetes.io/metadata.name", ["operator"] = "In", ["values"] = spaces }),
            },
            // Within a quota everybody gets back what is lent; within a group priority decides; nobody has to stop so that others borrow.
            ["preemption"] = new JsonObject { ["borrowWithinCohort"] = new JsonObject { ["policy"] = "Never" }, ["reclaimWithinCohort"] = "Any", ["withinClusterQueue"] = "LowerPriority" },
            ["queueingStrategy"] = "BestEffortFIFO",
            ["resourceGroups"] = Groups(share, limits: true, ofParts: false),
        }, null, annotations);
        foreach (string space in settings.Namespaces)
            list.Add(Version, "LocalQueue", name, origin, new JsonObject { ["clusterQueue"] = name }, space, annotations);
    }

    private JsonArray Groups(ShareOf share, bool limits, bool ofParts) =>
    [
        new JsonObject
        {
            ["coveredResources"] = new JsonArray([.. CountedText.All.Select(r => (JsonNode)r.Name(settings))]),
            ["flavors"] = new JsonArray([.. FlavorWriter.Order(tree).Select(pool => new JsonObject
            {
                ["name"] = ClusterNames.Dns(pool),
                ["resources"] = new JsonArray([.. CountedText.All.Select(resource => Quota(pool, resource, share(pool, resource), limits, ofParts))]),
            })]),
        },
    ];

    // What a Cohort lends may be its parts' quota rather than its own.
    private JsonObject Quota(string pool, Counted resource, QuotaShare share, bool limits, bool ofParts)
    {
        JsonObject quota = new() { ["name"] = resource.Name(settings), ["nominalQuota"] = resource.Write(share.Nominal) };
        if (limits && share.Borrowing is { } borrowing)
            quota["borrowingLimit"] = resource.Write(borrowing);
        if (limits && (share.Nominal is null || share.Lending is not null))
            quota["lendingLimit"] = resource.Write(share.Nominal is null ? 0 : ofParts ? share.Lending!.Value : Math.Min(share.Lending!.Value, share.Nominal.Value)); // What is not counted is not lent.
        if (share.Nominal is null)
            _uncounted.Add($"{resource.Name(settings)} of {pool}");
        if (resource == Counted.Gpu && (share.Nominal % 1 is > 0 || share.Borrowing % 1 is > 0 || share.Lending % 1 is > 0))
            list.Notes.Add($"Parts of GPUs in quotas of the pool {pool} are left out: {settings.GpuResource} counts whole ones.");
        return quota;
    }
}
