using MLPlatform.Core.Plans;
using MLPlatform.Core.Runs;
using MLPlatform.Core.Scheduling.Budgets;
using Xunit;

namespace MLPlatform.IntegrationTests.Storage;

/// <summary>What every database promises of what was used.</summary>
public abstract class ConsumptionConformance(Stores stores)
{
    private static readonly ResourceRequest OneGpu = new(2000, 1 << 20, 1000);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_ends_of_attempts_add_is_the_sum_over_commits_and_replicas()
    {
        string group = Guid.NewGuid().ToString();
        ReplicaLease[] replicas = [await stores.LeaseAsync(), await stores.LeaseAsync()];
        ConsumptionSums expected = new();
        await Task.WhenAll(Enumerable.Range(0, 20).Select(i => Task.Run(async () =>
        {
            JournalBatch batch = new();
            batch.Consumed.Add(group, i % 3 == 0 ? "ann" : "", OneGpu, Rows.At.AddMinutes(-i), Rows.At);
            batch.Consumed.Add(group, "ann", OneGpu, Rows.At.AddMinutes(i), Rows.At.AddMinutes(i + 1));
            lock (expected)
            {
                foreach (Consumption c in batch.Consumed.Rows)
                    expected.Add(c);
            }
            await stores.Runs.CommitAsync(replicas[i % 2], batch, Cancel);
        }, Cancel)));
        Consumption[] found = [.. (await ReadAsync()).Ended.Where(c => c.Key.Group == group)];
        Assert.Equal(expected.Rows.Select(e => (e.Key, e.GpuMicroseconds, e.Since)), found.Select(f => (f.Key, f.GpuMicroseconds, f.Since)));
        Assert.All(expected.Rows.Zip(found), p => Assert.Equal(p.First.Recent.MemoryByteSeconds, p.Second.Recent.MemoryByteSeconds, p.First.Recent.MemoryByteSeconds * 1e-12));
        Assert.DoesNotContain((await stores.Consumption.ReadAsync(CalendarMonth.Of(Rows.At).Plus(1), [], Cancel)).Ended, c => c.Key.Group == group);
    }

    [Fact]
    public async Task A_batch_that_is_refused_counts_nothing()
    {
        string group = Guid.NewGuid().ToString();
        ReplicaLease lease = await stores.LeaseAsync();
        RunId run = Rows.NewRun();
        JournalBatch first = new(), again = new();
        foreach (JournalBatch batch in new[] { first, again })
        {
            batch.Journal.Add(Rows.Entry(run, 1));
            batch.Consumed.Add(group, "", OneGpu, Rows.At, Rows.At.AddHours(1));
        }
        await stores.Runs.CommitAsync(lease, first, Cancel);
        await Assert.ThrowsAsync<JournalConflictException>(() => stores.Runs.CommitAsync(lease, again, Cancel));
        JournalBatch fenced = new();
        fenced.Consumed.Add(group, "", OneGpu, Rows.At, Rows.At.AddHours(1));
        await Assert.ThrowsAsync<LeaseLostException>(() => stores.Runs.CommitAsync(lease with { Epoch = lease.Epoch - 1 }, fenced, Cancel));
        Assert.Equal(1, Assert.Single((await ReadAsync()).Ended, c => c.Key.Group == group).GpuHours);
    }

    [Fact]
    public async Task Attempts_of_a_time_are_those_that_ran_at_any_moment_of_it()
    {
        ReplicaLease lease = await stores.LeaseAsync();
        string plan = "sha256:" + Guid.NewGuid();
        RunId going = Rows.NewRun(), over = Rows.NewRun();
        JournalBatch batch = new();
        batch.Runs.Add(Rows.Run(going, lease.Replica) with { PlanHash = plan });
        batch.Runs.Add(Rows.Run(over, lease.Replica, RunStatus.Succeeded) with { PlanHash = plan, EndedAt = Rows.At.AddHours(5) });
        foreach (RunId run in new[] { going, over })
            batch.Activities.Add(Rows.Activity(run, 1, ActivityStatus.Running));
        batch.Attempts.Add(Rows.Attempt(going, 1, 1, AttemptStatus.Failed) with { StartedAt = Rows.At, EndedAt = Rows.At.AddHours(1) });
        batch.Attempts.Add(Rows.Attempt(going, 1, 2, AttemptStatus.Running) with { StartedAt = Rows.At.AddHours(2), EndedAt = null });
        batch.Attempts.Add(Rows.Attempt(over, 1, 1, AttemptStatus.Running) with { StartedAt = Rows.At.AddHours(3), EndedAt = null }); // Its run ended without it.
        await stores.Runs.CommitAsync(lease, batch, Cancel);
        async Task<IEnumerable<(double, double?)>> BetweenAsync(double from, double to) =>
            (await stores.Consumption.ListHeldAsync(Rows.At.AddHours(from), Rows.At.AddHours(to), 1000, Cancel)).Where(h => h.Plan == plan)
                .Select(h => ((h.Since - Rows.At).TotalHours, (h.Until - Rows.At)?.TotalHours));
        Assert.Equal([(3, 5d), (2, null), (0, 1d)], await BetweenAsync(0.5, 9));
        Assert.Equal([(2, null)], await BetweenAsync(1, 3));
        Assert.Equal([(2, null)], await BetweenAsync(5, 9));
        Assert.Empty(await BetweenAsync(-2, 0));
    }

    [Fact]
    public async Task Attempts_that_run_are_those_of_unfinished_runs_of_the_plans_asked_for()
    {
        ReplicaLease lease = await stores.LeaseAsync();
        string plan = "sha256:" + Guid.NewGuid();
        RunId going = Rows.NewRun(), other = Rows.NewRun();
        JournalBatch batch = new();
        batch.Runs.Add(Rows.Run(going, lease.Replica) with { PlanHash = plan });
        batch.Runs.Add(Rows.Run(other, lease.Replica) with { PlanHash = plan + "x" });
        foreach (RunId run in new[] { going, other })
        {
            batch.Activities.Add(Rows.Activity(run, 1, ActivityStatus.Running));
            batch.Attempts.Add(Rows.Attempt(run, 1, 1, AttemptStatus.Failed));
            batch.Attempts.Add(Rows.Attempt(run, 1, 2, AttemptStatus.Running));
        }
        await stores.Runs.CommitAsync(lease, batch, Cancel);
        Assert.Contains(plan, await stores.Consumption.ListPlansInUseAsync(Cancel));
        Assert.Equal([new RunningAttempt(plan, "train[1]", Rows.At)], (await ReadAsync(plan)).Running);
        JournalBatch end = new();
        end.Runs.Add(Rows.Run(going, lease.Replica, RunStatus.Succeeded) with { PlanHash = plan });
        await stores.Runs.CommitAsync(lease, end, Cancel);
        Assert.DoesNotContain(plan, await stores.Consumption.ListPlansInUseAsync(Cancel));
        Assert.Empty((await ReadAsync(plan)).Running);
    }

    private Task<ConsumptionSnapshot> ReadAsync(params string[] plans) => stores.Consumption.ReadAsync(CalendarMonth.Of(Rows.At), plans, Cancel);
}

public sealed class SqliteConsumptionTests(SqliteStores stores) : ConsumptionConformance(stores), IClassFixture<SqliteStores>;

public sealed class PostgresConsumptionTests(PostgresStores stores) : ConsumptionConformance(stores), IClassFixture<PostgresStores>;
