using MLPlatform.Core.Runs;
using MLPlatform.Core.Scheduling.Promotions;
using Xunit;

namespace MLPlatform.IntegrationTests.Storage;

/// <summary>What every database promises of promotions.</summary>
public abstract class PromotionConformance(Stores stores)
{
    private readonly string _pipeline = Guid.NewGuid().ToString();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Of_ten_servers_that_propose_the_same_move_one_does()
    {
        bool[] added = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => Task.Run(() => stores.Promotions.AddAsync(New(), Cancel))));
        Assert.Single(added, a => a);
        Promotion found = Assert.Single(await stores.Promotions.ListAsync(_pipeline, PromotionState.Proposed, 10, Cancel));
        Assert.Equal(found, await stores.Promotions.FindAsync(found.Id, Cancel));
        Assert.Equal(New() with { Id = found.Id }, found);
        Assert.Empty(await stores.Promotions.ListAsync(_pipeline, PromotionState.InForce, 10, Cancel));
    }

    [Fact]
    public async Task A_decision_happens_once_and_after_a_refusal_the_move_can_be_proposed_again()
    {
        Promotion first = New();
        await stores.Promotions.AddAsync(first, Cancel);
        (Promotion Promotion, string? Why)?[] answers = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() => stores.Promotions.DecideAsync(first.Id, PromotionAct.Refuse, "ann", Cancel))));
        Assert.Single(answers, a => a!.Value.Why is null);
        Assert.Equal((PromotionState.Refused, "ann", stores.Time.GetUtcNow()), await StateAsync(first));
        Assert.True(await stores.Promotions.AddAsync(New(), Cancel));
        Assert.Null(await stores.Promotions.DecideAsync(Guid.NewGuid(), PromotionAct.Accept, "ann", Cancel));
    }

    [Fact]
    public async Task An_accepted_demotion_revokes_what_it_undoes_and_a_revocation_settles_the_proposal()
    {
        foreach (bool accepted in new[] { true, false })
        {
            Promotion up = New(), down = New() with { From = "performance", To = "production", Undoes = up.Id };
            await stores.Promotions.AddAsync(up, Cancel);
            await stores.Promotions.DecideAsync(up.Id, PromotionAct.Accept, "ann", Cancel);
            Assert.False(await stores.Promotions.AddAsync(New(), Cancel)); // It is in force.
            Assert.True(await stores.Promotions.AddAsync(down, Cancel));
            await (accepted ? stores.Promotions.DecideAsync(down.Id, PromotionAct.Accept, "bob", Cancel) : stores.Promotions.DecideAsync(up.Id, PromotionAct.Revoke, "bob", Cancel));
            Assert.Equal((PromotionState.Revoked, "bob", stores.Time.GetUtcNow()), await StateAsync(up));
            Assert.Equal((PromotionState.Done, "bob", stores.Time.GetUtcNow()), await StateAsync(down));
        }
    }

    [Fact]
    public async Task Pipelines_are_listed_by_when_a_run_of_them_ended()
    {
        ReplicaLease lease = await stores.LeaseAsync();
        JournalBatch batch = new();
        batch.Runs.Add(Rows.Run(Rows.NewRun(), lease.Replica, RunStatus.Succeeded, pipeline: _pipeline)); // Ends an hour after Rows.At.
        batch.Runs.Add(Rows.Run(Rows.NewRun(), lease.Replica, RunStatus.Running, pipeline: _pipeline + "x"));
        await stores.Runs.CommitAsync(lease, batch, Cancel);
        Assert.Contains(_pipeline, await stores.Promotions.ListPipelinesAsync(Rows.At.AddHours(1), Cancel));
        Assert.DoesNotContain(_pipeline + "x", await stores.Promotions.ListPipelinesAsync(Rows.At.AddHours(1), Cancel));
        Assert.DoesNotContain(_pipeline, await stores.Promotions.ListPipelinesAsync(Rows.At.AddHours(2), Cancel));
    }

    private async Task<(PromotionState, string?, DateTimeOffset?)> StateAsync(Promotion promotion) =>
        (await stores.Promotions.FindAsync(promotion.Id, Cancel))! is var now ? (now.State, now.DecidedBy, now.DecidedAt) : default;

    private Promotion New() => new(Guid.NewGuid(), _pipeline, "production", "performance", PromotionState.Proposed, "2 of 20 runs failed", Rows.At);
}

public sealed class SqlitePromotionTests(SqliteStores stores) : PromotionConformance(stores), IClassFixture<SqliteStores>;

public sealed class PostgresPromotionTests(PostgresStores stores) : PromotionConformance(stores), IClassFixture<PostgresStores>;
