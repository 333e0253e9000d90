using MLPlatform.Core.Scheduling;
using MLPlatform.Core.Scheduling.Admission;
using MLPlatform.Core.Scheduling.Quotas;
using Xunit;
using static MLPlatform.Tests.Scheduling.Admission.Setting;

namespace MLPlatform.Tests.Scheduling.Admission;

/// <summary>Who may use how much, and who gives it back.</summary>
public sealed class QuotaTests
{
    private static readonly AdmissionSettings AtOnce = new() { MinimumRun = TimeSpan.Zero };

    [Fact]
    public void Idle_quota_is_lent_and_marked_as_borrowed()
    {
        Setting s = new Setting().Nodes(1, gpus: 4).Quotas(("a", Group(2)), ("b", Group(2)));
        for (int i = 1; i <= 5; i++)
            s.Wait(i, Gpus(1), "a");
        Assert.Equal([(1, false), (2, false), (3, true), (4, true)], s.Decide().Admissions.Select(a => (a.Work.Id.Node, a.Borrowed)));
    }

    [Fact]
    public void Borrowing_and_lending_limits_hold()
    {
        Setting s = new Setting().Nodes(1, gpus: 8).Quotas(("a", Group(2, borrow: 1)), ("b", Group(6, lend: 2)));
        for (int i = 1; i <= 5; i++)
            s.Wait(i, Gpus(1), "a");
        Assert.Equal([1, 2, 3], s.Starts());
        WaitReason why = s.Why(4)!;
        Assert.Equal(WaitCause.Quota, why.Cause);
        Assert.Contains("'a'", why.What, StringComparison.Ordinal);
        for (int i = 6; i <= 10; i++)
            s.Wait(i, Gpus(1), "");
        Assert.Equal([6], s.Starts());
    }

    [Fact]
    public void Why_it_waits_names_only_what_is_asked_for_and_bounded()
    {
        Setting s = new Setting().Nodes(1, gpus: 4).Quotas(("a", Group(2, borrow: 0)), ("b", Group(2)));
        s.Wait(1, Gpus(2), "a").Wait(2, Gpus(1), "a").Starts();
        Assert.Equal("group 'a' uses 2 GPUs in pool 'default', where its quota is 2 GPUs, and can borrow no more; this asks for 1 GPU", s.Why(2)!.What);
    }

    [Fact]
    public void Lent_quota_comes_back_from_the_cheapest_and_its_place_is_kept_for_who_asked()
    {
        Setting s = new Setting(AtOnce).Nodes(1, gpus: 4).Quotas(("a", Group(2)), ("b", Group(2)));
        s.Wait(1, Gpus(1), "a", priority: 1).Wait(2, Gpus(1), "a").Decide();
        s.After(60).Wait(3, Gpus(1), "a").Wait(4, Gpus(1), "a", priority: 1).Decide();
        s.After(60).Wait(5, Gpus(1), "b");
        AdmissionPlan plan = s.Decide();
        Preemption stop = Assert.Single(plan.Preemptions);
        Assert.Equal((3, 5), (stop.Victim.Node, stop.For.Node));
        Assert.Equal(WaitCause.Stopping, s.Why(5)!.Cause);
        Assert.Equal([], s.Wait(6, Gpus(1), "a", priority: 9).Starts());
        Admitted got = Assert.Single(s.End(3).Decide().Admissions);
        Assert.Equal((5, stop.Places[0].Devices), (got.Work.Id.Node, got.Places[0].Devices));
    }

    [Fact]
    public void Who_others_stopped_for_starts_once_they_have_and_nobody_else_in_their_place()
    {
        Setting s = new Setting(AtOnce).Nodes(1, gpus: 1).Quotas(("a", Group(0)), ("b", Group(0.5)), ("c", Group(0.5)));
        s.Wait(1, Part(500), "a").Wait(2, Part(500), "a").Decide();
        int first = Assert.Single(s.After(60).Wait(3, Part(500), "b").Decide().Preemptions).Victim.Node;
        int second = Assert.Single(s.After(1).Wait(4, Part(500), "c").Decide().Preemptions).Victim.Node;
        // Both get a half of the device, and the one whose victim is gone gets it now.
        Assert.Equal([3], s.End(first).Starts());
        Assert.Equal(WaitCause.Stopping, s.Why(4)!.Cause);
        Assert.Equal([4], s.End(second).Starts());
    }

    [Fact]
    public void What_those_leave_who_stop_already_is_waited_for_and_nobody_else_stops()
    {
        // Two devices come free for who asks for one; the other machine has more to take back.
        Setting s = new Setting(AtOnce).Nodes(1, gpus: 4).Nodes(1, gpus: 2, model: "B").Quotas(("a", Group(0)), ("b", Group(1)), ("c", Group(1)));
        s.Wait(1, Gpus(2) with { Models = "B" }, "a").Wait(2, Gpus(4), "a").Decide();
        Assert.Equal(1, Assert.Single(s.After(60).Wait(3, Gpus(1) with { Models = "B" }, "b").Decide().Preemptions).Victim.Node);
        Assert.Empty(s.After(1).Wait(4, Gpus(1), "c").Decide().Preemptions);
        Assert.Equal([3, 4], s.End(1).Starts().Order());
    }

    [Fact]
    public void On_a_machine_that_comes_back_what_is_beyond_quota_is_taken_back()
    {
        Setting s = new Setting(AtOnce).Nodes(1, gpus: 2).Quotas(("a", Group(0)), ("b", Group(1)));
        s.Wait(1, Gpus(2), "a").Decide();
        s.Scheduler.RemoveNode("default", "A000", s.After(60).Now);
        Assert.Empty(s.Wait(2, Gpus(1), "b").Decide().Preemptions);
        s.After(5).Nodes(1, gpus: 2).Decide();
        Assert.Equal(1, Assert.Single(s.After(60).Decide().Preemptions).Victim.Node);
    }

    [Fact]
    public void Who_passed_a_promise_is_not_in_the_way_of_whom_others_stopped_for()
    {
        // Half of the second device is kept for 3, half promised to 4, and 5 has half of it until then.
        Setting s = new Setting(AtOnce).Nodes(1, gpus: 2).Quotas(("a", Group(0)), ("b", Group(1)), ("c", Group(1)));
        s.Wait(1, new(0, 0, 1, 1000, ""), "a").Wait(2, Cores(60), "", runs: TimeSpan.FromSeconds(200)).Decide();
        Assert.Single(s.After(60).Wait(3, new(0, 0, 2, 500, ""), "b").Decide().Preemptions);
        s.Wait(4, new(10_000, 0, 2, 500, ""), "c").Decide();
        Assert.Equal([5], s.Wait(5, Part(500), "", runs: TimeSpan.FromSeconds(30)).Starts());
        Assert.Equal([3], s.End(1).Starts());
    }

    [Fact]
    public void Who_goes_elsewhere_than_where_its_place_was_kept_leaves_that_to_others_at_once()
    {
        Setting s = new Setting(AtOnce).Nodes(1, gpus: 2).Quotas(("a", Group(0)), ("b", Group(2)));
        s.Wait(1, Gpus(1), "a").Decide();
        Assert.Single(s.After(60).Wait(2, Gpus(2), "b").Decide().Preemptions);
        Assert.Equal([], s.Wait(3, Gpus(1) with { Models = "A" }, "a").Starts());
        Assert.Equal([2, 3], s.Nodes(1, gpus: 2, model: "B").Starts());
    }

    [Fact]
    public void What_a_group_has_too_much_of_is_taken_back_from_who_holds_it()
    {
        GroupDeclaration both = Group(2) with { Quotas = new Dictionary<string, QuotaDeclaration> { ["default"] = new() { Nominal = new AmountDeclaration { Cpu = new(2), Gpu = new(2) } } } };
        Setting s = new Setting(AtOnce).Nodes(1, gpus: 2, cores: 4).Quotas(("a", both), ("b", both));
        // The first holds devices within the quota of its group, the second cores beyond it.
        s.Wait(1, new(0, 0, 2, 1000, ""), "a").Decide();
        s.After(60).Wait(2, Cores(3), "a").Decide();
        Assert.DoesNotContain(s.After(60).Wait(3, Gpus(1), "b").Decide().Preemptions, p => p.Victim.Node == 1);
        Assert.Equal(2, Assert.Single(s.Wait(4, Cores(2), "b").Decide().Preemptions).Victim.Node);
    }

    [Fact]
    public void Nothing_within_quota_stops_for_another_group_but_lower_priority_does_for_higher_in_one()
    {
        Setting s = new Setting(AtOnce).Nodes(1, gpus: 4).Quotas(("a", Group(2)), ("b", Group(2)));
        s.Wait(1, Gpus(2), "a").Wait(2, Gpus(2), "b").Decide();
        Assert.DoesNotContain(s.After(60).Wait(3, Gpus(1), "b", priority: 9, preemptible: true).Wait(4, Gpus(1), "").Decide().Preemptions, p => p.Victim.Node == 1);
        Assert.Equal(WaitCause.Stopping, s.Why(3)!.Cause);
    }

    [Fact]
    public void Work_is_not_stopped_before_its_minimum_run()
    {
        Setting s = new Setting(new AdmissionSettings { MinimumRun = TimeSpan.FromMinutes(1) }).Nodes(1, gpus: 2).Quotas(("a", Group(1)), ("b", Group(1)));
        s.Wait(1, Gpus(2), "a").Decide();
        AdmissionPlan plan = s.Wait(2, Gpus(1), "b").Decide();
        Assert.Empty(plan.Preemptions);
        Assert.Equal(Start.AddMinutes(1), plan.LookAgain);
        Assert.Single(s.After(60).Decide().Preemptions);
    }

    [Fact]
    public void Who_comes_to_be_within_quota_takes_back_what_is_borrowed_though_no_room_came_free()
    {
        Setting s = new Setting(AtOnce).Nodes(2, gpus: 2).Quotas(("a", Group(2)), ("b", Group(0)));
        s.Wait(1, Gpus(1), "a").Wait(2, Gpus(1), "", preemptible: false).Decide();
        s.Wait(3, Gpus(2), "b").Decide();
        Assert.Empty(s.After(60).Wait(4, Gpus(2), "a").Decide().Preemptions); // With what it has it would be beyond its quota.
        s.End(1).Decide();
        Assert.Equal([3], s.After(60).Decide().Preemptions.Select(p => p.Victim.Node));
    }

    [Fact]
    public void Groups_share_what_is_idle_by_weight_however_much_waits()
    {
        Setting s = new Setting().Nodes(1, gpus: 8, cores: 96).Quotas(("a", Group(0, weight: 3)), ("b", Group(0)));
        for (int i = 1; i <= 40; i++)
            s.Wait(i, Gpus(1), "a").Wait(100 + i, Part(500), "b");
        ILookup<string, Admitted> by = s.Decide().Admissions.ToLookup(a => a.Work.Group);
        Assert.Equal((6, 4), (by["a"].Count(), by["b"].Count()));
    }

    [Fact]
    public void A_persons_ceiling_holds_within_the_group()
    {
        GroupDeclaration group = Group(4) with
        {
            Persons = new Dictionary<string, PersonDeclaration> { ["ann"] = new() { Ceilings = new Dictionary<string, AmountDeclaration> { ["default"] = Of(1) } } },
        };
        Setting s = new Setting().Nodes(1, gpus: 4).Quotas(("a", group));
        s.Wait(1, Gpus(1), "a", person: "ann").Wait(2, Gpus(1), "a", person: "ann").Wait(3, Gpus(1), "a", person: "bob").Wait(4, Gpus(1), "a", person: "bob");
        Assert.Equal([1, 3, 4], s.Starts());
        Assert.Equal(WaitCause.Ceiling, s.Why(2)!.Cause);
        Assert.Equal([2], s.End(1).Starts());
    }

    [Fact]
    public void A_reservation_is_kept_until_its_end_whoever_of_its_person_comes_and_goes()
    {
        Setting s = new Setting().Nodes(1, gpus: 2);
        Guid id = Guid.NewGuid();
        Reservation hour = new(id, "", "ann", "default", Gang.Of(Gpus(2)), Start.AddHours(1), Start.AddHours(2));
        Assert.IsType<ReservationResult.Granted>(s.Scheduler.Reserve(hour, s.Now));
        s.Wait(1, Gpus(1)).Wait(2, Gpus(1), runs: TimeSpan.FromMinutes(30));
        Assert.Equal([2], s.Starts());
        s.After(1800).End(2).After(1800).Wait(3, Gpus(2), reservation: id, person: "ann");
        Assert.Equal([3], s.Starts());
        // What they give back is theirs until the end.
        Assert.Equal([], s.End(3).Starts());
        Assert.Equal([1], s.After(3600).Starts());
    }

    [Fact]
    public void A_reservation_that_nobody_took_is_over_by_itself()
    {
        Setting s = new Setting().Nodes(1, gpus: 2);
        Reservation now = new(Guid.NewGuid(), "", "ann", "default", Gang.Of(Gpus(2)), Start, Start.AddHours(1));
        Assert.IsType<ReservationResult.Granted>(s.Scheduler.Reserve(now, s.Now));
        Assert.Equal([], s.Wait(1, Gpus(1)).Starts());
        Assert.NotNull(s.Decide().LookAgain);
        Assert.Equal([1], s.After(3600).Starts());
    }

    [Fact]
    public void An_expansion_counts_while_it_is_in_force()
    {
        ResourcesFile file = File(("a", Group(1, borrow: 0)), ("b", Group(3, borrow: 0)));
        Expansion more = new(Guid.NewGuid(), "a", "default", new Amount(0, 0, 2000), Start, Start.AddHours(1), "launch", "boss", "b");
        Assert.Equal(3000, QuotaTree.Of(file, [more], Start).Groups["a"].In("default").Nominal.MilliGpu);
        Assert.Equal(1000, QuotaTree.Of(file, [more], Start).Groups["b"].In("default").Nominal.MilliGpu);
        Assert.Equal(1000, QuotaTree.Of(file, [more], Start.AddHours(1)).Groups["a"].In("default").Nominal.MilliGpu);
        Setting s = new Setting().Nodes(1, gpus: 4);
        s.Scheduler.SetTree(QuotaTree.Of(file, [], Start));
        Assert.Equal([1], s.Wait(1, Gpus(1), "a").Wait(2, Gpus(1), "a").Starts());
        s.Scheduler.SetTree(QuotaTree.Of(file, [more], Start));
        Assert.Equal([2], s.Starts());
    }
}
