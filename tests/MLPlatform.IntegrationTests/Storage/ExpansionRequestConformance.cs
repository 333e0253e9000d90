using MLPlatform.Core.Scheduling;
using MLPlatform.Core.Scheduling.Quotas;
using Xunit;

namespace MLPlatform.IntegrationTests.Storage;

/// <summary>What every database promises of requests for expansions.</summary>
public abstract class ExpansionRequestConformance(Stores stores)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_request_is_read_back_and_approved_with_the_expansion_that_it_becomes()
    {
        DateTimeOffset now = stores.Time.GetUtcNow();
        ExpansionRequest asked = await AskedAsync(source: "feed");
        await stores.Requests.AddAsync(asked with { Reason = "another" }, Cancel);
        Assert.Equal(asked, await stores.Requests.FindAsync(asked.Id, Cancel));
        Assert.Equal(asked, (await stores.Requests.ListAsync(RequestState.Pending, 1000, Cancel)).Single(r => r.Id == asked.Id));

        (ExpansionRequest approved, string? why) = (await stores.Requests.DecideAsync(asked.Id, RequestAct.Approve, "ann", "well", "search", Cancel))!.Value;
        Assert.Null(why);
        Assert.Equal(asked with { Decision = new RequestDecision(RequestState.Approved, "ann", now, "well") }, approved);
        Assert.Equal(approved, await stores.Requests.FindAsync(asked.Id, Cancel));
        Assert.DoesNotContain(await stores.Requests.ListAsync(RequestState.Pending, 1000, Cancel), r => r.Id == asked.Id);
        ExpansionRow made = (await stores.Quotas.ListExpansionsAsync(now, Cancel)).Single(e => e.Expansion.Id == asked.Id);
        Assert.Equal(new ExpansionRow(new Expansion(asked.Id, "ads", "fast", asked.More, now, asked.Until, "launch", "ann", "search"), "mia", now, null), made);
    }

    [Theory]
    [InlineData(RequestAct.Decline, RequestState.Declined)]
    [InlineData(RequestAct.Withdraw, RequestState.Withdrawn)]
    public async Task What_is_decided_stays_so_and_gives_nothing(RequestAct act, RequestState state)
    {
        ExpansionRequest asked = await AskedAsync();
        Assert.Equal(state, (await stores.Requests.DecideAsync(asked.Id, act, "ann", "no", null, Cancel))!.Value.Request.Decision!.State);
        (ExpansionRequest later, string? why) = (await stores.Requests.DecideAsync(asked.Id, RequestAct.Approve, "bob", "", null, Cancel))!.Value;
        Assert.Equal((state, true), (later.Decision!.State, why!.StartsWith("ann has ", StringComparison.Ordinal)));
        Assert.Contains(await stores.Requests.ListAsync(state, 1000, Cancel), r => r.Id == asked.Id && r.Decision!.By == "ann");
        Assert.DoesNotContain(await stores.Quotas.ListExpansionsAsync(DateTimeOffset.UnixEpoch, Cancel), e => e.Expansion.Id == asked.Id);
        Assert.Null(await stores.Requests.DecideAsync(Guid.NewGuid(), act, "ann", "", null, Cancel));
    }

    [Fact]
    public async Task A_request_that_nobody_decided_in_time_has_expired()
    {
        ExpansionRequest asked = await AskedAsync();
        asked = asked with { Id = Guid.NewGuid(), ExpiresAt = stores.Time.GetUtcNow() };
        await stores.Requests.AddAsync(asked, Cancel);
        Assert.Contains(await stores.Requests.ListAsync(RequestState.Expired, 1000, Cancel), r => r.Id == asked.Id);
        Assert.DoesNotContain(await stores.Requests.ListAsync(RequestState.Pending, 1000, Cancel), r => r.Id == asked.Id);
        (ExpansionRequest same, string? why) = (await stores.Requests.DecideAsync(asked.Id, RequestAct.Approve, "ann", "", null, Cancel))!.Value;
        Assert.Equal((asked, "nobody decided in time, so it has expired"), (same, why));
    }

    [Fact]
    public async Task Of_those_who_decide_at_once_one_does()
    {
        ExpansionRequest asked = await AskedAsync();
        (ExpansionRequest Request, string? Why)?[] all = await Task.WhenAll(Enumerable.Range(0, 8).Select(i =>
            stores.Requests.DecideAsync(asked.Id, i % 2 == 0 ? RequestAct.Approve : RequestAct.Decline, $"{i}", "", null, Cancel)));
        RequestDecision held = Assert.Single(all, a => a!.Value.Why is null)!.Value.Request.Decision!;
        Assert.All(all, a => Assert.Equal(held, a!.Value.Request.Decision));
        Assert.Equal(held.State == RequestState.Approved, (await stores.Quotas.ListExpansionsAsync(DateTimeOffset.UnixEpoch, Cancel)).Any(e => e.Expansion.Id == asked.Id));
    }

    private async Task<ExpansionRequest> AskedAsync(string? source = null)
    {
        DateTimeOffset now = stores.Time.GetUtcNow();
        ExpansionRequest asked = ExpansionRequest.Ask(Guid.NewGuid(), "ads", "fast", new Amount(1500, 1L << 33, 500), null, now.AddHours(2), "launch", source, "mia", now);
        await stores.Requests.AddAsync(asked, Cancel);
        return asked;
    }
}

public sealed class SqliteExpansionRequestTests(SqliteStores stores) : ExpansionRequestConformance(stores), IClassFixture<SqliteStores>;

public sealed class PostgresExpansionRequestTests(PostgresStores stores) : ExpansionRequestConformance(stores), IClassFixture<PostgresStores>;
