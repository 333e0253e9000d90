using MLPlatform.Core.Artifacts;
using MLPlatform.Core.Bees;
using MLPlatform.Core.Runs;
using Xunit;

namespace MLPlatform.IntegrationTests.Storage;

/// <summary>What the store of sources, slices and agents promises, on both databases.</summary>
public abstract class SourceConformance(Stores stores)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private static string Name() => "s" + Guid.NewGuid().ToString("N");

    [Fact]
    public async Task A_source_is_kept_changed_listed_and_deleted()
    {
        SourceDefinition source = new()
        {
            Name = Name(),
            Kind = SourceKind.Postgres,
            Description = "ä",
            Retention = new SourceRetention(30, 1 << 30),
            Postgres = new PostgresSource { ConnectionFrom = "SHOP", Table = "public.orders", Mode = PostgresMode.Changes },
        };
        await stores.Sources.PutAsync(source, "ann", Cancel);
        SourceRow row = (await stores.Sources.FindAsync(source.Name, Cancel))!;
        Assert.Equal((source, null, "ann", stores.Time.GetUtcNow()), (row.Definition, row.Home, row.By, row.UpdatedAt));
        await stores.Sources.PutAsync(source with { Description = "b" }, "bob", Cancel);
        Assert.Contains(await stores.Sources.ListAsync(Cancel), s => s.Definition.Name == source.Name && s.Definition.Description == "b" && s.By == "bob");
        Assert.True(await stores.Sources.DeleteAsync(source.Name, Cancel));
        Assert.False(await stores.Sources.DeleteAsync(source.Name, Cancel));
        Assert.Null(await stores.Sources.FindAsync(source.Name, Cancel));
    }

    [Fact]
    public async Task Of_many_homes_one_keeps_a_log_and_all_are_told_which()
    {
        string source = Name();
        Assert.Null(await stores.Sources.ClaimAsync(source, "h", Cancel));
        await stores.Sources.PutAsync(new SourceDefinition { Name = source }, "ann", Cancel);
        string?[] keepers = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => Task.Run(() => stores.Sources.ClaimAsync(source, $"home{i}", Cancel))));
        string keeper = Assert.Single(keepers.Distinct())!;
        await stores.Sources.PutAsync(new SourceDefinition { Name = source, Description = "changed" }, "ann", Cancel);
        Assert.Equal(keeper, (await stores.Sources.FindAsync(source, Cancel))!.Home);
    }

    [Fact]
    public async Task What_is_forwarded_waits_in_order_for_the_home_that_keeps_the_source()
    {
        string source = Name(), home = Name();
        await stores.Forwards.PutAsync(source, ForwardKind.Impressions, [1, 2, 0], Cancel);
        Assert.Empty(await stores.Forwards.ListAsync(home, 10, Cancel));
        await stores.Sources.PutAsync(new SourceDefinition { Name = source }, "ann", Cancel);
        await stores.Sources.ClaimAsync(source, home, Cancel);
        await stores.Forwards.PutAsync(source, ForwardKind.Feedback, [], Cancel);
        await stores.Forwards.PutAsync(source, ForwardKind.Counts, [3], Cancel);
        Assert.Empty(await stores.Forwards.ListAsync("another", 10, Cancel));
        IReadOnlyList<Forward> all = await stores.Forwards.ListAsync(home, 10, Cancel);
        Assert.Equal([ForwardKind.Impressions, ForwardKind.Feedback, ForwardKind.Counts], all.Select(f => f.Kind));
        Assert.Equal([1, 2, 0], all[0].Body);
        Assert.Equal(all[0].Number, Assert.Single(await stores.Forwards.ListAsync(home, 1, Cancel)).Number);
        Assert.NotNull(await stores.Forwards.FindOldestAsync(Cancel));
        await stores.Forwards.DeleteAsync([all[0].Number, all[1].Number], Cancel);
        Assert.Equal(all[2].Number, Assert.Single(await stores.Forwards.ListAsync(home, 10, Cancel)).Number);
    }

    [Fact]
    public async Task Each_change_of_what_an_agent_collects_is_a_version_and_the_same_again_is_none()
    {
        string agent = Name();
        Assert.Null(await stores.AgentConfigs.FindAsync(agent, null, Cancel));
        Assert.Equal(1, (await stores.AgentConfigs.PutAsync(agent, "one", "ann", Cancel)).Version);
        Assert.Equal(1, (await stores.AgentConfigs.PutAsync(agent, "one", "bob", Cancel)).Version);
        Assert.Equal(2, (await stores.AgentConfigs.PutAsync(agent, "two", "bob", Cancel)).Version);
        Assert.Equal(new AgentConfigRow(agent, 1, "one", "ann", stores.Time.GetUtcNow()), await stores.AgentConfigs.FindAsync(agent, 1, Cancel));
        Assert.Equal(("two", "bob"), (await stores.AgentConfigs.FindAsync(agent, null, Cancel)) is { } latest ? (latest.Json, latest.By) : default);
        Assert.Equal(2, (await stores.AgentConfigs.ListAsync(Cancel)).Single(c => c.Agent == agent).Version);
    }

    [Fact]
    public async Task Versions_that_are_set_at_the_same_moment_are_all_kept()
    {
        string agent = Name();
        AgentConfigRow[] rows = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => Task.Run(() => stores.AgentConfigs.PutAsync(agent, $"config {i}", "ann", Cancel))));
        Assert.Equal(Enumerable.Range(1, 8), rows.Select(r => r.Version).Order());
        foreach (AgentConfigRow row in rows)
            Assert.Equal(row.Json, (await stores.AgentConfigs.FindAsync(agent, row.Version, Cancel))!.Json);
    }

    [Fact]
    public async Task A_run_that_is_bound_again_reads_the_slice_it_took_first()
    {
        SourceSlice first = Slice(Rows.NewRun(), 0, 5);
        Assert.Equal(first, await stores.Sources.PutSliceAsync(first, Cancel));
        Assert.Equal(first, await stores.Sources.PutSliceAsync(first with { Through = 9 }, Cancel));
        Assert.Equal(first, await stores.Sources.FindSliceAsync(first.Run, first.Activity, Cancel));
        Assert.Null(await stores.Sources.FindSliceAsync(first.Run, "other", Cancel));
    }

    [Fact]
    public async Task Only_runs_that_succeeded_count_as_taken()
    {
        string pipeline = Name();
        Assert.Equal(0, await stores.Sources.FindTakenAsync(pipeline, "collect", "s", Cancel));
        ReplicaLease lease = await stores.LeaseAsync();
        foreach ((RunStatus status, long through) in new[] { (RunStatus.Succeeded, 3L), (RunStatus.Succeeded, 7L), (RunStatus.Failed, 8L), (RunStatus.Running, 9L) })
        {
            RunId run = Rows.NewRun();
            JournalBatch batch = new();
            batch.Runs.Add(Rows.Run(run, lease.Replica) with { Status = status });
            await stores.Runs.CommitAsync(lease, batch, Cancel);
            await stores.Sources.PutSliceAsync(Slice(run, 0, through) with { Pipeline = pipeline }, Cancel);
        }
        Assert.Equal(7, await stores.Sources.FindTakenAsync(pipeline, "collect", "s", Cancel));
        Assert.Equal(0, await stores.Sources.FindTakenAsync(pipeline, "collect", "t", Cancel));
    }

    [Fact]
    public async Task The_last_report_of_an_agent_counts()
    {
        string agent = Name();
        AgentReport report = new("1", "host", stores.Time.GetUtcNow(), stores.Time.GetUtcNow(), 10, [new AgentSourceReport("s", 1, 2, 3, 4, 5, 6, 7, 8, 9, "BEES-021 x")]);
        await stores.Sources.PutReportAsync(agent, report, stores.Time.GetUtcNow(), Cancel);
        await stores.Sources.PutReportAsync(agent, report with { Version = "2" }, stores.Time.GetUtcNow().AddSeconds(10), Cancel);
        AgentRow row = Assert.Single(await stores.Sources.ListAgentsAsync(Cancel), a => a.Agent == agent);
        Assert.Equal(("2", stores.Time.GetUtcNow().AddSeconds(10)), (row.Report.Version, row.At));
        Assert.Equal(report.Sources, row.Report.Sources);
    }

    private SourceSlice Slice(RunId run, long after, long through) =>
        new(run, "collect", "p", "s", after, through, new ArtifactRef("sha256:" + new string('a', 64), "slice", 3), stores.Time.GetUtcNow());
}

public sealed class SqliteSourceConformance(SqliteStores stores) : SourceConformance(stores), IClassFixture<SqliteStores>;

public sealed class PostgresSourceConformance(PostgresStores stores) : SourceConformance(stores), IClassFixture<PostgresStores>;
