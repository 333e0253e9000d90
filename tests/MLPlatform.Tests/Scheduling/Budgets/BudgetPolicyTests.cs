using MLPlatform.Core.Plans;
using MLPlatform.Core.Scheduling.Budgets;
using MLPlatform.Core.Scheduling.Quotas;
using Xunit;

namespace MLPlatform.Tests.Scheduling.Budgets;

public sealed class BudgetPolicyTests
{
    private static readonly DateTimeOffset Now = new(2026, 3, 11, 0, 0, 0, TimeSpan.Zero);

    private static ResourcesFile File { get; } = new()
    {
        Groups = new Dictionary<string, GroupDeclaration>
        {
            ["reco"] = new() { Budget = new BudgetDeclaration { GpuHours = 100, Exhausted = BudgetExhausted.Hold } },
            ["ads"] = new()
            {
                Parent = "reco",
                Persons = new Dictionary<string, PersonDeclaration> { ["ann"] = new() { Budget = new BudgetDeclaration { GpuHours = 10, Exhausted = BudgetExhausted.Hold } } },
            },
            ["search"] = new() { Budget = new BudgetDeclaration { GpuHours = 5 } },
        },
    };

    [Fact]
    public void A_group_counts_what_the_groups_below_it_use_and_a_person_what_they_use_there()
    {
        IReadOnlyList<BudgetState> states = States(("reco", "bob", 20), ("ads", "ann", 4), ("ads", "bob", 6), ("search", "ann", 1));
        Assert.Equal([("reco", 30.0), ("ann of ads", 4.0), ("search", 1.0)], states.Select(s => (s.Whose, Math.Round(s.Used, 9))));
    }

    [Fact]
    public void A_budget_that_holds_keeps_the_whole_group_back_and_a_persons_only_that_person()
    {
        IReadOnlyList<BudgetState> person = States(("ads", "ann", 10));
        Assert.Equal("the budget of ann of ads is used up: 10 of 10 GPU hours in 2026-03", BudgetPolicy.WhyHeld(File, person, "ads", "ann"));
        Assert.Null(BudgetPolicy.WhyHeld(File, person, "ads", "bob"));
        Assert.Null(BudgetPolicy.WhyHeld(File, person, "search", "ann"));
        IReadOnlyList<BudgetState> group = States(("reco", "bob", 100));
        Assert.Contains("reco", BudgetPolicy.WhyHeld(File, group, "ads", "bob"), StringComparison.Ordinal);
        Assert.Null(BudgetPolicy.WhyHeld(File, group, "other", "bob"));
    }

    [Fact]
    public void A_budget_that_only_tells_holds_nothing()
    {
        IReadOnlyList<BudgetState> states = States(("search", "ann", 50));
        Assert.True(states.Single(s => s.Group == "search").IsUsedUp);
        Assert.Null(BudgetPolicy.WhyHeld(File, states, "search", "ann"));
    }

    [Fact]
    public void The_month_before_counts_for_the_pace_and_not_for_the_budget()
    {
        ConsumptionSums sums = new();
        sums.Add("search", "", new ResourceRequest(0, 0, 1000), Now.AddDays(-20), Now.AddDays(-10).AddHours(-1));
        BudgetState state = BudgetPolicy.States(File, sums.Rows, Now).Single(s => s.Group == "search");
        Assert.Equal(0, state.Used);
        Assert.InRange(state.Pace, 0.1, 0.9);
    }

    [Fact]
    public void The_forecast_is_what_is_left_at_the_pace_and_none_where_it_lasts()
    {
        ConsumptionSums sums = new();
        sums.Add("reco", "", new ResourceRequest(0, 0, 2000), Now.AddHours(-40), Now);
        BudgetState state = BudgetPolicy.States(File, sums.Rows, Now).Single(s => s.Group == "reco");
        Assert.Equal((80.0, 20.0, 2.0), (Math.Round(state.Used, 6), Math.Round(state.Left, 6), Math.Round(state.Pace, 6)));
        Assert.Equal(Now.AddHours(10), state.RunsOutAt!.Value, TimeSpan.FromSeconds(1));
        Assert.Null((state with { Used = 1, Hours = 100_000 }).RunsOutAt);
        Assert.Null((state with { Used = 100 }).RunsOutAt);
    }

    [Fact]
    public void A_budget_of_no_hours_is_used_up_from_the_beginning() =>
        Assert.True((States()[0] with { Hours = 0 }).Holds);

    private static IReadOnlyList<BudgetState> States(params (string Group, string Person, double Hours)[] used)
    {
        ConsumptionSums sums = new();
        foreach ((string group, string person, double hours) in used)
            sums.Add(group, person, new ResourceRequest(0, 0, 1000), Now.AddHours(-hours), Now);
        return BudgetPolicy.States(File, sums.Rows, Now);
    }
}
