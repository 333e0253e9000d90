using MLPlatform.Core.Alarms;
using Xunit;

namespace MLPlatform.Tests.Alarms;

public class DeliveryPolicyTests
{
    private static readonly DateTimeOffset Now = Watched.Now;

    public static TheoryData<string, DeliveryKind, DeliveryState, string, DeliveryState?, bool, string> Cases => new()
    {
        { "news of an opening", DeliveryKind.Opened, DeliveryState.Waiting, "firing", null, false, "send" },
        { "an opening that is over before it was sent", DeliveryKind.Opened, DeliveryState.Waiting, "resolved", null, false, "send" },
        { "a silenced opening", DeliveryKind.Opened, DeliveryState.Waiting, "firing", null, true, "hold" },
        { "a silence that ended while it fires", DeliveryKind.Opened, DeliveryState.Held, "firing", null, false, "send" },
        { "a silence that ended after it was over", DeliveryKind.Opened, DeliveryState.Held, "resolved", null, false, "drop" },
        { "the end of what was told", DeliveryKind.Resolved, DeliveryState.Waiting, "resolved", DeliveryState.Sent, false, "send" },
        { "the end of what was never told", DeliveryKind.Resolved, DeliveryState.Waiting, "resolved", DeliveryState.Dropped, false, "drop" },
        { "the end of what a silence holds", DeliveryKind.Resolved, DeliveryState.Waiting, "resolved", DeliveryState.Held, false, "drop" },
        { "the end of what is still on its way", DeliveryKind.Resolved, DeliveryState.Waiting, "resolved", DeliveryState.Waiting, false, "hold" },
        { "a silenced end", DeliveryKind.Resolved, DeliveryState.Waiting, "resolved", DeliveryState.Sent, true, "drop" },
        { "the end for those whom it was escalated to", DeliveryKind.Resolved, DeliveryState.Waiting, "resolved", null, false, "send" },
        { "an escalation", DeliveryKind.Escalated, DeliveryState.Waiting, "firing", null, false, "send" },
        { "an escalation that came too late", DeliveryKind.Escalated, DeliveryState.Waiting, "acknowledged", null, false, "drop" },
    };

    [Theory, MemberData(nameof(Cases))]
    public void A_delivery_that_is_due_is_sent_held_or_dropped(string what, DeliveryKind kind, DeliveryState state, string alarm, DeliveryState? opened, bool silenced, string decision)
    {
        Assert.NotEmpty(what);
        AlarmState stands = alarm switch { "firing" => new AlarmState.Firing(), "acknowledged" => new AlarmState.Acknowledged("ada", Now), _ => new AlarmState.Resolved(Now, "why") };
        AlarmSilence[] silences = silenced ? [Silence("p", Now.AddHours(1)), Silence("p", Now.AddHours(2))] : [Silence("q", Now.AddHours(1))];
        DeliveryDecision found = DeliveryPolicy.Decide(Delivery(kind, state), Messages.Sample.Failed with { Pipeline = "p", State = stands }, opened, silences, Now);
        Assert.Equal(decision, found.GetType().Name.ToLowerInvariant());
        if (silenced && found is DeliveryDecision.Hold hold)
            Assert.Equal(Now.AddHours(2), hold.Until); // The last that covers it.
    }

    [Fact]
    public void Pauses_double_are_spread_and_are_bounded()
    {
        TimeSpan Pause(int attempts) => DeliveryPolicy.PauseAfter(Delivery(DeliveryKind.Opened, DeliveryState.Waiting) with { Attempts = attempts }, TimeSpan.FromSeconds(5), TimeSpan.FromMinutes(10));
        for (int tries = 0; tries < 40; tries++)
        {
            double full = Math.Min(600, 5 * Math.Pow(2, tries));
            Assert.InRange(Pause(tries).TotalSeconds, full / 2, full * 1.5);
        }
        Assert.True(Enumerable.Range(10, 20).Select(t => Pause(t).TotalSeconds).Distinct().Count() > 10);
        Assert.Equal(Pause(3), Pause(3));
    }

    private static AlarmDelivery Delivery(DeliveryKind kind, DeliveryState state) => new("id", "oncall", kind, state, 0, Now, Now, null, null);

    private static AlarmSilence Silence(string pipeline, DateTimeOffset until) => new(Guid.NewGuid(), pipeline, null, null, Now.AddHours(-1), until, "ada", "planned");
}
