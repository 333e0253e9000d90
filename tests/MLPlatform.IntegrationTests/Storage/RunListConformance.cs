using MLPlatform.Core.Activities;
using MLPlatform.Core.Runs;
using Xunit;

namespace MLPlatform.IntegrationTests.Storage;

/// <summary>What every database promises of the lists of runs that people read.</summary>
public abstract class RunListConformance(Stores stores)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(30)]
    [InlineData(100)]
    public async Task Pages_hold_every_run_once_newest_first_also_where_instants_are_equal(int limit)
    {
        (string pipeline, List<RunRow> runs) = await StoreAsync(30, (run, i) => run with { CreatedAt = Rows.At.AddMicroseconds(i / 3) });
        List<RunId> expected = [.. runs.OrderByDescending(r => r.CreatedAt).ThenByDescending(r => r.Id.ToString(), StringComparer.Ordinal).Select(r => r.Id)];
        var read = new List<RunId>();
        string? cursor = null;
        do
        {
            Page<RunRow> page = await stores.Runs.ListRunsAsync(new RunFilter(pipeline), cursor, limit, Cancel);
            Assert.InRange(page.Items.Count, 1, limit);
            read.AddRange(page.Items.Select(r => r.Id));
            cursor = page.Next;
        }
        while (cursor is not null);
        Assert.Equal(expected, read);
    }

    [Fact]
    public async Task A_run_that_begins_between_two_pages_disturbs_neither()
    {
        (string pipeline, List<RunRow> runs) = await StoreAsync(4, (run, i) => run with { CreatedAt = Rows.At.AddSeconds(i) });
        Page<RunRow> first = await stores.Runs.ListRunsAsync(new RunFilter(pipeline), null, 2, Cancel);
        await StoreAsync(1, (run, _) => run with { CreatedAt = Rows.At.AddHours(1) }, pipeline);
        Page<RunRow> second = await stores.Runs.ListRunsAsync(new RunFilter(pipeline), first.Next, 2, Cancel);
        Assert.Equal(runs.AsEnumerable().Reverse().Select(r => r.Id), first.Items.Concat(second.Items).Select(r => r.Id));
        Assert.Null(second.Next);
    }

    [Fact]
    public async Task Filters_hold_together()
    {
        (string pipeline, List<RunRow> runs) = await StoreAsync(12, (run, i) => run with
        {
            Status = i % 2 == 0 ? RunStatus.Succeeded : RunStatus.Running,
            CreatedAt = Rows.At.AddMinutes(i),
            EndedAt = i % 2 == 0 ? Rows.At.AddHours(i) : null,
            LogicalDate = Rows.At.AddDays(i),
        });
        await AssertListAsync(new RunFilter(pipeline, RunStatus.Running), 1, 3, 5, 7, 9, 11);
        await AssertListAsync(new RunFilter(pipeline, CreatedAfter: Rows.At.AddMinutes(10)), 10, 11);
        await AssertListAsync(new RunFilter(pipeline, CreatedBefore: Rows.At.AddMinutes(2)), 0, 1);
        await AssertListAsync(new RunFilter(pipeline, EndedAfter: Rows.At.AddHours(8)), 8, 10);
        await AssertListAsync(new RunFilter(pipeline, LogicalFrom: Rows.At.AddDays(3), LogicalBefore: Rows.At.AddDays(5)), 3, 4);
        await AssertListAsync(new RunFilter(pipeline, RunStatus.Succeeded, Rows.At.AddMinutes(3), Rows.At.AddMinutes(8)), 4, 6);
        Assert.Equal(12, (await stores.Runs.ListRunsAsync(new RunFilter(), null, 1000, Cancel)).Items.Count(r => r.Pipeline == pipeline));

        async Task AssertListAsync(RunFilter filter, params int[] expected) => Assert.Equal(
            expected.Reverse().Select(i => runs[i].Id), (await stores.Runs.ListRunsAsync(filter, null, 100, Cancel)).Items.Select(r => r.Id));
    }

    [Theory]
    [InlineData("")]
    [InlineData("nonsense")]
    [InlineData("'; DROP TABLE runs; --")]
    [InlineData("__________________________________8")]
    public async Task A_cursor_that_is_none_is_refused(string cursor)
    {
        var refused = await Assert.ThrowsAsync<ActivityException>(() => stores.Runs.ListRunsAsync(new RunFilter(), cursor, 10, Cancel));
        Assert.Equal("STORE-015", refused.Code);
    }

    [Fact]
    public async Task What_is_not_there_is_null_or_empty()
    {
        RunId run = Rows.NewRun();
        Assert.Null(await stores.Runs.FindRunAsync(run, Cancel));
        Assert.Empty(await stores.Runs.ListActivitiesAsync(run, Cancel));
        Assert.Empty(await stores.Runs.ListAttemptsAsync(run, 3, Cancel));
        Assert.Empty(await stores.Runs.ListArtifactsAsync(run, Cancel));
        Assert.Empty(await stores.Runs.ListMetricsAsync(run, Cancel));
        Assert.Equal(new Page<RunRow>([], null).Items, (await stores.Runs.ListRunsAsync(new RunFilter("none"), null, 10, Cancel)).Items);
    }

    private async Task<(string Pipeline, List<RunRow> Runs)> StoreAsync(int count, Func<RunRow, int, RunRow> change, string? pipeline = null)
    {
        ReplicaLease lease = await stores.LeaseAsync();
        pipeline ??= Guid.NewGuid().ToString();
        var batch = new JournalBatch();
        batch.Runs.AddRange(Enumerable.Range(0, count).Select(i => change(Rows.Run(Rows.NewRun(), lease.Replica, pipeline: pipeline), i)));
        await stores.Runs.CommitAsync(lease, batch, Cancel);
        return (pipeline, batch.Runs);
    }
}

public sealed class SqliteRunListTests(SqliteStores stores) : RunListConformance(stores), IClassFixture<SqliteStores>;

public sealed class PostgresRunListTests(PostgresStores stores) : RunListConformance(stores), IClassFixture<PostgresStores>;
