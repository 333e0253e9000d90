using MLPlatform.Core.Scheduling;
using MLPlatform.Core.Scheduling.Quotas;
using Xunit;

namespace MLPlatform.Tests.Scheduling.Quotas;

public sealed class ExpansionRequestTests
{
    private static readonly DateTimeOffset Now = new(2026, 3, 1, 9, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData(8, 8)] // It is over before anybody could be late.
    [InlineData(24 * 30, 24 * 7)]
    public void A_request_expires_after_a_week_or_with_what_it_asks_for(int untilHours, int expiresHours)
    {
        ExpansionRequest asked = Ask(Now.AddHours(untilHours));
        Assert.Equal(Now.AddHours(expiresHours), asked.ExpiresAt);
        Assert.Equal(RequestState.Pending, asked.StateAt(asked.ExpiresAt.AddTicks(-1)));
        Assert.Equal(RequestState.Expired, asked.StateAt(asked.ExpiresAt));
        Assert.Equal((null, "nobody decided in time, so it has expired"), RequestMachine.Apply(asked, RequestAct.Approve, asked.ExpiresAt));
    }

    [Fact]
    public void What_was_decided_is_not_decided_again_and_does_not_expire()
    {
        foreach (RequestAct act in Enum.GetValues<RequestAct>())
        {
            ExpansionRequest asked = Ask(Now.AddHours(8));
            RequestState next = RequestMachine.Apply(asked, act, Now).Next!.Value;
            ExpansionRequest decided = asked with { Decision = new RequestDecision(next, "ann", Now, "") };
            Assert.Equal(next, decided.StateAt(asked.ExpiresAt));
            Assert.All(Enum.GetValues<RequestAct>(), again => Assert.StartsWith("ann has ", RequestMachine.Apply(decided, again, Now).Why, StringComparison.Ordinal));
        }
    }

    [Fact]
    public void What_is_granted_begins_when_it_is_approved_or_later_if_so_asked()
    {
        Assert.Equal(Now.AddHours(1), Ask(Now.AddHours(8)).Grant("ann", null, Now.AddHours(1)).From);
        Assert.Equal(Now.AddHours(2), (Ask(Now.AddHours(8)) with { From = Now.AddHours(2) }).Grant("ann", null, Now.AddHours(1)).From);
        Assert.Equal(Now.AddHours(3), (Ask(Now.AddHours(8)) with { From = Now.AddHours(2) }).Grant("ann", null, Now.AddHours(3)).From);
    }

    private static ExpansionRequest Ask(DateTimeOffset until) =>
        ExpansionRequest.Ask(new Guid("33333333-3333-3333-3333-333333333333"), "ads", "fast", new Amount(1000, 0, 0), null, until, "launch", null, "mia", Now);
}
