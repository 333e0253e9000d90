using CsCheck;
using MLPlatform.Core.Artifacts;
using MLPlatform.Core.Datasets;
using MLPlatform.Core.Lineage;
using MLPlatform.Core.Registry;
using MLPlatform.Core.Runs;
using Xunit;

namespace MLPlatform.IntegrationTests.Storage;

/// <summary>The lineage of columns as it is read from both databases.</summary>
public abstract class ColumnLineageConformance(Stores stores)
{
    private readonly string _salt = Guid.NewGuid().ToString("N");

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_walk_over_columns_finds_what_reachability_says_and_nothing_else()
    {
        ReplicaLease lease = await stores.LeaseAsync();
        int round = 0;
        // Step i makes a table of two columns of columns of the tables before it.
        Gen<(int Table, int Column)[][]> step = Gen.Select(Gen.Int[0, 9], Gen.Int[0, 1]).Array[0, 3].Array[2];
        await step.Array[1, 12].SampleAsync(async steps =>
        {
            string Hash(int i) => $"sha256:{_salt}-{round}-{i}";
            round++;
            RunId run = Rows.NewRun();
            JournalBatch batch = new();
            batch.Runs.Add(Rows.Run(run, lease.Replica));
            List<((int, int) From, (int, int) To)> edges = [];
            List<(string, LineageDocument)> documents = [];
            foreach ((int i, (int Table, int Column)[][] columns) in steps.Index())
            {
                batch.Activities.Add(Rows.Activity(run, i));
                batch.Artifacts.AddRange([new(run, i, 1, "table", Hash(i), "table", 1, Rows.At), new(run, i, 1, "lineage", Hash(i) + "-doc", "lineage", 1, Rows.At)]);
                batch.Uses.AddRange(Enumerable.Range(0, i).Select(t => new ArtifactUseRow(run, i, 1, $"t{t}", Hash(t))));
                edges.AddRange(columns.Index().SelectMany(c => c.Item.Where(s => s.Table < i).Select(s => (s, (i, c.Index)))));
                documents.Add((Hash(i) + "-doc", new LineageDocument(new Dictionary<string, OutputLineage>
                {
                    ["table"] = new([], new ColumnLineage([.. columns.Index().Select(c => new MadeColumn($"c{c.Index}",
                        [.. c.Item.Where(s => s.Table < i).Distinct().Select(s => new ColumnSource($"t{s.Table}", $"c{s.Column}", ColumnUse.Transformation))]))], [])),
                })));
            }
            await stores.Runs.CommitAsync(lease, batch, Cancel);
            foreach ((string hash, LineageDocument document) in documents)
                await stores.Lineage.IndexAsync(hash, document, Cancel);
            foreach ((int table, int column) start in Enumerable.Range(0, steps.Length).SelectMany(t => new[] { (t, 0), (t, 1) }))
            {
                ColumnPlace place = new(Hash(start.table), $"c{start.column}");
                string Id((int Table, int Column) c) => LineageNode.Column(Hash(c.Table), $"c{c.Column}");
                Assert.Equal(Reached(start, edges.ToLookup(e => e.To, e => e.From)).Select(Id).Order(StringComparer.Ordinal), Ids(await new ColumnWalk(stores.Lineage, rows: false).UpAsync([place], Cancel)));
                Assert.Equal(Reached(start, edges.ToLookup(e => e.From, e => e.To)).Select(Id).Order(StringComparer.Ordinal), Ids(await new ColumnWalk(stores.Lineage, rows: false).DownAsync([place], Cancel)));
            }
        }, iter: 10, threads: 1);
    }

    [Fact]
    public async Task Columns_lead_from_fields_of_files_through_steps_that_tell_nothing_to_models()
    {
        ReplicaLease lease = await stores.LeaseAsync();
        string file = $"/logs/{_salt}.log";
        string H(string name) => $"sha256:{_salt}-{name}";
        RunId run = Rows.NewRun();
        JournalBatch batch = new();
        batch.Runs.Add(Rows.Run(run, lease.Replica));
        batch.Activities.AddRange(Enumerable.Range(0, 5).Select(i => Rows.Activity(run, i)));
        batch.Artifacts.AddRange([new(run, 0, 1, "table", H("t"), "table", 1, Rows.At), new(run, 0, 1, "lineage", H("doc0"), "lineage", 1, Rows.At),
            new(run, 1, 1, "table", H("u"), "table", 1, Rows.At), new(run, 1, 1, "lineage", H("doc1"), "lineage", 1, Rows.At), new(run, 1, 1, "report", H("r"), "report", 1, Rows.At),
            new(run, 2, 1, "out", H("s"), "table", 1, Rows.At), new(run, 3, 1, "model", H("m"), "model", 1, Rows.At), new(run, 3, 1, "lineage", H("doc3"), "lineage", 1, Rows.At)]);
        batch.Uses.AddRange([new(run, 1, 1, "tables.x", H("t")), new(run, 2, 1, "in", H("u")), new(run, 3, 1, "samples", H("u"))]);
        await stores.Runs.CommitAsync(lease, batch, Cancel);
        await stores.Registry.RegisterAsync(new ModelRegistration("m" + _salt, new ArtifactRef(H("m"), "model", 1), new AttemptId(run, 4, 1), "{}", null), Cancel);
        await TellAsync(H("doc0"), "table", [new(file, null, "bytes", true, [new(0, 10, 1)])], new([new("clicks", [new(null, "n", ColumnUse.Identity)]), new("other", [new(null, "o", ColumnUse.Identity)])], []));
        await TellAsync(H("doc1"), "table", [], new([new("sum", [new("tables.x", "clicks", ColumnUse.Aggregation)]), new("five", [])], [new("tables.x", "other", ColumnUse.Filter)]));
        await TellAsync(H("doc3"), "model", [], new([], [new("samples", "sum", ColumnUse.Aggregation)]));
        string C(string name, string column) => LineageNode.Column(H(name), column);
        string field = LineageNode.FileColumn(file, "n"), model = LineageNode.Model("m" + _salt, 1);

        // 1. Down: the field is in the sum, in whatever the step that tells nothing made, and in the model; not in the report.
        LineageGraph down = await new ColumnWalk(stores.Lineage, rows: false).DownFromFileAsync(await stores.Lineage.FindSourcesAsync(file, 0, long.MaxValue, Cancel), "n", Cancel);
        Assert.Equal(Sorted(C("t", "clicks"), C("u", "sum"), C("s", "*"), C("m", "*"), model, field), Ids(down));
        Assert.Equal("aggregation", down.Edges.Single(e => e.To == C("u", "sum")).As);
        // 2. Up from the model: what only decides which rows there are is left out unless asked for.
        Assert.Equal(Sorted(C("m", "*"), C("u", "sum"), C("t", "clicks"), field), Ids(await new ColumnWalk(stores.Lineage, rows: false).UpAsync([new(H("m"), "*")], Cancel)));
        Assert.Contains(LineageNode.FileColumn(file, "o"), Ids(await new ColumnWalk(stores.Lineage, rows: true).UpAsync([new(H("m"), "*")], Cancel)));
        Assert.Equal(Sorted(C("u", "five")), Ids(await new ColumnWalk(stores.Lineage, rows: false).UpAsync([new(H("u"), "five")], Cancel)));
    }

    private Task TellAsync(string document, string output, IReadOnlyList<SourceLineage> sources, ColumnLineage columns) =>
        stores.Lineage.IndexAsync(document, new LineageDocument(new Dictionary<string, OutputLineage> { [output] = new(sources, columns) }), Cancel);

    private static HashSet<(int, int)> Reached((int, int) start, ILookup<(int, int), (int, int)> next)
    {
        HashSet<(int, int)> seen = [];
        Stack<(int, int)> open = new([start]);
        while (open.TryPop(out (int, int) at))
        {
            if (seen.Add(at))
                next[at].ToList().ForEach(open.Push);
        }
        return seen;
    }

    private static string[] Sorted(params string[] ids) => [.. ids.Order(StringComparer.Ordinal)];

    private static string[] Ids(LineageGraph graph) => Sorted([.. graph.Nodes.Select(n => n.Id)]);
}

public sealed class SqliteColumnLineageTests(SqliteStores stores) : ColumnLineageConformance(stores), IClassFixture<SqliteStores>;

public sealed class PostgresColumnLineageTests(PostgresStores stores) : ColumnLineageConformance(stores), IClassFixture<PostgresStores>;
