using MLPlatform.Core.Runs;
using MLPlatform.Core.Triggers;
using Xunit;

namespace MLPlatform.IntegrationTests.Storage;

/// <summary>What every database promises of trigger claims.</summary>
public abstract class TriggerConformance(Stores stores)
{
    private readonly string _trigger = Guid.NewGuid() + "/0";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Of_sixteen_that_claim_one_instant_exactly_one_gets_it()
    {
        for (int round = 0; round < 10; round++)
        {
            TriggerClaim[] claims = [.. Enumerable.Range(0, 16).Select(_ => Claim($"2026-01-{round + 1:00}T00:00:00Z"))];
            bool[] won = await Task.WhenAll(claims.Select(c => Task.Run(() => stores.Triggers.ClaimAsync(c, Cancel))));
            TriggerClaim winner = claims[Assert.Single(Enumerable.Range(0, 16), i => won[i])];
            Assert.Equal(winner, await stores.Triggers.FindAsync(_trigger, winner.Instant, Cancel));
        }
        Assert.Equal(10, (await stores.Triggers.ListAsync(_trigger, 100, Cancel)).Count);
    }

    [Fact]
    public async Task The_last_instant_is_the_last_by_its_characters_not_by_the_databases_language()
    {
        Assert.Null(await stores.Triggers.FindLastAsync(_trigger, Cancel));
        foreach (string instant in (string[])["b", "B", "a-b", "ab", "_"])
            Assert.True(await stores.Triggers.ClaimAsync(Claim(instant), Cancel));
        Assert.Equal("b", (await stores.Triggers.FindLastAsync(_trigger, Cancel))!.Instant);
        Assert.Equal(["b", "ab", "a-b", "_", "B"], (await stores.Triggers.ListAsync(_trigger, 10, Cancel)).Select(c => c.Instant));
        Assert.Equal(["b", "ab"], (await stores.Triggers.ListAsync(_trigger, 2, Cancel)).Select(c => c.Instant));
    }

    [Fact]
    public async Task A_claim_waits_until_its_run_exists()
    {
        TriggerClaim late = Claim("1") with { At = Rows.At.AddSeconds(1) }, early = Claim("2");
        await stores.Triggers.ClaimAsync(late, Cancel);
        await stores.Triggers.ClaimAsync(early, Cancel);
        Assert.Equal([early, late], await WaitingAsync());
        await StartAsync(early.Run);
        Assert.Equal([late], await WaitingAsync());
        Assert.Equal([late], await WaitingAsync());
        Assert.Equal(early, await stores.Triggers.FindAsync(_trigger, "2", Cancel));
    }

    [Fact]
    public async Task A_dropped_claim_is_kept_with_its_reason_and_waits_no_more()
    {
        TriggerClaim claim = Claim("1");
        await stores.Triggers.ClaimAsync(claim, Cancel);
        Assert.True(await stores.Triggers.DropAsync(_trigger, "1", "TRIG-007: too late", Cancel));
        Assert.False(await stores.Triggers.DropAsync(_trigger, "1", "again", Cancel));
        Assert.False(await stores.Triggers.DropAsync(_trigger, "none", "why", Cancel));
        Assert.Empty(await WaitingAsync());
        Assert.Equal(claim with { Dropped = "TRIG-007: too late" }, await stores.Triggers.FindLastAsync(_trigger, Cancel));
        Assert.False(await stores.Triggers.ClaimAsync(Claim("1"), Cancel)); // A dropped firing is not free again.
    }

    [Fact]
    public async Task A_claim_whose_run_exists_cannot_be_dropped()
    {
        TriggerClaim claim = Claim("1");
        await stores.Triggers.ClaimAsync(claim, Cancel);
        await StartAsync(claim.Run);
        Assert.False(await stores.Triggers.DropAsync(_trigger, "1", "why", Cancel));
        Assert.Null((await stores.Triggers.FindAsync(_trigger, "1", Cancel))!.Dropped);
    }

    private TriggerClaim Claim(string instant) => new(_trigger, instant, Rows.NewRun(), Rows.At)
    {
        LogicalDate = Rows.At.AddDays(-1),
        Owner = "replica",
        FactsJson = """{"type":"cron"}""",
    };

    private async Task<IEnumerable<TriggerClaim>> WaitingAsync() =>
        (await stores.Triggers.ListWaitingAsync(Cancel)).Where(c => c.Trigger == _trigger);

    private async Task StartAsync(RunId run)
    {
        ReplicaLease lease = await stores.LeaseAsync();
        var batch = new JournalBatch();
        batch.Runs.Add(Rows.Run(run, lease.Replica));
        await stores.Runs.CommitAsync(lease, batch, Cancel);
    }
}

public sealed class SqliteTriggerTests(SqliteStores stores) : TriggerConformance(stores), IClassFixture<SqliteStores>;

public sealed class PostgresTriggerTests(PostgresStores stores) : TriggerConformance(stores), IClassFixture<PostgresStores>;
