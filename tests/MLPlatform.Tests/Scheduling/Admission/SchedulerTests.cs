using MLPlatform.Core.Scheduling.Admission;
using MLPlatform.Core.Scheduling.Placement;
using Xunit;
using static MLPlatform.Tests.Scheduling.Admission.Setting;

namespace MLPlatform.Tests.Scheduling.Admission;

/// <summary>Who starts, and where.</summary>
public sealed class SchedulerTests
{
    [Fact]
    public void What_has_room_starts_at_once_and_the_rest_when_something_ends()
    {
        Setting s = new Setting().Nodes(1, gpus: 2);
        Assert.Equal([1, 2], s.Wait(1, Gpus(1)).Wait(2, Gpus(1)).Wait(3, Gpus(1)).Starts());
        Assert.Equal([], s.Starts());
        Assert.Equal([3], s.End(1).Starts());
    }

    [Fact]
    public void Higher_priority_goes_first_then_higher_order_then_age()
    {
        Setting s = new Setting().Nodes(1, gpus: 1).Wait(1, Gpus(1));
        s.Starts();
        s.Wait(2, Gpus(1)).After(1).Wait(3, Gpus(1), order: 5).After(1).Wait(4, Gpus(1), priority: 1).After(1).Wait(5, Gpus(1), order: 5);
        List<int> order = [];
        for (int running = 1; order.Count < 4;)
        {
            running = Assert.Single(s.End(running).Starts());
            order.Add(running);
        }
        Assert.Equal([4, 3, 5, 2], order);
    }

    [Fact]
    public void A_gang_starts_whole_or_not_at_all()
    {
        Setting s = new Setting().Nodes(2, gpus: 4);
        Assert.Equal([1], s.Wait(1, Gpus(1)).Starts());
        Assert.Equal([], s.Wait(2, Gpus(4), members: 2).Starts());
        Admitted gang = Assert.Single(s.End(1).Decide().Admissions);
        Assert.Equal(["A000", "A001"], gang.Places.Select(p => p.Node).Order());
        Assert.All(gang.Places, p => Assert.Equal([0, 1, 2, 3], p.Devices));
    }

    [Fact]
    public void Parts_of_devices_share_one_and_whole_ones_get_numbers_of_their_own()
    {
        Setting s = new Setting().Nodes(1, gpus: 3);
        IReadOnlyList<Admitted> started = s.Wait(1, Part(500)).Wait(2, Part(500)).Wait(3, Gpus(2)).Decide().Admissions;
        Dictionary<int, int[]> devices = started.ToDictionary(a => a.Work.Id.Node, a => a.Places[0].Devices.ToArray());
        Assert.Equal(devices[1], devices[2]);
        Assert.Equal(3, devices.Values.SelectMany(d => d).Distinct().Count());
    }

    [Fact]
    public void A_place_has_the_model_and_the_labels_asked_for()
    {
        Setting s = new Setting().Nodes(1, model: "A").Nodes(1, model: "B", labels: _ => new() { ["disk"] = "fast" });
        Gang fast = new([new Role(Cores(1), Selector: new Selector([new("disk", "fast")]))]);
        IReadOnlyList<Admitted> started = s.Wait(1, new NodeAsk(0, 0, 1, 1000, "B")).Wait(2, Cores(1), gang: fast).Decide().Admissions;
        Assert.All(started, a => Assert.Equal("B000", a.Places[0].Node));
        Assert.Equal(2, started.Count);
    }

    [Fact]
    public void Members_that_must_be_together_are_and_members_that_must_be_apart_are()
    {
        Setting s = new Setting().Nodes(4, gpus: 2, labels: i => new() { ["rack"] = $"r{i / 2}" });
        s.Wait(1, Gpus(1)).Starts();
        Gang together = new([new Role(Gpus(2), 2)], "rack"), apart = new([new Role(Gpus(0), 3, Apart: true)]);
        IReadOnlyList<Admitted> started = s.Wait(2, Gpus(1), gang: together).Wait(3, Gpus(1), gang: apart).Decide().Admissions;
        Assert.Equal(["A002", "A003"], started[0].Places.Select(p => p.Node).Order());
        Assert.Equal(3, started[1].Places.Select(p => p.Node).Distinct().Count());
    }

    [Fact]
    public void What_can_never_fit_blocks_nobody_and_says_so()
    {
        Setting s = new Setting().Nodes(1, gpus: 1);
        Assert.Equal([2], s.Wait(1, Gpus(2), priority: 9).Wait(2, Gpus(1)).Starts());
        Assert.Equal(WaitCause.TooLarge, s.Why(1)!.Cause);
    }

    [Fact]
    public void The_first_blocked_is_promised_a_start_and_only_who_ends_before_or_leaves_it_passes()
    {
        Setting s = new Setting().Nodes(1, gpus: 4);
        s.Wait(1, Gpus(2), runs: TimeSpan.FromMinutes(10)).Starts();
        s.After(1).Wait(2, Gpus(4), runs: TimeSpan.FromHours(1)).Starts();
        Assert.Equal(Start.AddMinutes(10), s.Why(2)!.Earliest);
        s.Wait(3, Gpus(1), runs: TimeSpan.FromHours(1)).Wait(4, Gpus(1)).Wait(5, Gpus(2), runs: TimeSpan.FromMinutes(9));
        Assert.Equal([5], s.Starts());
        Assert.Equal(WaitCause.NoNode, s.Why(3)!.Cause);
        s.After(60).End(5);
        Assert.Equal([], s.Starts());
        Assert.Equal(WaitCause.Promised, s.Why(3)!.Cause);
        Assert.Equal([2], s.After(480).End(1).Starts());
    }

    [Fact]
    public void Where_nobody_knows_when_work_ends_a_node_is_cleared_after_patience()
    {
        Setting s = new Setting(new AdmissionSettings { Patience = TimeSpan.FromMinutes(1) }).Nodes(1, gpus: 4);
        s.Wait(1, Gpus(2)).Starts();
        s.Wait(2, Gpus(4)).Wait(3, Gpus(1));
        Assert.Equal([3], s.Starts());
        AdmissionPlan plan = s.Decide();
        Assert.Equal(Start.AddMinutes(1), plan.LookAgain);
        s.After(60).Wait(4, Gpus(1));
        Assert.Equal([], s.Starts());
        Assert.Equal([2], s.End(1, 3).Starts());
    }

    [Fact]
    public void Work_that_ran_before_a_restart_holds_what_it_held_room_or_not()
    {
        Setting s = new Setting().Nodes(1, gpus: 1);
        Work work = new() { Id = WorkId.Of(1), Gang = Gang.Of(Gpus(1)) };
        Assert.True(s.Scheduler.Adopt(new Holding(work, "default", [new MemberPlace("A000", [0])], Start)));
        Assert.True(s.Scheduler.Adopt(new Holding(work with { Id = WorkId.Of(2) }, "default", [new MemberPlace("A000", [0])], Start)));
        Assert.Equal([], s.Wait(3, Gpus(1)).Starts());
        Assert.Equal([], s.End(1).Starts());
        Assert.Equal([3], s.End(2).Starts());
    }

    [Fact]
    public void A_gang_that_lost_a_node_keeps_its_other_places_until_the_node_is_back_or_is_given_up_whole()
    {
        Setting s = new Setting(new AdmissionSettings { KeepBroken = TimeSpan.FromMinutes(5) }).Nodes(2, gpus: 1);
        s.Wait(1, Gpus(1), members: 2).Starts();
        Assert.Equal([WorkId.Of(1)], s.Scheduler.RemoveNode("default", "A001", s.Now));
        Assert.Equal([], s.Wait(2, Gpus(1)).Starts());
        s.After(60).Scheduler.AddNode("default", new SchedulerNode("A001", new NodeKind(64_000, 1 << 20, 1, "A")));
        Assert.Equal([], s.Starts());
        s.Scheduler.RemoveNode("default", "A000", s.Now);
        Assert.Equal([WorkId.Of(1)], s.After(300).Decide().Broken);
        Assert.Equal([2], s.End(1).Starts());
    }

    [Fact]
    public void Work_overflows_to_another_pool_once_all_that_belongs_there_had_its_turn()
    {
        Setting s = new Setting().Nodes(1, gpus: 1).Nodes(1, gpus: 2, pool: "cloud", model: "C");
        s.Wait(1, Gpus(1)).Wait(2, Gpus(1), overflow: ["cloud"]).Wait(3, Gpus(2), pool: "cloud");
        IReadOnlyList<Admitted> started = s.Decide().Admissions;
        Assert.Equal([(1, "default"), (3, "cloud")], started.Select(a => (a.Work.Id.Node, a.Pool)));
        Admitted late = Assert.Single(s.End(3).Decide().Admissions);
        Assert.Equal((2, "cloud"), (late.Work.Id.Node, late.Pool));
    }

    [Fact]
    public void A_pool_that_places_by_itself_is_held_to_its_capacity_alone()
    {
        Setting s = new();
        s.Scheduler.Delegate("default", new(100_000, 1L << 40, 3_000));
        Assert.Equal([1, 2], s.Wait(1, Gpus(2)).Wait(2, Part(700)).Wait(3, Part(700)).Starts());
        Assert.Equal([3], s.End(1).Starts());
    }

    [Fact]
    public void Labels_that_are_asked_for_are_for_a_pool_that_places_by_itself_to_look_for()
    {
        Setting s = new();
        s.Scheduler.Delegate("default", new(2_000, 1L << 40, 0));
        Gang labeled = new([new Role(Cores(1), Selector: new Selector([new("mlp.replica", "r1")]))]);
        Assert.True(s.Scheduler.CouldEverFit("default", labeled));
        Assert.Equal([1, 2], s.Wait(1, Cores(1), gang: labeled).Wait(2, Cores(1), gang: labeled).Wait(3, Cores(1), gang: labeled).Starts());
        Assert.Contains("no node has more than 0 cores free", s.Why(3)!.What, StringComparison.Ordinal);
        Assert.Equal([3], s.End(1).Starts());
    }

    [Fact]
    public void Who_comes_first_by_order_takes_over_the_promise_of_who_comes_later()
    {
        Setting s = new Setting(new AdmissionSettings { Promises = 1 }).Nodes(1, gpus: 4).Wait(1, Gpus(3), runs: TimeSpan.FromHours(2));
        Assert.Equal([1], s.Starts());
        // The small one would end after both: it may not pass whoever is promised, and that is the first by order.
        s.Wait(2, Gpus(4), order: 1, runs: TimeSpan.FromHours(1)).Starts();
        s.Wait(3, Gpus(2), order: 2, runs: TimeSpan.FromHours(1)).Starts();
        Assert.Equal([], s.Wait(4, Gpus(1), runs: TimeSpan.FromHours(9), order: 0).Starts().Where(w => w != 4));
        s.Now = Setting.Start + TimeSpan.FromHours(2);
        Assert.Equal(3, s.End(1).Starts()[0]);
    }

    [Fact]
    public void When_a_promise_is_kept_the_next_that_waits_for_room_is_promised_its()
    {
        Setting s = new Setting(new AdmissionSettings { Promises = 1 }).Nodes(1, gpus: 4).Wait(1, Gpus(4), runs: TimeSpan.FromHours(1));
        Assert.Equal([1], s.Starts());
        s.Wait(2, Gpus(3), order: 3, runs: TimeSpan.FromHours(1)).Wait(3, Gpus(4), order: 2, runs: TimeSpan.FromHours(1)).Starts();
        s.Now = Setting.Start + TimeSpan.FromHours(1);
        Assert.Equal([2], s.End(1).Starts());
        // One device is free, and all four are promised to the third once the second ends: nobody who runs longer passes.
        Assert.Equal([], s.Wait(4, Gpus(1), order: 1, runs: TimeSpan.FromHours(5)).Starts());
        Assert.Equal([5], s.Wait(5, Gpus(1), order: 0, runs: TimeSpan.FromMinutes(30)).Starts());
    }
}
