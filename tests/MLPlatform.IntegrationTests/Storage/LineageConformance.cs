using CsCheck;
using MLPlatform.Core.Artifacts;
using MLPlatform.Core.Datasets;
using MLPlatform.Core.Lineage;
using MLPlatform.Core.Registry;
using MLPlatform.Core.Runs;
using Xunit;

namespace MLPlatform.IntegrationTests.Storage;

/// <summary>Lineage as it is read from both databases.</summary>
public abstract class LineageConformance(Stores stores)
{
    private readonly string _salt = Guid.NewGuid().ToString("N");

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_walk_finds_what_reachability_says_and_nothing_else()
    {
        ReplicaLease lease = await stores.LeaseAsync();
        int round = 0;
        await Gen.Select(Gen.Int[0, 9].Array[0, 3], Gen.Int[0, 3]).Array[1, 25].SampleAsync(async steps =>
        {
            // 1. Attempt i reads artifacts that earlier ones made and makes artifact i; some fail and make nothing.
            string Hash(int i) => $"sha256:{_salt}-{round}-{i}";
            round++;
            RunId run = Rows.NewRun();
            JournalBatch batch = new();
            batch.Runs.Add(Rows.Run(run, lease.Replica));
            List<(int From, int To)> edges = [];
            foreach ((int i, (int[] reads, int fails)) in steps.Index())
            {
                batch.Activities.Add(Rows.Activity(run, i));
                foreach (int from in reads.Where(r => r < i))
                    batch.Uses.Add(new ArtifactUseRow(run, i, 1, $"in{from}", Hash(from)));
                if (fails == 0)
                    continue;
                batch.Artifacts.Add(new ArtifactRow(run, i, 1, "out", Hash(i), "table", 1, Rows.At));
                edges.AddRange(reads.Where(r => r < i).Select(r => (r, i)));
            }
            await stores.Runs.CommitAsync(lease, batch, Cancel);

            // 2. Both ways from every artifact.
            for (int start = 0; start < steps.Length; start++)
            {
                Assert.Equal(Closure(start, edges.Select(e => (e.To, e.From))).Select(Hash).Order(), Artifacts(await new LineageWalk(stores.Lineage).UpAsync([Hash(start)], Cancel), Hash(start)));
                Assert.Equal(Closure(start, edges).Select(Hash).Order(), Artifacts(await new LineageWalk(stores.Lineage).DownAsync([Hash(start)], Cancel), Hash(start)));
            }
        }, iter: 15, threads: 1);
    }

    [Fact]
    public async Task Only_outputs_that_hold_records_of_the_part_asked_for_are_found_down_to_datasets_and_models()
    {
        ReplicaLease lease = await stores.LeaseAsync();
        string file = $"/logs/{_salt}.log";
        string H(string name) => $"sha256:{_salt}-{name}";
        RunId run = Rows.NewRun();
        await CommitAsync(lease, run,
            [new(run, 0, 1, "table", H("t"), "table", 1, Rows.At), new(run, 0, 1, "bad", H("q"), "table", 1, Rows.At), new(run, 0, 1, "lineage", H("doc"), "lineage", 1, Rows.At),
                new(run, 1, 1, "model", H("m"), "model", 1, Rows.At), new(run, 2, 1, "x", H("x"), "table", 1, Rows.At)],
            [new(run, 1, 1, "samples", H("t")), new(run, 2, 1, "i", H("q"))]);
        await stores.Registry.RegisterAsync(new ModelRegistration("m" + _salt, new ArtifactRef(H("m"), "model", 1), new AttemptId(run, 3, 1), "{}", null), Cancel);
        await PublishAsync(run, 4, H("t"), null);
        Assert.Contains(H("doc"), await stores.Lineage.ListUnindexedAsync(Cancel));
        LineageDocument document = new(new Dictionary<string, OutputLineage>
        {
            ["table"] = new([new SourceLineage(file, "id" + _salt, "bytes", true, [new(0, 100, 10), new(150, 200, 5)])]),
            ["bad"] = new([new SourceLineage(file, "id" + _salt, "bytes", true, [new(100, 150, 2)])]),
        });
        await stores.Lineage.IndexAsync(H("doc"), document, Cancel);
        await stores.Lineage.IndexAsync(H("doc"), document, Cancel);
        Assert.DoesNotContain(H("doc"), await stores.Lineage.ListUnindexedAsync(Cancel));

        string model = LineageNode.Model("m" + _salt, 1), dataset = LineageNode.Dataset("d" + _salt, 1);
        string[] both = [dataset, model], none = [];
        Assert.Equal(both, await ThingsAsync(file, 0, long.MaxValue));
        Assert.Equal(both, await ThingsAsync("id" + _salt, 160, 161));
        Assert.Equal(none, await ThingsAsync(file, 100, 150));
        Assert.Equal(none, await ThingsAsync(file, 200, 300));
        LineageGraph bad = await new LineageWalk(stores.Lineage).DownFromFileAsync(await stores.Lineage.FindSourcesAsync(file, 149, 150, Cancel), Cancel);
        Assert.Equal([H("q"), H("x")], bad.Nodes.Where(n => n.Kind == LineageKind.Artifact).Select(n => n.Name).Order());
        LineageGraph up = await new LineageWalk(stores.Lineage).UpAsync([H("m")], Cancel);
        Assert.Equal(15, up.Edges.Single(e => e.From == LineageNode.File(file)).Source!.Records);
        Assert.Contains(up.Nodes, n => n.Id == LineageNode.Attempt(new AttemptId(run, 1, 1)) && n.Name == "p/train[1]");
    }

    [Fact]
    public async Task A_version_that_days_were_added_to_holds_what_the_one_before_held()
    {
        ReplicaLease lease = await stores.LeaseAsync();
        string H(string name) => $"sha256:{_salt}-{name}";
        RunId run = Rows.NewRun();
        await CommitAsync(lease, run, [new(run, 0, 1, "table", H("day1"), "table", 1, Rows.At), new(run, 2, 1, "table", H("day2"), "table", 1, Rows.At), new(run, 3, 1, "table", H("both"), "table", 1, Rows.At)],
            [new(run, 1, 1, "table", H("day1")), new(run, 3, 1, "table", H("day2"))]);
        await PublishAsync(run, 1, H("day1"), 0);
        await PublishAsync(run, 3, H("both"), 1);
        string[] up = Artifacts(await new LineageWalk(stores.Lineage).UpAsync([H("both")], Cancel), H("both")), down = Artifacts(await new LineageWalk(stores.Lineage).DownAsync([H("day1")], Cancel), H("day1"));
        Assert.Equal([H("both"), H("day1"), H("day2")], up);
        Assert.Equal([H("both"), H("day1")], down);
    }

    [Fact]
    public async Task A_step_that_ran_again_with_other_inputs_is_not_mixed_up_with_its_first_attempt()
    {
        ReplicaLease lease = await stores.LeaseAsync();
        string H(string name) => $"sha256:{_salt}-{name}";
        RunId run = Rows.NewRun();
        await CommitAsync(lease, run, [new(run, 0, 1, "o", H("out1"), "table", 1, Rows.At), new(run, 0, 2, "o", H("out2"), "table", 1, Rows.At)],
            [new(run, 0, 1, "i", H("in1")), new(run, 0, 2, "i", H("in2"))]);
        LineageGraph up = await new LineageWalk(stores.Lineage).UpAsync([H("out2")], Cancel), down = await new LineageWalk(stores.Lineage).DownAsync([H("in1")], Cancel);
        Assert.Equal([H("in2"), H("out2")], Artifacts(up, H("out2")));
        Assert.Equal([H("in1"), H("out1")], Artifacts(down, H("in1")));
    }

    private async Task<string[]> ThingsAsync(string file, long from, long to)
    {
        LineageGraph graph = await new LineageWalk(stores.Lineage).DownFromFileAsync(await stores.Lineage.FindSourcesAsync(file, from, to, Cancel), Cancel);
        return [.. graph.Nodes.Where(n => n.Kind is LineageKind.Dataset or LineageKind.Model).Select(n => n.Id).Order(StringComparer.Ordinal)];
    }

    private static string[] Artifacts(LineageGraph graph, string start) =>
        [.. graph.Nodes.Where(n => n.Kind == LineageKind.Artifact).Select(n => n.Name).Append(start).Distinct().Order()];

    private static HashSet<int> Closure(int start, IEnumerable<(int From, int To)> edges)
    {
        ILookup<int, int> next = edges.ToLookup(e => e.From, e => e.To);
        HashSet<int> seen = [];
        Stack<int> open = new([start]);
        while (open.TryPop(out int at))
        {
            if (seen.Add(at))
                next[at].ToList().ForEach(open.Push);
        }
        return seen;
    }

    private async Task CommitAsync(ReplicaLease lease, RunId run, ArtifactRow[] made, ArtifactUseRow[] used)
    {
        JournalBatch batch = new();
        batch.Runs.Add(Rows.Run(run, lease.Replica));
        batch.Activities.AddRange(Enumerable.Range(0, 5).Select(i => Rows.Activity(run, i)));
        batch.Artifacts.AddRange(made);
        batch.Uses.AddRange(used);
        await stores.Runs.CommitAsync(lease, batch, Cancel);
    }

    private async Task PublishAsync(RunId run, int node, string hash, int? before) => Assert.IsType<PublishResult.Published>(await stores.Datasets.PublishAsync(new DatasetPublication(
        "d" + _salt, new ArtifactRef(hash, "table", 1), new TableFacts([], 1, [], []), new DatasetSettings(), before, false, new AttemptId(run, node, 1), "p"), Cancel));
}

public sealed class SqliteLineageTests(SqliteStores stores) : LineageConformance(stores), IClassFixture<SqliteStores>;

public sealed class PostgresLineageTests(PostgresStores stores) : LineageConformance(stores), IClassFixture<PostgresStores>;
