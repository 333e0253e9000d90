using System.Text.Json.Nodes;
using MLPlatform.Core.Scheduling;
using MLPlatform.Core.Scheduling.Quotas;

namespace MLPlatform.Executors.Kubernetes.Export;

/// <summary>The quota tree as objects of Kueue (v1beta2) or Volcano. Pure, and the same each time.</summary>
public static class QueueExport
{
    private const string Kueue = "kueue.x-k8s.io/v1beta2";
    private const string Root = "mlplatform-root";
    private const string Gpu = "nvidia.com/gpu";

    // Kueue admits nothing that asks for a resource without quota; what is not counted gets as much as nobody has, and lends none of it.
    private static readonly Amount Uncounted = new(1_000_000_000, 1L << 50, 1_000_000_000);
    private static readonly Amount Unset = new(-1, -1, -1);

    /// <summary>Cohorts, ClusterQueues, LocalQueues, ResourceFlavors and WorkloadPriorityClasses.</summary>
    /// <param name="file">Pools and groups.</param>
    /// <param name="expansions">Those in force are in the quotas.</param>
    /// <param name="cluster">The pools that run on this cluster; null: all that run on any, or all there are.</param>
    public static IReadOnlyList<JsonObject> ForKueue(ResourcesFile file, IReadOnlyList<Expansion> expansions, DateTimeOffset now, string @namespace, string? cluster = null)
    {
        QuotaBook book = new(0, file, expansions, [], [], now);
        string[] pools = Pools(file, cluster);
        HashSet<string> parents = [.. file.Groups.Values.Select(g => g.Parent).OfType<string>()];
        List<JsonObject> all = [];
        foreach (string pool in pools)
            all.Add(Flavor(pool, file.Pools.GetValueOrDefault(pool) ?? new PoolDeclaration()));
        foreach ((string name, int value) in PriorityBands.All)
            all.Add(new JsonObject { ["apiVersion"] = Kueue, ["kind"] = "WorkloadPriorityClass", ["metadata"] = Metadata(name), ["value"] = value });
        all.Add(Object("Cohort", Metadata(Root), []));
        foreach ((string name, GroupDeclaration group) in Sorted(file.Groups))
        {
            if (parents.Contains(name))
                all.Add(Object("Cohort", Metadata(KubeNames.Dns(name)), new JsonObject { ["fairSharing"] = Weight(group.Weight), ["parentName"] = CohortOf(group.Parent) }));
        }
        foreach ((string name, GroupDeclaration group) in Sorted(file.Groups))
        {
            string cohort = parents.Contains(name) ? KubeNames.Dns(name) : CohortOf(group.Parent);
            all.Add(Queue(KubeNames.Dns(name), cohort, parents.Contains(name) ? 1 : group.Weight, @namespace, pools, pool => (book.NominalOf(name, pool), group.Quotas.GetValueOrDefault(pool))));
            all.Add(Local(KubeNames.Dns(name), @namespace));
        }
        if (!file.Groups.Keys.Select(KubeNames.Dns).Contains("default"))
        {
            all.Add(Queue("default", Root, 1, @namespace, pools, _ => (null, null))); // Of runs of no declared group.
            all.Add(Local("default", @namespace));
        }
        return all;
    }

    /// <summary>Queues of Volcano: what is deserved, what is guaranteed, and the most that may be had.</summary>
    public static IReadOnlyList<JsonObject> ForVolcano(ResourcesFile file, IReadOnlyList<Expansion> expansions, DateTimeOffset now, string? cluster = null)
    {
        QuotaBook book = new(0, file, expansions, [], [], now);
        string[] pools = Pools(file, cluster);
        List<JsonObject> all = [];
        foreach ((string name, GroupDeclaration group) in Sorted(file.Groups))
        {
            (Amount nominal, Amount guarantee, Amount most) = (Amount.Zero, Amount.Zero, Amount.Zero);
            Amount counted = Amount.Zero, bounded = new(1, 1, 1);
            foreach (string pool in pools)
            {
                QuotaDeclaration? quota = group.Quotas.GetValueOrDefault(pool);
                Amount own = book.NominalOf(name, pool) ?? Amount.Zero, lends = (quota?.LendingLimit?.Or(own) ?? own).Min(own);
                Amount borrows = quota?.BorrowingLimit?.Or(Unset) ?? Unset;
                (nominal, guarantee, most) = (nominal + own, guarantee + own - lends, most + own + borrows.Max(Amount.Zero));
                counted = counted.Max(Marks(quota?.Nominal));
                bounded = bounded.Min(quota is null ? Amount.Zero : new Amount(borrows.MilliCpu < 0 ? 0 : 1, borrows.MemoryBytes < 0 ? 0 : 1, borrows.MilliGpu < 0 ? 0 : 1));
            }
            JsonObject spec = new()
            {
                ["deserved"] = Quantities(nominal, counted),
                ["guarantee"] = new JsonObject { ["resource"] = Quantities(guarantee, counted) },
                ["reclaimable"] = true,
                ["weight"] = (int)Math.Max(1, Math.Round(group.Weight * 100)),
            };
            JsonObject capability = Quantities(most, counted.Min(bounded));
            if (capability.Count > 0)
                spec["capability"] = capability;
            if (group.Parent is { } parent)
                spec["parent"] = KubeNames.Dns(parent);
            all.Add(new JsonObject { ["apiVersion"] = "scheduling.volcano.sh/v1beta1", ["kind"] = "Queue", ["metadata"] = Metadata(KubeNames.Dns(name)), ["spec"] = spec });
        }
        return all;
    }

    /// <summary>What the tree says that queues cannot: for a person to know.</summary>
    public static IReadOnlyList<string> LeftOut(ResourcesFile file) =>
    [
        .. Sorted(file.Groups).Where(g => g.Value.Persons.Count > 0).Select(g => $"ceilings and budgets of persons of {g.Key}"),
        .. Sorted(file.Groups).Where(g => g.Value.Budget is not null).Select(g => $"the budget of {g.Key}"),
        .. file.Promotions.Count > 0 ? (string[])["promotions"] : [],
    ];

    private static string[] Pools(ResourcesFile file, string? cluster)
    {
        string[] there = [.. file.Pools.Where(p => cluster is null ? p.Value.Executor != PoolDeclaration.Process : p.Value.Executor == cluster).Select(p => p.Key).Order(StringComparer.Ordinal)];
        return there.Length > 0 || cluster is not null ? there : file.Pools.Count > 0 ? [.. file.Pools.Keys.Order(StringComparer.Ordinal)] : [ResourcesFile.DefaultPool];
    }

    private static JsonObject Queue(
        string name, string cohort, double weight, string @namespace, string[] pools, Func<string, (Amount? Nominal, QuotaDeclaration? Quota)> of)
    {
        JsonObject spec = new()
        {
            ["cohortName"] = cohort,
            ["fairSharing"] = Weight(weight),
            ["namespaceSelector"] = new JsonObject { ["matchLabels"] = new JsonObject { ["kubernetes.io/metadata.name"] = @namespace } },
            ["preemption"] = new JsonObject { ["borrowWithinCohort"] = new JsonObject { ["policy"] = "Never" }, ["reclaimWithinCohort"] = "Any", ["withinClusterQueue"] = "LowerPriority" },
            ["queueingStrategy"] = "BestEffortFIFO",
        };
        if (pools.Length > 0)
        {
            spec["resourceGroups"] = new JsonArray(new JsonObject
            {
                ["coveredResources"] = new JsonArray("cpu", "memory", Gpu),
                ["flavors"] = new JsonArray([.. pools.Select(pool => new JsonObject { ["name"] = KubeNames.Dns(pool), ["resources"] = Resources(of(pool)) })]),
            });
        }
        return Object("ClusterQueue", Metadata(name), spec);
    }

    private static JsonArray Resources((Amount? Nominal, QuotaDeclaration? Quota) of)
    {
        // No quota in this pool: nothing of its own, and as much of what others lend as there is.
        Amount nominal = of.Quota is null ? Amount.Zero : of.Nominal ?? Amount.Zero;
        Amount counted = of.Quota is null ? new Amount(1, 1, 1) : Marks(of.Quota.Nominal);
        Amount borrows = of.Quota?.BorrowingLimit?.Or(Unset) ?? Unset, lends = of.Quota?.LendingLimit?.Or(Unset) ?? Unset;
        return
        [
            Resource("cpu", counted.MilliCpu, nominal.MilliCpu, borrows.MilliCpu, lends.MilliCpu, Uncounted.MilliCpu, PodResources.Cores),
            Resource("memory", counted.MemoryBytes, nominal.MemoryBytes, borrows.MemoryBytes, lends.MemoryBytes, Uncounted.MemoryBytes, Bytes),
            // Devices are handed out whole on a cluster.
            Resource(Gpu, counted.MilliGpu, nominal.MilliGpu, borrows.MilliGpu, lends.MilliGpu, Uncounted.MilliGpu, milli => PodResources.Cores(milli / 1000 * 1000)),
        ];
    }

    private static JsonObject Resource(string name, long counted, long nominal, long borrows, long lends, long uncounted, Func<long, string> write)
    {
        JsonObject resource = new() { ["name"] = name, ["nominalQuota"] = write(counted > 0 ? nominal : uncounted) };
        if (counted > 0 && borrows >= 0)
            resource["borrowingLimit"] = write(borrows);
        if (counted <= 0 || lends >= 0)
            resource["lendingLimit"] = write(counted > 0 ? Math.Min(lends, nominal) : 0);
        return resource;
    }

    private static JsonObject Flavor(string pool, PoolDeclaration declaration)
    {
        JsonObject spec = [];
        if (declaration.Selector.Count > 0)
            spec["nodeLabels"] = new JsonObject([.. Sorted(declaration.Selector).Select(l => KeyValuePair.Create<string, JsonNode?>(l.Key, l.Value))]);
        return Object("ResourceFlavor", Metadata(KubeNames.Dns(pool)), spec);
    }

    private static JsonObject Local(string name, string @namespace)
    {
        JsonObject metadata = Metadata(name);
        metadata["namespace"] = @namespace;
        return Object("LocalQueue", metadata, new JsonObject { ["clusterQueue"] = name });
    }

    private static JsonObject Object(string kind, JsonObject metadata, JsonObject spec) => new() { ["apiVersion"] = Kueue, ["kind"] = kind, ["metadata"] = metadata, ["spec"] = spec };

    private static JsonObject Metadata(string name) => new() { ["labels"] = new JsonObject { [KubeNames.ManagedBy] = KubeNames.Manager }, ["name"] = name };

    private static JsonObject Weight(double weight) => new() { ["weight"] = PodResources.Cores((long)Math.Round(weight * 1000)) };

    private static string CohortOf(string? parent) => parent is null ? Root : KubeNames.Dns(parent);

    // 1 where the resource is counted.
    private static Amount Marks(AmountDeclaration? declared) => new(declared?.Cpu is null ? 0 : 1, declared?.Memory is null ? 0 : 1, declared?.Gpu is null ? 0 : 1);

    private static JsonObject Quantities(Amount amount, Amount which)
    {
        JsonObject all = [];
        if (which.MilliCpu > 0)
            all["cpu"] = PodResources.Cores(amount.MilliCpu);
        if (which.MemoryBytes > 0)
            all["memory"] = Bytes(amount.MemoryBytes);
        if (which.MilliGpu > 0)
            all[Gpu] = PodResources.Cores(amount.MilliGpu / 1000 * 1000);
        return all;
    }

    private static string Bytes(long bytes) => bytes > 0 && bytes % (1L << 30) == 0 ? $"{bytes >> 30}Gi" : bytes > 0 && bytes % (1L << 20) == 0 ? $"{bytes >> 20}Mi" : $"{bytes}";

    private static IEnumerable<KeyValuePair<string, T>> Sorted<T>(IReadOnlyDictionary<string, T> all) => all.OrderBy(a => a.Key, StringComparer.Ordinal);
}
