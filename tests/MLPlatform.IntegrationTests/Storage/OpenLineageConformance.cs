using MLPlatform.Core.Lineage.OpenLineage;
using MLPlatform.Core.Runs;
using Xunit;

namespace MLPlatform.IntegrationTests.Storage;

/// <summary>Events of others and the progress of our own, on both databases.</summary>
public abstract class OpenLineageConformance(Stores stores)
{
    private readonly string _salt = Guid.NewGuid().ToString("N");

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_event_is_kept_once_and_its_edges_are_found_both_ways()
    {
        NamedDataset job = new("spark", "load" + _salt), raw = new("hdfs", "raw" + _salt), file = new("file", "/x" + _salt);
        ReceivedEvent received = new("id" + _salt, Rows.At, "COMPLETE", Guid.NewGuid(), job, [raw], [file], "urn:x", "{}");
        bool[] kept = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() => stores.OpenLineage.PutAsync(received, Cancel))));
        Assert.Single(kept, k => k);
        Assert.True(await stores.OpenLineage.PutAsync(received with { Id = "other" + _salt }, Cancel));
        Assert.Equal([new JobEdge(job, file)], await stores.OpenLineage.JobsOfAsync([file, raw], written: true, Cancel));
        Assert.Equal([new JobEdge(job, raw)], await stores.OpenLineage.JobsOfAsync([file, raw], written: false, Cancel));
        Assert.Equal([new JobEdge(job, raw)], await stores.OpenLineage.DatasetsOfAsync([job], written: false, Cancel));
        Assert.Empty(await stores.OpenLineage.JobsOfAsync([], written: true, Cancel));
    }

    [Fact]
    public async Task A_run_is_to_be_sent_until_its_end_was_and_again_once_it_went_on()
    {
        ReplicaLease lease = await stores.LeaseAsync();
        RunId run = Rows.NewRun();
        DateTimeOffset now = stores.Time.GetUtcNow();
        async Task PutAsync(RunStatus status, DateTimeOffset? ended)
        {
            JournalBatch batch = new();
            batch.Runs.Add(Rows.Run(run, lease.Replica, status, createdAt: now) with { EndedAt = ended });
            await stores.Runs.CommitAsync(lease, batch, Cancel);
        }
        async Task<SendProgress?> UnsentAsync() => (await stores.OpenLineage.ListUnsentAsync(now, 1000, Cancel)).FirstOrDefault(p => p.Run == run);

        await PutAsync(RunStatus.Running, null);
        Assert.Equal(new SendProgress(run, 0, false, 0, null), await UnsentAsync());
        await stores.OpenLineage.AdvanceAsync(new SendProgress(run, 3, false, 2, now.AddMinutes(1)), Cancel);
        Assert.Null(await UnsentAsync());
        stores.Time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(new SendProgress(run, 3, false, 2, now.AddMinutes(1)), await UnsentAsync());
        await PutAsync(RunStatus.Succeeded, stores.Time.GetUtcNow().AddSeconds(-1));
        await stores.OpenLineage.AdvanceAsync(new SendProgress(run, 5, true, 0, null), Cancel);
        Assert.Null(await UnsentAsync());
        await PutAsync(RunStatus.Succeeded, stores.Time.GetUtcNow().AddSeconds(1));
        Assert.Equal(5, (await UnsentAsync())!.Sequence);
        Assert.DoesNotContain(await stores.OpenLineage.ListUnsentAsync(now.AddTicks(10), 1000, Cancel), p => p.Run == run);
    }
}

public sealed class SqliteOpenLineageTests(SqliteStores stores) : OpenLineageConformance(stores), IClassFixture<SqliteStores>;

public sealed class PostgresOpenLineageTests(PostgresStores stores) : OpenLineageConformance(stores), IClassFixture<PostgresStores>;
