using MLPlatform.Core.Scheduling.Budgets;
using MLPlatform.Core.Scheduling.Quotas;
using Xunit;
using static MLPlatform.Tests.Scheduling.Admission.Setting;

namespace MLPlatform.Tests.Scheduling.Admission;

/// <summary>What groups held lately says who goes first where all else is equal.</summary>
public sealed class PastUseTests
{
    [Fact]
    public void Of_groups_with_equal_shares_the_one_that_held_less_lately_goes_first()
    {
        Assert.Equal([1], Waits().Starts()); // By age.
        Assert.Equal([2], Waits(("a", 3), ("b", 1)).Starts());
        Assert.Equal([1], Waits(("a", 1), ("b", 3)).Starts());
    }

    [Fact]
    public void Weight_counts_for_the_past_as_for_the_present() =>
        Assert.Equal([1], With(Group(1, weight: 4), ("a", 3), ("b", 1)).Wait(1, Gpus(1), "a").Wait(2, Gpus(1), "b").Starts());

    [Fact]
    public void The_past_takes_nobody_what_is_its_own()
    {
        // b runs on its quota and asks for more than that; a, whatever it held, asks for what is promised to it.
        Setting s = With(Group(1), ("a", 100), ("b", 0)).Nodes(1, gpus: 1, model: "B").Wait(1, Gpus(1), "b");
        Assert.Equal([1], s.Starts());
        Assert.Equal([3], s.Wait(2, Gpus(1), "b").Wait(3, Gpus(1), "a").Starts());
    }

    [Fact]
    public void A_group_above_counts_what_its_parts_held_and_who_is_in_no_group_counts_together()
    {
        ResourcesFile file = File(("org", Group(0)), ("a", Group(0, parent: "org")), ("b", Group(0)));
        Dictionary<string, ResourceTime> past = new() { ["a"] = Held(3), ["b"] = Held(1) };
        Assert.Equal([2], Tree(file, past).Wait(1, Gpus(1), "org").Wait(2, Gpus(1), "b").Starts());
        past["stranger"] = past["other"] = Held(1);
        Assert.Equal([2], Tree(file, past).Wait(1, Gpus(1), "stranger").Wait(2, Gpus(1), "b").Starts());
    }

    private static Setting Waits(params (string Group, double Gpus)[] past) => With(Group(1), past).Wait(1, Gpus(1), "a").After(1).Wait(2, Gpus(1), "b");

    // Two groups, and one device for both.
    private static Setting With(GroupDeclaration a, params (string Group, double Gpus)[] past) =>
        Tree(File(("a", a), ("b", Group(1))), past.ToDictionary(p => p.Group, p => Held(p.Gpus)));

    private static Setting Tree(ResourcesFile file, Dictionary<string, ResourceTime> past)
    {
        Setting s = new Setting().Nodes(1, gpus: 1);
        s.Scheduler.SetTree(QuotaTree.Of(file, [], s.Now, past));
        return s;
    }

    private static ResourceTime Held(double gpus) => new(0, 0, gpus);
}
