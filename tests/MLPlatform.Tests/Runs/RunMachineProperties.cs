using CsCheck;
using MLPlatform.Core.Plans;
using MLPlatform.Core.Runs;
using Xunit;
using static MLPlatform.Tests.Runs.MachineDriver;

namespace MLPlatform.Tests.Runs;

/// <summary>What holds for every plan, every outcome and every order of events.</summary>
public sealed class RunMachineProperties
{
    private sealed record Case(RunPlan Plan, int[] Outcomes, int Seed);

    private static readonly Gen<Case> Cases =
        from size in Gen.Int[1, 14]
        from edges in Gen.Int[0, 3].Array[size * size]
        from joins in Gen.Int[0, 5].Array[size]
        from items in Gen.Int[-6, 3].Array[size]
        from tries in Gen.Int[1, 3].Array[size]
        from outcomes in Gen.Int[0, 9].Array[97]
        from seed in Gen.Int[0, 1_000_000]
        select new Case(PlanOf([.. Enumerable.Range(0, size).Select(i => Node(
            $"n{i}",
            [.. Enumerable.Range(0, i).Where(d => edges[(i * size) + d] == 0)],
            joins[i] switch { 0 => Join.Any, 1 => Join.AllDone, _ => Join.All },
            tries[i],
            items[i] < 0 ? null : items[i],
            items[i] > 1 ? 1 : null))]), outcomes, seed);

    [Fact]
    public void Every_run_ends_with_every_node_as_its_dependencies_demand() => Cases.Sample(c =>
    {
        MachineDriver run = Drive(c);
        Assert.True(run.State.Status.IsTerminal());
        for (int i = 0; i < c.Plan.Nodes.Count; i++)
            Assert.Equal(Expected(c, run.State, i), run.State.Nodes[i].Status);
        Assert.Equal(run.State.Failed > 0 ? RunStatus.Failed : RunStatus.Succeeded, run.State.Status);
    }, iter: 2_000);

    [Fact]
    public void No_attempt_is_started_twice() => Cases.Sample(c =>
    {
        MachineDriver run = Drive(c);
        List<(int, int)> starts = [.. run.Journal.OfType<RunEvent.AttemptStarted>().Select(e => (e.Node, e.Number))];
        Assert.Equal(starts.Count, starts.Distinct().Count());
        Assert.Equal(starts.Count, run.Journal.OfType<RunEvent.AttemptEnded>().Select(e => (e.Node, e.Number)).Distinct().Count());
    }, iter: 1_000);

    [Fact]
    public void Replaying_the_journal_gives_the_state() => Cases.Sample(c =>
    {
        MachineDriver run = Drive(c);
        RunState replayed = run.Replay();
        Assert.Equal(run.State.Nodes.Select(Picture), replayed.Nodes.Select(Picture));
        Assert.Equal(run.State.Counts, replayed.Counts);
        Assert.Equal(run.State.Status, replayed.Status);
    }, iter: 1_000);

    [Fact]
    public void A_crash_at_any_point_changes_nothing_about_the_end() => Gen.Select(Cases, Gen.Int[1, 6]).Sample((c, every) =>
    {
        MachineDriver calm = Drive(c);
        MachineDriver crashing = new(c.Plan, Outcomes(c), c.Seed);
        crashing.Begin();
        for (int i = 0; crashing.Step(); i++)
        {
            if (i % every == 0)
                crashing.Crash();
            Assert.True(i < 10_000, "the run does not end");
        }
        Assert.Equal(Sorted(calm), Sorted(crashing));
        Assert.Equal(calm.State.Counts, crashing.State.Counts);
    }, iter: 1_000);

    [Fact]
    public void A_resumed_run_equals_one_that_never_failed() => Cases.Sample(c =>
    {
        Func<string, int, Outcome> outcomes = Outcomes(c);
        bool broken = true;
        Outcome Heals(string name, int number) => outcomes(name, number) is Outcome.Fail && !broken ? Outcome.Succeed : outcomes(name, number);
        MachineDriver run = new(c.Plan, Heals, c.Seed);
        run.Begin();
        run.RunToEnd();
        broken = false;
        if (run.Apply(new RunEvent.Rewound(run.Now, null, "me")) is RunTransition.Moved)
            run.RunToEnd();
        MachineDriver never = new(c.Plan, Heals, c.Seed + 1);
        never.Begin();
        never.RunToEnd();
        // Join.any may have gone on with what there was before; everything else must be as if nothing had failed.
        if (c.Plan.Nodes.All(n => n.Join == Join.All))
            Assert.Equal(Sorted(never), Sorted(run));
        Assert.True(run.State.Status.IsTerminal());
        Assert.Equal(0, run.State.Failed);
    }, iter: 1_000);

    [Fact]
    public void Cancelling_at_any_point_ends_every_node() => Gen.Select(Cases, Gen.Int[0, 30]).Sample((c, after) =>
    {
        MachineDriver run = new(c.Plan, Outcomes(c), c.Seed);
        run.Begin();
        for (int i = 0; i < after; i++)
            run.Step();
        bool accepted = run.Apply(new RunEvent.CancelRequested(run.Now, "me")) is RunTransition.Moved;
        int before = run.Started.Count;
        run.RunToEnd();
        Assert.True(run.State.Status.IsTerminal());
        Assert.All(run.State.Nodes, n => Assert.True(n.Status.IsTerminal(), $"{n.Name} is {n.Status}"));
        if (accepted)
        {
            Assert.Equal(RunStatus.Cancelled, run.State.Status);
            Assert.Equal(before, run.Started.Count);
        }
    }, iter: 1_000);

    [Fact]
    public void Giving_up_at_any_point_ends_every_node_and_fails_the_run() => Gen.Select(Cases, Gen.Int[0, 30]).Sample((c, after) =>
    {
        MachineDriver run = new(c.Plan, Outcomes(c), c.Seed);
        run.Begin();
        for (int i = 0; i < after; i++)
            run.Step();
        run.Apply(new RunEvent.Broke(run.Now, "r1", "a bug"));
        bool accepted = run.Apply(new RunEvent.GivenUp(run.Now, new Failure(FailureKind.Infrastructure, "ENG-019", "given up"))) is RunTransition.Moved;
        int before = run.Started.Count;
        run.RunToEnd();
        Assert.All(run.State.Nodes, n => Assert.True(n.Status.IsTerminal(), $"{n.Name} is {n.Status}"));
        Assert.Equal(1, run.State.Breaks);
        // A run that has ended already, or has nothing left to end, is as it is.
        if (accepted && run.State.Status.IsTerminal())
            Assert.Equal((RunStatus.Failed, before), (run.State.Status, run.Started.Count));
    }, iter: 1_000);

    [Fact]
    public void Pausing_and_going_on_changes_nothing_about_the_end() => Gen.Select(Cases, Gen.Int[1, 5]).Sample((c, every) =>
    {
        MachineDriver run = new(c.Plan, Outcomes(c), c.Seed);
        run.Begin();
        for (int i = 0; run.Step(); i++)
        {
            if (i % every != 0)
                continue;
            run.Apply(new RunEvent.Paused(run.Now, "me"));
            run.Step();
            run.Apply(new RunEvent.Unpaused(run.Now, "me"));
        }
        Assert.Equal(Sorted(Drive(c)), Sorted(run));
    }, iter: 1_000);

    [Fact]
    public void Preempting_at_any_points_costs_no_retry_and_changes_nothing_about_the_end() => Gen.Select(Cases, Gen.Int[1, 4], Gen.Int[0, 3]).Sample((c, every, crash) =>
    {
        MachineDriver run = new(c.Plan, Outcomes(c), c.Seed);
        run.Begin();
        int preempted = 0, steps = 0;
        for (; run.Step(); steps++)
        {
            // Not for ever: a machine that takes every place away never gets anything done.
            if (steps % every == 0 && preempted < 20 && run.Preempt())
                preempted++;
            if (crash > 0 && steps % (crash * 3) == 2)
                run.Crash();
            Assert.True(steps < 10_000, "the run does not end");
        }
        Assert.Equal(Sorted(Drive(c)), Sorted(run));
        Assert.True(run.State.Nodes.Sum(n => n.Preemptions) <= preempted);
        Assert.Equal(run.State.Nodes.Select(n => n.Preemptions), run.Replay().Nodes.Select(n => n.Preemptions));
        // Each attempt beyond the declared tries gave its place away.
        Assert.All(run.State.Nodes, n => Assert.True(n.Attempts - n.Preemptions <= n.Planned.Retry.MaxAttempts));
    }, iter: 1_000);

    [Fact]
    public void Cancelling_what_is_preempted_ends_it_as_cancelled() => Gen.Select(Cases, Gen.Int[0, 30]).Sample((c, after) =>
    {
        MachineDriver run = new(c.Plan, Outcomes(c), c.Seed);
        run.Begin();
        for (int i = 0; i < after; i++)
            run.Step();
        while (run.Preempt())
        {
        }
        bool accepted = run.Apply(new RunEvent.CancelRequested(run.Now, "me")) is RunTransition.Moved;
        run.RunToEnd();
        Assert.True(run.State.Status.IsTerminal());
        Assert.True(!accepted || run.State.Status == RunStatus.Cancelled);
        Assert.All(run.State.Nodes, n => Assert.True(n.Status.IsTerminal(), $"{n.Name} is {n.Status}"));
        Assert.True(!accepted || run.State.Nodes.All(n => !Preempted.Is(n.Failure)));
    }, iter: 1_000);

    private static MachineDriver Drive(Case c)
    {
        MachineDriver run = new(c.Plan, Outcomes(c), c.Seed);
        run.Begin();
        run.RunToEnd();
        return run;
    }

    // What a node does depends on its name and the attempt only, so that every order of events sees the same world.
    private static Func<string, int, Outcome> Outcomes(Case c) => (name, number) =>
    {
        int hash = number;
        foreach (char letter in name)
            hash = (hash * 31) + letter;
        int draw = c.Outcomes[(hash & int.MaxValue) % c.Outcomes.Length];
        return number == 0
            ? draw switch { 0 => Outcome.Skip, 1 => Outcome.Hit, _ => Outcome.Succeed }
            : draw < 3 ? Outcome.Fail : Outcome.Succeed;
    };

    // An independent statement of the rules: what a node must be, given what its dependencies ended as.
    private static ActivityStatus Expected(Case c, RunState run, int index)
    {
        PlannedNode node = c.Plan.Nodes[index];
        List<ActivityStatus> dependencies = [.. node.DependsOn.Select(d => run.Nodes[d].Status)];
        bool starts = node.Join switch
        {
            Join.AllDone => true,
            Join.Any => dependencies.Count == 0 || dependencies.Exists(d => d.HasOutputs()),
            _ => dependencies.TrueForAll(d => d.HasOutputs()),
        };
        if (!starts)
            return dependencies.Exists(d => d is ActivityStatus.Failed or ActivityStatus.UpstreamFailed) ? ActivityStatus.UpstreamFailed : ActivityStatus.Skipped;
        if (Outcomes(c)(node.Name, 0) == Outcome.Skip)
            return ActivityStatus.Skipped;
        if (node.ForEach is { } list)
        {
            bool allWell = Enumerable.Range(0, list.GetArrayLength()).All(i => Single(c, $"{node.Name}[{i}]", node.Retry.MaxAttempts) != ActivityStatus.Failed);
            return allWell ? ActivityStatus.Succeeded : ActivityStatus.Failed;
        }
        return Single(c, node.Name, node.Retry.MaxAttempts);
    }

    private static ActivityStatus Single(Case c, string name, int tries) => Outcomes(c)(name, 0) switch
    {
        Outcome.Skip => ActivityStatus.Skipped,
        Outcome.Hit => ActivityStatus.Cached,
        _ => Enumerable.Range(1, tries).Any(number => Outcomes(c)(name, number) == Outcome.Succeed) ? ActivityStatus.Succeeded : ActivityStatus.Failed,
    };

    private static string Picture(NodeState node) => $"{node.Name} {node.Status} {node.Attempts} {node.Outputs?.GetRawText()} {node.Failure}";

    private static string Sorted(MachineDriver run) =>
        string.Join(" ", run.State.Nodes.Where(n => !n.Superseded).Select(n => $"{n.Name}:{n.Status}").Order(StringComparer.Ordinal));
}
