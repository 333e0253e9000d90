using MLPlatform.Core.Scheduling.Admission;
using MLPlatform.Core.Scheduling.Quotas;
using Xunit;
using static MLPlatform.Tests.Scheduling.Admission.Setting;

namespace MLPlatform.Tests.Scheduling.Admission;

/// <summary>What of a quota is kept for who was refused by it first: large work is not passed for ever by small work of its group.</summary>
public sealed class QuotaPromiseTests
{
    private static readonly TimeSpan Long = TimeSpan.FromHours(10);

    private static TimeSpan Seconds(double seconds) => TimeSpan.FromSeconds(seconds);

    // Group 'a' has 8 of 32 GPUs and borrows none; 3 are used for 100 s and 3 for 200 s.
    private static Setting Used(AdmissionSettings? settings = null, bool known = true)
    {
        Setting s = new Setting(settings).Nodes(4).Quotas(("a", Group(8, borrow: 0)), ("b", Group(8)));
        s.Wait(1, Gpus(3), "a", runs: known ? Seconds(100) : null).Wait(2, Gpus(3), "a", runs: known ? Seconds(200) : null);
        Assert.Equal([1, 2], s.Starts());
        return s;
    }

    [Fact]
    public void Small_work_of_the_group_does_not_delay_large_work_that_its_quota_refuses()
    {
        Setting s = Used().Wait(10, Gpus(8), "a");
        Assert.Equal([], s.Starts());
        // One after another, as a stream of small work would come for ever.
        for (int i = 11; i < 20; i++)
            Assert.Equal([], s.After(10).Wait(i, Gpus(1), "a", runs: Long).Starts());
        Assert.Equal([], s.After(10).End(1).Starts());
        Assert.Equal([10], s.After(100).End(2).Starts());
    }

    [Fact]
    public void Who_ends_before_passes_and_who_ends_later_does_not()
    {
        Setting s = Used().Wait(10, Gpus(8), "a").Wait(11, Gpus(1), "a", runs: Seconds(201)).Wait(12, Gpus(1), "a", runs: Seconds(200));
        Assert.Equal([12], s.Starts());
        // Also where its own kind stands before it.
        Assert.Equal([13], s.After(1).Wait(13, Gpus(1), "a", runs: Seconds(199)).Starts());
    }

    [Fact]
    public void What_is_left_beside_it_is_given_out_once()
    {
        Setting s = Used().Wait(10, Gpus(6), "a").Wait(11, Gpus(1), "a", runs: Long).Wait(12, Gpus(1), "a").Wait(13, Gpus(1), "a", runs: Long);
        s = s.Wait(14, Gpus(2), "a", runs: Long);
        Assert.Equal([11, 12], s.Starts());
        Assert.Equal([], s.After(100).End(1).Starts());
        Assert.Equal([10], s.After(100).End(2).Starts());
    }

    [Fact]
    public void Nobody_passes_in_its_own_group_alone()
    {
        Setting s = Used().Wait(10, Gpus(8), "a").Wait(11, Gpus(1), "b").Wait(12, Gpus(1)).Wait(13, Gpus(1), "a", priority: 1);
        Assert.Equal([11, 12, 13], s.Starts().Order());
    }

    [Fact]
    public void Both_are_told_why_they_wait()
    {
        Setting s = Used().Wait(10, Gpus(8), "a").Wait(11, Gpus(1), "a", runs: Long);
        s.Decide();
        WaitReason large = s.Why(10)!, small = s.Why(11)!;
        Assert.Equal((WaitCause.Quota, Start.AddSeconds(200)), (large.Cause, large.Earliest));
        Assert.Contains("which is kept for it", large.Release, StringComparison.Ordinal);
        Assert.Equal((WaitCause.Promised, WorkId.Of(10), Start.AddSeconds(200)), (small.Cause, small.Behind, small.Earliest));
        Assert.Equal($"group 'a' has quota left in pool 'default' for 1 GPU, but it is kept for {WorkId.Of(10)}, which goes first", small.What);
    }

    [Fact]
    public void Where_nobody_knows_run_times_it_is_kept_after_patience()
    {
        Setting s = Used(known: false).Wait(10, Gpus(8), "a").Wait(11, Gpus(1), "a");
        Assert.Equal([11], s.Starts());
        Assert.Equal(s.Now + new AdmissionSettings().Patience, s.Decide().LookAgain);
        s.After(300).Decide();
        // Even the shortest might not end before: nobody knows when that is.
        Assert.Equal([], s.Wait(12, Gpus(1), "a", runs: Seconds(1)).Starts());
        Assert.Equal([], s.End(1, 2).Starts());
        Assert.Equal([10], s.End(11).Starts());
        Assert.Equal([12], s.End(10).Starts());
    }

    [Fact]
    public void What_runs_longer_than_it_said_does_not_end_the_promise()
    {
        Setting s = Used().Wait(10, Gpus(8), "a").Wait(11, Gpus(1), "a");
        s.Decide();
        Assert.Equal([], s.After(400).Starts());
        Assert.Equal([], s.End(1).Starts());
        Assert.Equal([10], s.End(2).Starts());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void What_was_kept_for_who_is_gone_or_comes_later_now_is_free(bool cancelled)
    {
        Setting s = Used().Wait(10, Gpus(8), "a").Wait(11, Gpus(1), "a").Wait(12, Gpus(1), "a");
        s.Decide();
        if (cancelled)
            s.Scheduler.Cancel(WorkId.Of(10));
        else
            s.Scheduler.Reorder(WorkId.Of(10), -1);
        Assert.Equal([11, 12], s.Starts());
    }

    [Fact]
    public void What_can_never_be_had_keeps_nothing()
    {
        Setting s = Used().Wait(10, Gpus(1), "a", members: 9).Wait(11, Gpus(1), "a");
        Assert.Equal([11], s.Starts());
        Assert.Equal([12], s.After(400).Wait(12, Gpus(1), "a").Starts());
    }

    [Fact]
    public void Whose_place_is_kept_has_its_quota_kept_too()
    {
        // Quota for 8 is there, and no node has as many free until 500 s.
        Setting s = new Setting().Nodes(2).Quotas(("a", Group(8, borrow: 0)), ("b", Group(8)));
        s.Wait(1, Gpus(7), "b", runs: Seconds(500)).Wait(2, Gpus(1), "b", runs: Long).Wait(3, Gpus(1), "", runs: Long).Decide();
        s.Wait(10, Gpus(8), "a").Wait(11, Gpus(1), "a", runs: Long).Wait(12, Gpus(1), "a", runs: Seconds(400));
        Assert.Equal([12], s.Starts());
        Assert.Equal(WaitCause.Promised, s.Why(11)!.Cause);
    }

    [Fact]
    public void Who_has_its_quota_and_finds_no_room_leaves_it_to_others_until_a_place_is_kept_for_it()
    {
        // When 'a' has quota for 2 again, all GPUs of model B are taken, for nobody knows how long.
        Setting s = new Setting().Nodes(1).Nodes(1, gpus: 2, model: "B").Quotas(("a", Group(2, borrow: 0)), ("b", Group(2)));
        s.Wait(1, Gpus(2) with { Models = "B" }, "b").Wait(2, Gpus(1), "a", runs: Seconds(100)).Decide();
        s.Wait(10, Gpus(2) with { Models = "B" }, "a", priority: 1).Wait(11, Gpus(1), "a", runs: Long);
        Assert.Equal([], s.Starts());
        Assert.Equal((WaitCause.Quota, Start.AddSeconds(100)), (s.Why(10)!.Cause, s.Why(10)!.Earliest));
        Assert.Equal([11], s.After(100).End(2).Starts());
        Assert.Equal([], s.After(300).Wait(12, Gpus(1), "a").End(11).Starts());
        Assert.Equal([10], s.End(1).Starts());
    }

    [Fact]
    public void A_ceiling_is_kept_as_a_quota_is()
    {
        GroupDeclaration group = Group(8, borrow: 0) with { Persons = new Dictionary<string, PersonDeclaration> { ["ann"] = new() { Ceilings = new Dictionary<string, AmountDeclaration> { ["default"] = Of(4) } } } };
        Setting s = new Setting().Nodes(4).Quotas(("a", group));
        s.Wait(1, Gpus(2), "a", person: "ann", runs: Seconds(100)).Decide();
        s.Wait(10, Gpus(4), "a", person: "ann").Wait(11, Gpus(1), "a", person: "ann").Wait(12, Gpus(1), "a", person: "bob").Wait(13, Gpus(1), "a", person: "ann", runs: Seconds(100));
        Assert.Equal([12, 13], s.Starts().Order());
        Assert.Equal([10], s.After(100).End(1, 13).Starts());
    }

    [Fact]
    public void Borrowers_leave_what_all_lend_to_who_goes_first_and_nobody_has_to_leave_his_own()
    {
        // 'a' and 'b' borrow of what 'c' lends, and 'b' more.
        Setting s = new Setting().Nodes(2).Quotas(("a", Group(2)), ("b", Group(2)), ("c", Group(12)));
        s.Wait(1, Gpus(6), "b", runs: Seconds(100), preemptible: false).Wait(2, Gpus(4), "b", runs: Long, preemptible: false).Decide();
        s.Wait(10, Gpus(2), "a", members: 4).Wait(11, Gpus(1), "b", members: 5, runs: Long);
        Assert.Equal([], s.Starts());
        Assert.Equal(WaitCause.Promised, s.Why(11)!.Cause);
        Assert.Equal([13], s.Wait(13, Gpus(1), "c", members: 5, runs: Seconds(150), preemptible: false).Starts());
        Assert.Equal([], s.After(100).End(1).Starts());
        Assert.Equal([10], s.After(50).End(13).Starts());
    }

    [Fact]
    public void Work_that_takes_back_what_is_its_groups_does_not_pass_either()
    {
        Setting s = new Setting(new AdmissionSettings { MinimumRun = TimeSpan.Zero }).Nodes(1).Quotas(("a", Group(4, borrow: 0)), ("b", Group(4)));
        s.Wait(1, Gpus(2), "a", runs: Seconds(100)).Wait(2, Gpus(6), "b", runs: Long, preemptible: false).Decide();
        s.After(1).Wait(10, Gpus(4), "a").Decide();
        Assert.Empty(s.After(1).Wait(11, Gpus(1), "a", runs: Long).Decide().Preemptions);
    }

    [Fact]
    public void Orders_that_go_round_in_a_circle_come_to_an_end()
    {
        // The small part of the parent goes before the large one by weight, which the other group goes before, which the small one does.
        Setting s = new Setting().Nodes(1).Quotas(("p", Group(0)), ("heavy", Group(0, parent: "p", weight: 10)), ("light", Group(0, parent: "p")), ("c", Group(0)), ("d", Group(8)));
        s.Wait(1, Gpus(8), "d", runs: Seconds(100), preemptible: false).Decide();
        s.Wait(10, Gpus(6), "heavy").Wait(11, Gpus(1), "light").Wait(12, Gpus(3), "c");
        Assert.Equal([], s.Starts());
        Assert.Equal([11, 12], s.After(100).End(1).Starts().Order());
        Assert.Equal([10], s.End(11, 12).Starts());
    }

    [Fact]
    public void Who_is_passed_by_higher_priority_is_no_longer_told_that_its_quota_is_kept()
    {
        Setting s = new Setting().Nodes(1).Quotas(("a", Group(4, borrow: 0)));
        s.Wait(1, Gpus(1), "a", runs: Seconds(100), preemptible: false).Wait(10, Gpus(4), "a").Decide();
        Assert.Contains("kept for it", s.Why(10)!.Release, StringComparison.Ordinal);
        Assert.Equal([11], s.Wait(11, Gpus(1), "a", priority: 9, preemptible: false).Starts());
        Assert.DoesNotContain("kept for it", s.Why(10)!.Release, StringComparison.Ordinal);
    }

    [Fact]
    public void Where_nothing_is_promised_no_quota_is_kept()
    {
        Setting s = Used(new AdmissionSettings { Promises = 0 }).Wait(10, Gpus(8), "a").Wait(11, Gpus(1), "a");
        Assert.Equal([11], s.Starts());
    }
}
