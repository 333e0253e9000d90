using System.Globalization;
using System.Text.Json.Nodes;
using CsCheck;
using MLPlatform.Core.Pipelines;
using MLPlatform.Core.Scheduling;
using MLPlatform.Core.Scheduling.Quotas;
using MLPlatform.Core.Scheduling.Quotas.Clusters;
using MLPlatform.Tests.Kubernetes.Schemas;
using Xunit;

namespace MLPlatform.Tests.Scheduling.Quotas.Clusters;

/// <summary>
/// That the tree means there what it means here: whatever is used, Kueue's arithmetic (subtree quotas, what stays local, what may be
/// borrowed; after its documentation) leaves each queue of what was written as much as our scheduler leaves its group.
/// </summary>
public sealed class KueueArithmeticTests
{
    private static readonly Gen<(int Parent, int? Nominal, int? Borrowing, int? Lending, bool Ceiling)[]> Trees = Gen.Select(
        Gen.Int[-1, 4], Gen.Int[0, 10].Nullable(0.2), Gen.Int[0, 6].Nullable(0.5), Gen.Int[0, 10].Nullable(0.5), Gen.Bool).Array[1, 6];

    private static readonly Gen<(int Group, int Milli)[]> Uses = Gen.Select(Gen.Int[-1, 5], Gen.Int[0, 6000]).Array[0, 8];

    // What is not counted is without end here, and a million cores there.
    private const long Plenty = 500_000_000;

    [Fact]
    public void Every_queue_has_left_what_its_group_has_left() => Gen.Select(Trees, Gen.Int[0, 40].Nullable(0.3), Uses).Sample((groups, cores, uses) =>
    {
        ResourcesFile file = File(groups, cores);
        ClusterExport export = KueueExport.Of(file, [], new ClusterExportSettings { At = DateTimeOffset.UnixEpoch });
        Assert.Empty(export.Problems);
        PoolQuota ours = new(QuotaTree.Of(file, [], DateTimeOffset.UnixEpoch), "p", cores is { } c ? new Amount(c * 1000, 1L << 40, 0) : null);
        Dictionary<string, KueueNode> theirs = KueueNode.Of(export.Objects);
        foreach ((int group, int milli) in uses.Prepend((-1, 0)))
        {
            string name = group >= 0 && group < groups.Length ? $"g{group}" : "";
            ours.Leaf(name).Use(new Amount(milli, 0, 0));
            theirs[Queue(name)].Use(milli);
            foreach ((string leaf, QuotaNode node) in ours.Leaves)
                Assert.Equal(Math.Min(Plenty, node.Available().MilliCpu), Math.Min(Plenty, theirs[Queue(leaf)].Available()));
        }
    }, iter: 2000);

    private static string Queue(string group) => "ClusterQueue " + (group.Length == 0 ? KueueExport.Undeclared : group);

    // A parent comes before its parts, so there are no circles.
    private static ResourcesFile File((int Parent, int? Nominal, int? Borrowing, int? Lending, bool Ceiling)[] groups, int? cores) => new()
    {
        Pools = new Dictionary<string, PoolDeclaration>
        {
            ["p"] = new() { Nodes = cores is { } c ? new Dictionary<string, NodeDeclaration> { ["n"] = new() { Cpu = new Quantity(c), Memory = new Quantity(1L << 40) } } : [] },
        },
        Groups = groups.Select((g, i) => KeyValuePair.Create($"g{i}", new GroupDeclaration
        {
            Parent = g.Parent >= 0 && g.Parent < i ? $"g{g.Parent}" : null,
            Quotas = g.Nominal is { } nominal ? new Dictionary<string, QuotaDeclaration> { ["p"] = new() { Nominal = Cores(nominal)!, BorrowingLimit = Cores(g.Borrowing), LendingLimit = Cores(g.Lending) } } : [],
            Persons = g.Ceiling ? new Dictionary<string, PersonDeclaration> { ["ann"] = new() { Ceilings = new Dictionary<string, AmountDeclaration> { ["p"] = Cores(1)! } } } : [],
        })).ToDictionary(),
    };

    private static AmountDeclaration? Cores(int? cores) => cores is { } c ? new AmountDeclaration { Cpu = new Quantity(c) } : null;

    /// <summary>A Cohort or ClusterQueue, as Kueue counts one resource of one flavor, in thousandths of cores.</summary>
    private sealed class KueueNode(long nominal, long? borrowing, long? lending)
    {
        private readonly List<KueueNode> _parts = [];
        private KueueNode? _parent;
        private long _usage;

        public static Dictionary<string, KueueNode> Of(IEnumerable<JsonObject> objects)
        {
            Dictionary<string, KueueNode> all = [];
            JsonObject[] nodes = [.. objects.Where(o => (string?)o["kind"] is "Cohort" or "ClusterQueue")];
            foreach (JsonObject o in nodes)
            {
                JsonNode cpu = o["spec"]!["resourceGroups"]![0]!["flavors"]![0]!["resources"]![0]!;
                all.Add($"{o["kind"]} {o["metadata"]!["name"]}", new KueueNode(Milli(cpu["nominalQuota"])!.Value, Milli(cpu["borrowingLimit"]), Milli(cpu["lendingLimit"])));
            }
            foreach (JsonObject o in nodes)
            {
                if ((string?)(o["spec"]!["cohortName"] ?? o["spec"]!["parentName"]) is { } parent)
                {
                    KueueNode node = all[$"{o["kind"]} {o["metadata"]!["name"]}"];
                    node._parent = all["Cohort " + parent];
                    node._parent._parts.Add(node);
                }
            }
            return all;
        }

        public void Use(long milli)
        {
            long rest = milli - Math.Max(0, Local - _usage);
            _usage += milli;
            if (rest > 0)
                _parent?.Use(rest);
        }

        public long Available()
        {
            if (_parent is null)
                return Subtree - _usage;
            long above = _parent.Available();
            if (borrowing is { } limit)
                above = Math.Min(above, Subtree - Local - Math.Max(0, _usage - Local) + limit);
            return Math.Max(0, Local - _usage) + above;
        }

        private long Subtree => nominal + _parts.Sum(p => p.Subtree - p.Local);

        private long Local => lending is { } limit ? Math.Max(0, Subtree - limit) : 0;

        private static long? Milli(JsonNode? quantity) => QuantityRules.Parse(quantity) is { } value ? (long)(value * 1000) : null;
    }
}
