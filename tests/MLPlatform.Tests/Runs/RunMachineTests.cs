using System.Text.Json;
using MLPlatform.Core.Plans;
using MLPlatform.Core.Runs;
using Xunit;
using static MLPlatform.Tests.Runs.MachineDriver;

namespace MLPlatform.Tests.Runs;

public sealed class RunMachineTests
{
    [Fact]
    public void A_node_whose_dependency_failed_never_starts()
    {
        MachineDriver run = Run(Failing("a"), Node("a", []), Node("b", [0]), Node("c", [1]));
        Assert.Equal("a:Failed b:UpstreamFailed c:UpstreamFailed", run.Statuses());
        Assert.Equal(RunStatus.Failed, run.State.Status);
        Assert.Equal(["a"], run.Started);
    }

    [Fact]
    public void A_skip_travels_down_but_not_through_allDone()
    {
        MachineDriver run = Run((name, _) => name == "a" ? Outcome.Skip : Outcome.Succeed,
            Node("a", []), Node("b", [0]), Node("c", [1], Join.AllDone));
        Assert.Equal("a:Skipped b:Skipped c:Succeeded", run.Statuses());
        Assert.Equal(RunStatus.Succeeded, run.State.Status);
    }

    [Fact]
    public void Join_any_starts_once_when_the_first_dependency_succeeds()
    {
        MachineDriver run = Run(Failing("a"), Node("a", []), Node("b", []), Node("c", [0, 1], Join.Any));
        Assert.Equal("a:Failed b:Succeeded c:Succeeded", run.Statuses());
        Assert.Single(run.Started, "c");
    }

    [Fact]
    public void A_failing_attempt_is_tried_as_often_as_declared()
    {
        MachineDriver run = Run((_, number) => number is 1 or 2 ? Outcome.Fail : Outcome.Succeed, Node("a", [], attempts: 3));
        Assert.Equal("a:Succeeded", run.Statuses());
        Assert.Equal(3, run.State.Nodes[0].Attempts);
    }

    [Theory]
    [InlineData(3, 1, "told to. It is not tried again, since the same inputs would fail in the same way.")]
    [InlineData(1, 1, "told to")]
    public void A_failure_that_is_final_spends_no_retry_and_says_so_where_there_was_one(int declared, int tries, string words)
    {
        MachineDriver run = Run((_, _) => Outcome.FailFinally, Node("a", [], attempts: declared));
        Assert.Equal("a:Failed", run.Statuses());
        Assert.Equal(tries, run.State.Nodes[0].Attempts);
        Assert.Equal(words, run.State.Nodes[0].Failure!.Message);
        Assert.Equal(words, run.Replay().Nodes[0].Failure!.Message);
    }

    [Fact]
    public void A_forEach_gives_lists_in_item_order_and_a_collector_waits_for_all_of_them()
    {
        MachineDriver run = Run((_, _) => Outcome.Succeed, Node("each", [], items: 5, parallel: 2), Node("collect", [0]));
        Assert.Equal(RunStatus.Succeeded, run.State.Status);
        JsonElement names = run.State.Nodes[0].Outputs!.Value.GetProperty("name");
        Assert.Equal(["each[0]", "each[1]", "each[2]", "each[3]", "each[4]"], names.EnumerateArray().Select(e => e.GetString()));
        Assert.Equal("collect", run.Started[^1]);
    }

    [Fact]
    public void An_empty_forEach_succeeds_with_empty_outputs()
    {
        MachineDriver run = Run((_, _) => Outcome.Succeed, Node("each", [], items: 0), Node("after", [0]));
        Assert.Equal("each:Succeeded after:Succeeded", run.Statuses());
    }

    [Fact]
    public void Resume_after_a_failed_instance_runs_that_instance_and_the_collector_only()
    {
        bool broken = true;
        MachineDriver run = Run((name, _) => broken && name == "each[1]" ? Outcome.Fail : Outcome.Succeed,
            Node("first", []), Node("each", [0], items: 3), Node("collect", [1]));
        Assert.Equal(RunStatus.Failed, run.State.Status);
        broken = false;
        run.Started.Clear();
        Assert.IsType<RunTransition.Moved>(run.Apply(new RunEvent.Rewound(run.Now, null, "me")));
        run.RunToEnd();
        Assert.Equal(["each[1]", "collect"], run.Started);
        Assert.Equal(RunStatus.Succeeded, run.State.Status);
        Assert.Equal(new RunCounts(6, 6, 0, 0, 0), run.State.Counts);
    }

    [Fact]
    public void Rerunning_from_a_forEach_expands_it_anew()
    {
        MachineDriver run = Run((_, _) => Outcome.Succeed, Node("each", [], items: 2), Node("collect", [0]), Node("other", []));
        run.Started.Clear();
        run.Apply(new RunEvent.Rewound(run.Now, [0], "me"));
        run.RunToEnd();
        Assert.Equal(["collect", "each[0]", "each[1]"], run.Started.Order(StringComparer.Ordinal));
        Assert.Equal(RunStatus.Succeeded, run.State.Status);
        Assert.Equal(5, run.State.Counts.Total);
    }

    [Fact]
    public void A_cancelled_run_ends_as_cancelled_and_starts_nothing_more()
    {
        MachineDriver run = new(PlanOf(Node("a", []), Node("b", [0]), Node("c", [], Join.AllDone)), (_, _) => Outcome.Succeed, 1);
        run.Begin();
        run.Apply(new RunEvent.CancelRequested(run.Now, "me"));
        run.RunToEnd();
        Assert.Equal(RunStatus.Cancelled, run.State.Status);
        Assert.Empty(run.Started);
        Assert.Equal("a:Cancelled b:Cancelled c:Cancelled", run.Statuses());
    }

    [Fact]
    public void A_paused_run_starts_nothing_until_it_goes_on()
    {
        MachineDriver run = new(PlanOf(Node("a", []), Node("b", [0])), (_, _) => Outcome.Succeed, 1);
        run.Begin();
        run.Apply(new RunEvent.Paused(run.Now, "me"));
        run.RunToEnd();
        Assert.Empty(run.Started);
        run.Apply(new RunEvent.Unpaused(run.Now, "me"));
        run.RunToEnd();
        Assert.Equal(["a", "b"], run.Started);
        Assert.Equal(RunStatus.Succeeded, run.State.Status);
    }

    [Fact]
    public void A_skip_down_a_hundred_thousand_nodes_needs_no_deep_stack()
    {
        PlannedNode[] chain = [.. Enumerable.Range(0, 100_000).Select(i => Node($"n{i}", i == 0 ? [] : [i - 1]))];
        MachineDriver run = Run((name, _) => name == "n0" ? Outcome.Skip : Outcome.Succeed, chain);
        Assert.Equal(100_000, run.State.Skipped);
        Assert.Equal(RunStatus.Succeeded, run.State.Status);
    }

    private static MachineDriver Run(Func<string, int, Outcome> outcome, params PlannedNode[] nodes)
    {
        MachineDriver run = new(PlanOf(nodes), outcome, 7);
        run.Begin();
        run.RunToEnd();
        return run;
    }

    private static Func<string, int, Outcome> Failing(string name) => (n, number) => n == name && number > 0 ? Outcome.Fail : Outcome.Succeed;
}
