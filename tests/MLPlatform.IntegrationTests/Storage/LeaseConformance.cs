using MLPlatform.Core.Runs;
using MLPlatform.Core.Triggers;
using Xunit;

namespace MLPlatform.IntegrationTests.Storage;

/// <summary>What every database promises of leases, fencing and takeover.</summary>
public abstract class LeaseConformance(Stores stores)
{
    private static readonly TimeSpan Ended = TimeSpan.FromSeconds(-1);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_registration_of_a_replica_has_a_larger_epoch_and_fences_the_one_before()
    {
        ReplicaLease first = await stores.LeaseAsync();
        ReplicaLease second = first with { Epoch = await stores.Runs.AcquireLeaseAsync(first.Replica, TimeSpan.FromMinutes(1), Cancel) };
        Assert.True(second.Epoch > first.Epoch);
        Assert.False(await stores.Runs.RenewLeaseAsync(first, TimeSpan.FromMinutes(1), Cancel));
        Assert.True(await stores.Runs.RenewLeaseAsync(second, TimeSpan.FromMinutes(1), Cancel));
        await AssertFencedAsync(first);
    }

    [Fact]
    public async Task A_replica_that_never_registered_cannot_commit() => await AssertFencedAsync(new ReplicaLease("nobody", 1));

    [Fact]
    public async Task A_released_lease_is_gone_and_its_runs_are_taken_at_once()
    {
        ReplicaLease leaving = await stores.LeaseAsync(), staying = await stores.LeaseAsync();
        RunId run = await StartAsync(leaving);
        await stores.Runs.ReleaseLeaseAsync(leaving, Cancel);
        Assert.False(await stores.Runs.RenewLeaseAsync(leaving, TimeSpan.FromMinutes(1), Cancel));
        await AssertFencedAsync(leaving);
        Assert.Contains(run, await stores.Runs.TakeOverAsync(staying, Cancel));
        Assert.Equal(staying.Replica, (await stores.Runs.FindRunAsync(run, Cancel))!.Owner);
    }

    [Fact]
    public async Task Only_unfinished_runs_of_dead_replicas_are_taken_over()
    {
        ReplicaLease dead = await stores.LeaseAsync(Ended), alive = await stores.LeaseAsync(), taker = await stores.LeaseAsync();
        RunId[] unfinished = [await StartAsync(dead), await StartAsync(dead, RunStatus.Paused), await StartAsync(dead, RunStatus.Cancelling), await StartAsync(taker)];
        RunId[] others = [await StartAsync(dead, RunStatus.Succeeded), await StartAsync(dead, RunStatus.Failed), await StartAsync(dead, RunStatus.Cancelled), await StartAsync(alive)];
        IReadOnlyList<RunId> owned = await stores.Runs.TakeOverAsync(taker, Cancel);
        Assert.Equal(unfinished.Order(ById), owned.Intersect(unfinished).Order(ById));
        Assert.Empty(owned.Intersect(others));
        await AssertFencedAsync(dead);
        await stores.Runs.CommitAsync(alive, new JournalBatch(), Cancel);
        Assert.Equal(owned, await stores.Runs.TakeOverAsync(taker, Cancel)); // Again: it owns what it owned.
    }

    [Fact]
    public async Task Waiting_trigger_claims_of_a_dead_replica_go_with_its_runs()
    {
        ReplicaLease dead = await stores.LeaseAsync(Ended), taker = await stores.LeaseAsync();
        string trigger = Guid.NewGuid().ToString();
        RunId started = await StartAsync(dead, RunStatus.Succeeded);
        foreach ((string instant, RunId run) in (List<(string, RunId)>)[("waiting", Rows.NewRun()), ("dropped", Rows.NewRun()), ("started", started)])
            await stores.Triggers.ClaimAsync(new TriggerClaim(trigger, instant, run, Rows.At) { LogicalDate = Rows.At, Owner = dead.Replica, FactsJson = "{}" }, Cancel);
        await stores.Triggers.DropAsync(trigger, "dropped", "why", Cancel);
        await stores.Runs.TakeOverAsync(taker, Cancel);
        Assert.Equal(taker.Replica, (await stores.Triggers.FindAsync(trigger, "waiting", Cancel))!.Owner);
        Assert.Equal(dead.Replica, (await stores.Triggers.FindAsync(trigger, "dropped", Cancel))!.Owner);
    }

    [Fact]
    public async Task A_fenced_replica_can_neither_take_over_nor_take_commands()
    {
        ReplicaLease lease = await stores.LeaseAsync();
        RunId run = await StartAsync(lease);
        await stores.Runs.PutCommandAsync(new RunCommandRow(Guid.NewGuid(), run, "{}", Rows.At), Cancel);
        ReplicaLease stale = lease with { Epoch = lease.Epoch - 1 };
        await Assert.ThrowsAsync<LeaseLostException>(() => stores.Runs.TakeOverAsync(stale, Cancel));
        await Assert.ThrowsAsync<LeaseLostException>(() => stores.Runs.TakeCommandsAsync(stale, Cancel));
        Assert.Single(await stores.Runs.TakeCommandsAsync(lease, Cancel));
    }

    [Fact]
    public async Task Commands_go_to_the_owner_oldest_first_and_once()
    {
        ReplicaLease owner = await stores.LeaseAsync(), other = await stores.LeaseAsync();
        RunId run = await StartAsync(owner);
        RunCommandRow[] commands = [.. Enumerable.Range(0, 5).Select(i => new RunCommandRow(Guid.NewGuid(), run, $$"""{"n":{{i}}}""", Rows.At.AddSeconds(-i)))];
        foreach (RunCommandRow command in commands)
            await stores.Runs.PutCommandAsync(command, Cancel);
        await stores.Runs.PutCommandAsync(commands[0], Cancel); // Twice is harmless.
        Assert.Empty(await stores.Runs.TakeCommandsAsync(other, Cancel));
        Assert.Equal(commands.Reverse(), await stores.Runs.TakeCommandsAsync(owner, Cancel));
        Assert.Empty(await stores.Runs.TakeCommandsAsync(owner, Cancel));
    }

    [Fact]
    public async Task A_commit_that_races_a_takeover_is_either_seen_by_it_or_refused()
    {
        for (int round = 0; round < 20; round++)
        {
            ReplicaLease dying = await stores.LeaseAsync(Ended), taker = await stores.LeaseAsync();
            RunId run = await StartAsync(dying);
            int acknowledged = 0;
            Task committing = Task.Run(async () =>
            {
                while (true)
                {
                    var batch = new JournalBatch();
                    batch.Journal.Add(Rows.Entry(run, acknowledged + 1));
                    batch.Activities.Add(Rows.Activity(run, acknowledged));
                    await stores.Runs.CommitAsync(dying, batch, Cancel);
                    Interlocked.Increment(ref acknowledged);
                }
            }, Cancel);
            while (Volatile.Read(ref acknowledged) < round % 5)
                await Task.Yield();
            Assert.Contains(run, await stores.Runs.TakeOverAsync(taker, Cancel));
            int seen = await stores.Runs.ReadJournalAsync(run, Cancel).CountAsync(Cancel);
            await Assert.ThrowsAsync<LeaseLostException>(() => committing);
            Assert.Equal(acknowledged, seen);
            Assert.Equal(seen, await stores.Runs.ReadJournalAsync(run, Cancel).CountAsync(Cancel));
            Assert.Equal(seen, (await stores.Runs.ListActivitiesAsync(run, Cancel)).Count);
        }
    }

    [Fact]
    public async Task Of_many_replicas_that_take_over_at_once_one_gets_each_run()
    {
        ReplicaLease dead = await stores.LeaseAsync(Ended);
        RunId[] left = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => StartAsync(dead)));
        ReplicaLease[] takers = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => stores.LeaseAsync()));
        IReadOnlyList<RunId>[] owned = await Task.WhenAll(takers.Select(t => Task.Run(() => stores.Runs.TakeOverAsync(t, Cancel))));
        List<RunId> taken = [.. owned.SelectMany(o => o).Where(left.Contains)];
        Assert.Equal(left.Order(ById), taken.Order(ById));
    }

    private static IComparer<RunId> ById => Comparer<RunId>.Create((a, b) => a.Value.CompareTo(b.Value));

    private async Task<RunId> StartAsync(ReplicaLease lease, RunStatus status = RunStatus.Running)
    {
        RunId run = Rows.NewRun();
        var batch = new JournalBatch();
        batch.Runs.Add(Rows.Run(run, lease.Replica, status));
        await stores.Runs.CommitAsync(lease, batch, Cancel);
        return run;
    }

    private async Task AssertFencedAsync(ReplicaLease lease)
    {
        RunId run = Rows.NewRun();
        var batch = new JournalBatch();
        batch.Runs.Add(Rows.Run(run, lease.Replica));
        batch.Journal.Add(Rows.Entry(run, 1));
        await Assert.ThrowsAsync<LeaseLostException>(() => stores.Runs.CommitAsync(lease, batch, Cancel));
        Assert.Null(await stores.Runs.FindRunAsync(run, Cancel));
        Assert.Empty(await stores.Runs.ReadJournalAsync(run, Cancel).ToListAsync(Cancel));
    }
}

public sealed class SqliteLeaseTests(SqliteStores stores) : LeaseConformance(stores), IClassFixture<SqliteStores>
{
    [Fact]
    public async Task A_lease_ends_by_the_injected_clock()
    {
        CancellationToken cancel = TestContext.Current.CancellationToken;
        ReplicaLease silent = await stores.LeaseAsync(TimeSpan.FromSeconds(30)), taker = await stores.LeaseAsync(TimeSpan.FromDays(1));
        stores.Time.Advance(TimeSpan.FromSeconds(29));
        await stores.Runs.TakeOverAsync(taker, cancel);
        Assert.True(await stores.Runs.RenewLeaseAsync(silent, TimeSpan.FromSeconds(30), cancel));
        stores.Time.Advance(TimeSpan.FromSeconds(31));
        await stores.Runs.TakeOverAsync(taker, cancel);
        Assert.False(await stores.Runs.RenewLeaseAsync(silent, TimeSpan.FromSeconds(30), cancel));
    }
}

public sealed class PostgresLeaseTests(PostgresStores stores) : LeaseConformance(stores), IClassFixture<PostgresStores>;
