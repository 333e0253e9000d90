using MLPlatform.Core.Runs;
using MLPlatform.Core.Scheduling;
using MLPlatform.Core.Scheduling.Admission;
using MLPlatform.Core.Scheduling.Quotas;
using Xunit;

namespace MLPlatform.IntegrationTests.Storage;

/// <summary>What every database promises of quotas.</summary>
public abstract class QuotaConformance(Stores stores)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private static string Text() => "{\"pools\":{\"p" + Guid.NewGuid().ToString("N") + "\":{}}}";

    [Fact]
    public async Task A_file_applied_is_the_next_version_and_the_same_text_again_is_not()
    {
        string one = Text(), two = Text();
        ResourcesVersion first = await stores.Quotas.ApplyAsync(one, "ann", Cancel);
        Assert.Equal(first, await stores.Quotas.ApplyAsync(one, "bob", Cancel));
        ResourcesVersion second = await stores.Quotas.ApplyAsync(two, "bob", Cancel);
        Assert.Equal((first.Version + 1, two, "bob", stores.Time.GetUtcNow()), (second.Version, second.Json, second.AppliedBy, second.AppliedAt));
        Assert.Equal(second, await stores.Quotas.FindAsync(null, Cancel));
        Assert.Equal(first, await stores.Quotas.FindAsync(first.Version, Cancel));
        Assert.Null(await stores.Quotas.FindAsync(second.Version + 1, Cancel));
        Assert.Equal([second, first], await stores.Quotas.ListVersionsAsync(2, Cancel));
        // What held before holds again as a new version: history is never rewritten.
        Assert.Equal(second.Version + 1, (await stores.Quotas.ApplyAsync(one, "ann", Cancel)).Version);
    }

    [Fact]
    public async Task Files_applied_at_once_get_versions_of_their_own()
    {
        ResourcesVersion[] made = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => stores.Quotas.ApplyAsync(Text(), $"{i}", Cancel)));
        Assert.Equal(8, made.Select(m => m.Version).Distinct().Count());
    }

    [Fact]
    public async Task An_expansion_is_read_back_until_it_is_over_and_ends_early_once()
    {
        DateTimeOffset now = stores.Time.GetUtcNow();
        Expansion more = new(Guid.NewGuid(), "ads", "production", new Amount(1500, 1L << 33, 500), now, now.AddHours(2), "launch", "ann", "feed");
        await stores.Quotas.AddExpansionAsync(more, "bob", Cancel);
        await stores.Quotas.AddExpansionAsync(more with { Reason = "another" }, "bob", Cancel);
        ExpansionRow read = (await stores.Quotas.ListExpansionsAsync(now, Cancel)).Single(e => e.Expansion.Id == more.Id);
        Assert.Equal(new ExpansionRow(more, "bob", now, null), read);
        Assert.DoesNotContain(await stores.Quotas.ListExpansionsAsync(now.AddHours(2), Cancel), e => e.Expansion.Id == more.Id);

        Assert.Null(await stores.Quotas.EndExpansionAsync(Guid.NewGuid(), "ann", Cancel));
        ExpansionRow ended = (await stores.Quotas.EndExpansionAsync(more.Id, "ann", Cancel))!;
        Assert.Equal((now, "ann"), (ended.Expansion.Until, ended.EndedBy));
        Assert.Equal(ended, await stores.Quotas.EndExpansionAsync(more.Id, "cid", Cancel));
    }

    [Fact]
    public async Task A_machine_is_listed_for_as_long_as_its_server_lives()
    {
        string live = (await stores.LeaseAsync()).Replica, dead = (await stores.LeaseAsync(TimeSpan.FromSeconds(-5))).Replica;
        PoolMachine machine = new(live, "m1", 8000, 1L << 34, [new MachineGpu(0, "A100", 1L << 36), new MachineGpu(1, "A100", null)], new Dictionary<string, string> { ["zone"] = "z1" });
        ToldWait wait = new(Guid.NewGuid(), 3, WaitCause.NoNode, "no node has 2 GPUs free", "the end of what runs there", stores.Time.GetUtcNow().AddMinutes(5));
        await stores.Quotas.AnnounceAsync(machine with { MilliCpu = 1 }, [wait, wait with { Node = 4, Earliest = null }], Cancel);
        Assert.Equal([wait, wait with { Node = 4, Earliest = null }], await stores.Quotas.ListWaitsAsync(live, Cancel));
        await stores.Quotas.AnnounceAsync(machine, [], Cancel);
        Assert.Empty(await stores.Quotas.ListWaitsAsync(live, Cancel));
        Assert.Empty(await stores.Quotas.ListWaitsAsync("nobody", Cancel));
        await stores.Quotas.AnnounceAsync(machine with { Replica = dead }, [], Cancel);
        IReadOnlyList<PoolMachine> listed = await stores.Quotas.ListMachinesAsync(Cancel);
        PoolMachine read = listed.Single(m => m.Replica == live);
        Assert.Equal((8000, 1L << 34, "z1"), (read.MilliCpu, read.MemoryBytes, read.Labels["zone"]));
        Assert.Equal(machine.Gpus, read.Gpus);
        Assert.DoesNotContain(listed, m => m.Replica == dead);
    }

    [Fact]
    public async Task What_is_granted_and_what_ends_at_once_never_wait_for_each_other()
    {
        // As after a crash: what was held before is given back while the same attempts are granted anew, in whatever order.
        ReplicaLease lease = await stores.LeaseAsync();
        RunId run = new(Guid.CreateVersion7());
        List<Allocation> held = [.. Enumerable.Range(0, 200).Select(node => new Allocation(
            new AttemptId(run, node, 1), lease.Replica, "p", "m1", "ads", "ann", "chain", new Amount(1000, 0, 0), [], 0, true, false, stores.Time.GetUtcNow()))];
        for (int round = 0; round < 20; round++)
        {
            JournalBatch ends = new();
            ends.Allocations.AddRange(held.Select(a => a with { EndedAt = stores.Time.GetUtcNow() }));
            await Task.WhenAll(
                stores.Quotas.GrantAsync(lease, _ => Task.FromResult<IReadOnlyList<Allocation>>([.. held.AsEnumerable().Reverse()]), Cancel),
                stores.Runs.CommitAsync(lease, ends, Cancel));
        }
        await stores.Quotas.GrantAsync(lease, _ => Task.FromResult<IReadOnlyList<Allocation>>(held), Cancel);
        Assert.Equal(held.Select(a => a.Id).OrderBy(id => id.Node), (await stores.Quotas.ListAllocationsAsync(Cancel)).Where(a => a.Id.Run == run).Select(a => a.Id));
    }
}

public sealed class SqliteQuotaTests(SqliteStores stores) : QuotaConformance(stores), IClassFixture<SqliteStores>;

public sealed class PostgresQuotaTests(PostgresStores stores) : QuotaConformance(stores), IClassFixture<PostgresStores>;
