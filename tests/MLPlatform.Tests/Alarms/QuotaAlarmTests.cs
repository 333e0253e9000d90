using MLPlatform.Core.Alarms;
using MLPlatform.Core.Runs;
using MLPlatform.Core.Scheduling;
using MLPlatform.Core.Scheduling.Budgets;
using MLPlatform.Core.Scheduling.Quotas;
using Xunit;

namespace MLPlatform.Tests.Alarms;

/// <summary>Rules of a resources file: groups that wait, budgets that are used, expansions that end.</summary>
public sealed class QuotaAlarmTests
{
    private static readonly DateTimeOffset Now = Watched.Now;
    private static readonly Amount OneGpu = new(1000, 0, 1000);

    [Theory]
    [InlineData(QuotaAlarmEvent.Starved, 0, true)]
    [InlineData(QuotaAlarmEvent.Starved, 1, true)]
    [InlineData(QuotaAlarmEvent.Starved, 2, false)] // It would go beyond its nominal quota, which nobody promised.
    [InlineData(QuotaAlarmEvent.AtLimit, 2, false)]
    [InlineData(QuotaAlarmEvent.AtLimit, 3, true)]
    public void A_group_that_waits_is_told_of_by_what_it_uses(QuotaAlarmEvent what, int used, bool told)
    {
        AlarmDecision decision = Decide(Sees(Rule(what), used: used, waiting: [Waits(Now.AddMinutes(-15))]), Now);
        Assert.Equal(told, decision.Open.Count == 1);
        Assert.All(decision.Open, a => Assert.Equal(("ads in fast", "", "resources#0"), (a.Subject, a.Pipeline, a.Rule)));
        AlarmDecision before = Decide(Sees(Rule(what), used: used, waiting: [Waits(Now.AddMinutes(-14))]), Now);
        Assert.Empty(before.Open);
        Assert.Equal(told ? Now.AddMinutes(1) : null, before.Next);
    }

    [Fact]
    public void While_a_group_waits_it_is_one_alarm_whatever_it_waits_with_and_over_when_nothing_does()
    {
        Alarm alarm = Assert.Single(Decide(Sees(Rule(QuotaAlarmEvent.Starved), waiting: [Waits(Now.AddHours(-1), node: 1), Waits(Now.AddHours(-2), node: 2)]), Now).Open);
        Assert.Equal("ads in fast waits for more than 15 min with train although it fits its nominal quota: it uses nothing of 2 GPUs", alarm.Summary);
        Assert.Equal(2, alarm.Node);
        AlarmDecision other = Decide(Sees(Rule(QuotaAlarmEvent.Starved), waiting: [Waits(Now.AddHours(-1), node: 1)]), Now, alarm);
        Assert.Empty(other.Open);
        Assert.Empty(other.Resolve);
        AlarmDecision none = Decide(Sees(Rule(QuotaAlarmEvent.Starved), waiting: [Waits(Now.AddMinutes(-1))]), Now, alarm);
        Assert.Equal("it waits no longer", Assert.Single(none.Resolve).Because);
    }

    [Fact]
    public void A_rule_of_another_group_or_pool_tells_nothing()
    {
        WaitingWork waits = Waits(Now.AddHours(-1));
        Assert.Empty(Decide(Sees(Rule(QuotaAlarmEvent.Starved) with { Group = "search" }, waiting: [waits]), Now).Open);
        Assert.Empty(Decide(Sees(Rule(QuotaAlarmEvent.Starved) with { Pool = "slow" }, waiting: [waits]), Now).Open);
        Assert.Single(Decide(Sees(Rule(QuotaAlarmEvent.Starved) with { Group = "ads", Pool = "fast" }, waiting: [waits]), Now).Open);
    }

    [Fact]
    public void A_budget_is_told_once_for_each_part_month_and_size_and_over_when_raised()
    {
        QuotaAlarmRule rule = Rule(QuotaAlarmEvent.Budget) with { Percent = 80 };
        Assert.Empty(Decide(Sees(rule, budgets: [Budget(79.9)]), Now).Open);
        Alarm alarm = Assert.Single(Decide(Sees(rule, budgets: [Budget(80)]), Now).Open);
        Assert.Equal(("ads has used 80 % of the budget of 100 GPU hours in 2026-03", "ads"), (alarm.Summary, alarm.Subject));
        AlarmDecision more = Decide(Sees(rule, budgets: [Budget(95)]), Now, alarm);
        Assert.Equal(alarm.Id, Assert.Single(more.Open).Id); // The same breach: the store opens it once.
        Assert.Empty(more.Resolve);
        Assert.Equal("there is budget again", Assert.Single(Decide(Sees(rule, budgets: [Budget(95) with { Hours = 200 }]), Now, alarm).Resolve).Because);
        Assert.NotEqual(alarm.Id, Assert.Single(Decide(Sees(rule, budgets: [Budget(180) with { Hours = 200 }]), Now, alarm).Open).Id);
        Assert.NotEqual(alarm.Id, Assert.Single(Decide(Sees(rule, budgets: [Budget(80) with { Month = new CalendarMonth(202604) }]), Now).Open).Id);
    }

    [Fact]
    public void An_expansion_is_told_before_its_end_and_its_end_is_news()
    {
        QuotaAlarmRule rule = Rule(QuotaAlarmEvent.ExpansionEnds) with { On = [QuotaAlarmEvent.ExpansionEnds, QuotaAlarmEvent.ExpansionEnded], Within = TimeSpan.FromHours(2) };
        Assert.Equal(Now.AddHours(1), Decide(Sees(rule, expansions: [Expands(Now.AddHours(3))]), Now).Next);
        Alarm soon = Assert.Single(Decide(Sees(rule, expansions: [Expands(Now.AddHours(1))]), Now).Open);
        Assert.Equal(AlarmEvent.ExpansionEnds, soon.Event);
        Assert.Contains("by 1 core, 1 GPU, approved by boss (launch) ends at", soon.Summary, StringComparison.Ordinal);
        AlarmDecision over = Decide(Sees(rule, expansions: [Expands(Now)]), Now, soon);
        Assert.Equal("it has ended", Assert.Single(over.Resolve).Because);
        Alarm ended = Assert.Single(over.Open);
        Assert.Equal(AlarmEvent.ExpansionEnded, ended.Event);
        Assert.True(Assert.Single(Decide(Sees(rule), Now, ended).Resolve).Quiet);
    }

    [Fact]
    public void Who_asks_for_an_expansion_is_told_of_until_somebody_decides()
    {
        ExpansionRequest asked = ExpansionRequest.Ask(new Guid("22222222-2222-2222-2222-222222222222"), "ads", "fast", OneGpu, null, Now.AddHours(8), "launch", null, "mia", Now);
        QuotaAlarmRule rule = Rule(QuotaAlarmEvent.ExpansionAsked);
        Alarm alarm = Assert.Single(Decide(Sees(rule, requests: [asked]), Now).Open);
        Assert.StartsWith("mia asks for 1 core, 1 GPU more of fast for ads until", alarm.Summary, StringComparison.Ordinal);
        Assert.Empty(Decide(Sees(rule, requests: [asked]), Now, alarm).Resolve);
        Assert.Empty(Decide(Sees(rule with { Group = "search" }, requests: [asked]), Now).Open);
        Assert.Equal("it was decided, withdrawn, or has expired", Assert.Single(Decide(Sees(rule), Now, alarm).Resolve).Because);
        Assert.Single(Decide(Sees(rule, requests: [asked]), asked.ExpiresAt, alarm).Resolve);
    }

    [Fact]
    public void Alarms_of_rules_that_are_gone_are_over()
    {
        Alarm alarm = Assert.Single(Decide(Sees(Rule(QuotaAlarmEvent.Starved), waiting: [Waits(Now.AddHours(-1))]), Now).Open);
        Assert.Single(AlarmPolicy.Decide(new AlarmPicture { Standing = [new StandingAlarm(alarm)] }, Now).Resolve);
    }

    private static AlarmDecision Decide(WatchedQuotas seen, DateTimeOffset now, params Alarm[] standing) =>
        AlarmPolicy.Decide(new AlarmPicture { Quotas = seen, Standing = [.. standing.Select(a => new StandingAlarm(a))] }, now);

    private static QuotaAlarmRule Rule(QuotaAlarmEvent what) => new() { On = [what], To = ["oncall"] };

    private static WatchedQuotas Sees(
        QuotaAlarmRule rule, int used = 0, IReadOnlyList<WaitingWork>? waiting = null, IReadOnlyList<BudgetState>? budgets = null, IReadOnlyList<ExpansionRow>? expansions = null,
        IReadOnlyList<ExpansionRequest>? requests = null)
    {
        QuotaDeclaration quota = new() { Nominal = new AmountDeclaration { Gpu = new(2) }, BorrowingLimit = new AmountDeclaration { Gpu = new(1) } };
        ResourcesFile file = new()
        {
            Pools = new Dictionary<string, PoolDeclaration> { ["fast"] = new() },
            Groups = new Dictionary<string, GroupDeclaration> { ["ads"] = new() { Quotas = new Dictionary<string, QuotaDeclaration> { ["fast"] = quota } } },
            Alarms = [rule],
        };
        Allocation[] held = [.. Enumerable.Range(0, used).Select(i => new Allocation(
            new AttemptId(Watched.Id, i, 1), "r", "fast", "m", "ads", "ann", "p", OneGpu, [], 0, true, false, Now.AddHours(-5)))];
        return new WatchedQuotas(new QuotaBook(1, file, [], [], held, Now), expansions ?? [], budgets ?? [], waiting ?? [], requests ?? []);
    }

    private static WaitingWork Waits(DateTimeOffset since, int node = 0) => new(Watched.Id, node, 0, "train", "ads", "fast", OneGpu, since);

    private static BudgetState Budget(double used) => new("ads", null, new CalendarMonth(202603), 100, used, 0, BudgetExhausted.Tell, Now);

    private static ExpansionRow Expands(DateTimeOffset until) =>
        new(new Expansion(new Guid("11111111-1111-1111-1111-111111111111"), "ads", "fast", OneGpu, Now.AddDays(-1), until, "launch", "boss"), "boss", Now.AddDays(-1), null);
}
