using CsCheck;
using MLPlatform.Core.Artifacts;
using MLPlatform.Core.Bees;
using MLPlatform.Core.Datasets;
using MLPlatform.Core.Features;
using MLPlatform.Core.Labels;
using MLPlatform.Core.Registry;
using MLPlatform.Core.Runs;
using Xunit;

namespace MLPlatform.IntegrationTests.Storage;

/// <summary>Whatever refers to artifacts, in whatever company, on both databases: what is needed is kept, and the rest is not.</summary>
public abstract class RetentionProperties(Stores stores)
{
    private int _hashes;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Nothing_that_is_referred_to_goes_and_what_old_runs_alone_name_does()
    {
        ReplicaLease lease = await stores.LeaseAsync();
        Func<ReplicaLease, HashSet<string>, HashSet<string>, Task>[] planters = [PlantRunAsync, PlantSliceAsync, PlantLabelsAsync, PlantFeaturesAsync, PlantPipelineAsync, PlantDatasetAsync, PlantModelAsync];
        await Gen.Int[0, planters.Length - 1].Array[1, 12].SampleAsync(async plants =>
        {
            HashSet<string> needed = [], needless = [];
            foreach (int plant in plants)
                await planters[plant](lease, needed, needless);
            GcPlan plan = GcPlan.Of(await stores.Retention.ReadAsync(Rows.At.AddDays(-30), Cancel), Rows.At);
            Assert.Empty(needed.Except(plan.Needed));
            Assert.Empty(needless.Except(needed).Intersect(plan.Needed));
        }, iter: 12, threads: 1);
    }

    private async Task PlantRunAsync(ReplicaLease lease, HashSet<string> needed, HashSet<string> needless)
    {
        await RunAsync(lease, RunStatus.Running, null, [Hash(needed)], [Hash(needed)]);
        await RunAsync(lease, RunStatus.Succeeded, Rows.At.AddDays(-1), [Hash(needed)], [Hash(needed)]);
        await RunAsync(lease, RunStatus.Succeeded, Rows.At.AddDays(-40), [Hash(needless)], [Hash(needless)]);
    }

    private async Task PlantSliceAsync(ReplicaLease lease, HashSet<string> needed, HashSet<string> needless)
    {
        foreach ((RunStatus status, DateTimeOffset? ended, HashSet<string> of) in ((RunStatus, DateTimeOffset?, HashSet<string>)[])[(RunStatus.Running, null, needed), (RunStatus.Succeeded, Rows.At.AddDays(-40), needless)])
        {
            RunId run = await RunAsync(lease, status, ended, [], []);
            await stores.Sources.PutSliceAsync(new SourceSlice(run, "collect", "p", "s" + Guid.NewGuid().ToString("N"), 0, 1, new ArtifactRef(Hash(of), "slice", 1), Rows.At), Cancel);
        }
    }

    private async Task PlantLabelsAsync(ReplicaLease lease, HashSet<string> needed, HashSet<string> needless) => await stores.Labels.OpenAsync(new LabelBatchDraft(
        Rows.NewRun(), "ask", "hash", "flow", new LabelQuestion(LabelKind.Classification, ["a", "b"], $"See {Hash(needed)}."), new LabelRule(1, 1, null), [new LabelItem(0, "k", "{}", null)]), Cancel);

    private async Task PlantFeaturesAsync(ReplicaLease lease, HashSet<string> needed, HashSet<string> needless)
    {
        string group = "g" + Guid.NewGuid();
        await stores.Features.ApplyAsync(group, 1, "h", "{}", "ann", Cancel);
        foreach (HashSet<string> of in (HashSet<string>[])[needless, needed, needed, needed])
            await stores.Features.RecordAsync(new FeatureTableDraft(group, 1, new ArtifactRef(Hash(of), "table", 1), new AttemptId(Rows.NewRun(), 0, 1), null, "[]"), Cancel);
    }

    private async Task PlantPipelineAsync(ReplicaLease lease, HashSet<string> needed, HashSet<string> needless)
    {
        string pipeline = "p" + Guid.NewGuid();
        foreach ((string revision, HashSet<string> of) in ((string, HashSet<string>)[])[("1", needless), ("2", needed)])
            await stores.Pipelines.ApplyAsync(pipeline, revision, $$"""{"table":"{{Hash(of)}}"}""", null, "ann", Cancel);
    }

    private async Task PlantDatasetAsync(ReplicaLease lease, HashSet<string> needed, HashSet<string> needless)
    {
        string name = "d" + Guid.NewGuid();
        foreach ((int before, HashSet<string> of) in ((int, HashSet<string>)[])[(0, needless), (1, needed)])
            await PublishAsync(name, Hash(of), before);
    }

    /// <summary>A registered model, made long ago, step by step, of a chain that begins in a slice and goes through a version of a dataset that nothing else keeps.</summary>
    private async Task PlantModelAsync(ReplicaLease lease, HashSet<string> needed, HashSet<string> needless)
    {
        DateTimeOffset longAgo = Rows.At.AddDays(-400);
        string slice = Hash(needed), day1 = Hash(needed), day2 = Hash(needed), both = Hash(needed), samples = Hash(needed), model = Hash(needed);
        RunId collect = await RunAsync(lease, RunStatus.Succeeded, longAgo, [day1, Hash(needless)], [slice]);
        await RunAsync(lease, RunStatus.Succeeded, longAgo, [both], [day2]);
        await RunAsync(lease, RunStatus.Succeeded, longAgo, [samples], [both]);
        await RunAsync(lease, RunStatus.Succeeded, longAgo, [model], [samples]);
        await stores.Sources.PutSliceAsync(new SourceSlice(collect, "collect", "p", "s" + Guid.NewGuid().ToString("N"), 0, 1, new ArtifactRef(slice, "slice", 1), longAgo), Cancel);
        string dataset = "d" + Guid.NewGuid();
        await PublishAsync(dataset, day1, 0);
        await PublishAsync(dataset, both, 1);
        await PublishAsync(dataset, Hash(needed), 0); // The latest version is another one.
        await stores.Registry.RegisterAsync(new ModelRegistration("m" + Guid.NewGuid(), new ArtifactRef(model, "model", 1), new AttemptId(Rows.NewRun(), 1, 1), "{}", null), Cancel);
    }

    private async Task<RunId> RunAsync(ReplicaLease lease, RunStatus status, DateTimeOffset? ended, string[] made, string[] used)
    {
        RunId run = Rows.NewRun();
        JournalBatch batch = new();
        batch.Runs.Add(Rows.Run(run, lease.Replica, status) with { EndedAt = ended });
        batch.Activities.Add(Rows.Activity(run, 0));
        batch.Artifacts.AddRange(made.Select((hash, i) => new ArtifactRow(run, 0, 1, $"o{i}", hash, "table", 1, Rows.At)));
        batch.Uses.AddRange(used.Select((hash, i) => new ArtifactUseRow(run, 0, 1, $"i{i}", hash)));
        await stores.Runs.CommitAsync(lease, batch, Cancel);
        return run;
    }

    private async Task PublishAsync(string name, string hash, int before) => Assert.IsType<PublishResult.Published>(await stores.Datasets.PublishAsync(new DatasetPublication(
        name, new ArtifactRef(hash, "table", 1), new TableFacts([], 1, [], []), new DatasetSettings(KeepVersions: 1), before == 0 ? null : before, false, new AttemptId(Rows.NewRun(), 1, 1), "p"), Cancel));

    private string Hash(HashSet<string> of)
    {
        string hash = $"sha256:{Guid.NewGuid():N}{_hashes++:x32}";
        of.Add(hash);
        return hash;
    }
}

public sealed class SqliteRetentionPropertyTests(SqliteStores stores) : RetentionProperties(stores), IClassFixture<SqliteStores>;

public sealed class PostgresRetentionPropertyTests(PostgresStores stores) : RetentionProperties(stores), IClassFixture<PostgresStores>;
