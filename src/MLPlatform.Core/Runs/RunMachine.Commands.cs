using MLPlatform.Core.Plans;
using static MLPlatform.Core.Runs.RunEvent;
using static MLPlatform.Core.Runs.RunTransition;

namespace MLPlatform.Core.Runs;

// What people may do to a whole run. These cost the size of the run, and are rare.
public static partial class RunMachine
{
    private static RunTransition Cancel(RunState run, CancelRequested e, List<RunEffect> effects)
    {
        if (run.Status.IsTerminal())
            return new Refused($"the run is {run.Status}");
        if (run.Status == RunStatus.Cancelling)
            return new Ignored("the run is being cancelled already");
        StopAll(run, new Failure(FailureKind.Cancelled, "ENG-001", $"cancelled by {e.By}"), e.At, effects);
        return Moved.Instance;
    }

    private static Moved CountBreak(RunState run)
    {
        run.Breaks++;
        return Moved.Instance;
    }

    private static RunTransition GiveUp(RunState run, GivenUp e, List<RunEffect> effects)
    {
        if (run.Status.IsTerminal() || run.IsGivenUp)
            return new Ignored($"the run is {run.Status}");
        run.IsGivenUp = true;
        StopAll(run, e.Failure, e.At, effects);
        return Moved.Instance;
    }

    private static void StopAll(RunState run, Failure why, DateTimeOffset at, List<RunEffect> effects)
    {
        run.Status = RunStatus.Cancelling;
        // By index, because ending a node may not add nodes, but skips travel forwards.
        for (int i = 0; i < run.NodeList.Count; i++)
        {
            NodeState node = run.NodeList[i];
            if (node.Status.IsTerminal() || node.Status is ActivityStatus.Stopping or ActivityStatus.Expanded)
                continue;
            if (HasAttempt(node.Status))
                StopNow(run, node, why, at, effects);
            else
                EndFailed(run, node, why, at, effects);
        }
    }

    private static RunTransition Pause(RunState run, Paused e)
    {
        if (run.Status != RunStatus.Running)
            return new Refused($"the run is {run.Status}");
        _ = e;
        run.Status = RunStatus.Paused;
        return Moved.Instance;
    }

    private static RunTransition Unpause(RunState run, Unpaused e, List<RunEffect> effects)
    {
        if (run.Status != RunStatus.Paused)
            return new Refused($"the run is {run.Status}");
        _ = e;
        run.Status = RunStatus.Running;
        foreach (NodeState node in run.NodeList)
        {
            if (node.Status is ActivityStatus.Binding or ActivityStatus.Queued)
            {
                node.Status = ActivityStatus.Binding;
                effects.Add(new RunEffect.Bind(node.Index));
            }
        }
        FinishIfDone(run, effects);
        return Moved.Instance;
    }

    private static RunTransition End(RunState run, Ended e)
    {
        if (run.Status.IsTerminal())
            return new Ignored("the run has ended already");
        if (run.Open > 0)
            return new Refused($"{Plural(run.Open, "node")} have not ended");
        run.Status = e.Status;
        run.Outputs = e.Outputs;
        run.Failure = e.Failure;
        run.EndedAt = e.At;
        return Moved.Instance;
    }

    /// <summary>How a run whose nodes have all ended ends, its outputs aside.</summary>
    public static RunStatus Verdict(RunState run) =>
        run.IsGivenUp ? RunStatus.Failed
        : run.Status == RunStatus.Cancelling ? RunStatus.Cancelled
        : run.Failed > 0 ? RunStatus.Failed
        : RunStatus.Succeeded;

    private static RunTransition Rewind(RunState run, Rewound e, List<RunEffect> effects)
    {
        if (!run.Status.IsTerminal())
            return new Refused($"the run is {run.Status}; it can go on once it has ended");
        bool[] again = e.From is null ? Unsuccessful(run) : Chosen(run, e.From);
        if (!again.Contains(true))
            return new Refused("nothing is left to do: every activity succeeded or was skipped");
        Spread(run, again);
        run.Status = RunStatus.Running;
        run.Outputs = null;
        run.Failure = null;
        run.EndedAt = null;
        (run.Breaks, run.IsGivenUp) = (0, false);
        for (int i = 0; i < again.Length; i++)
        {
            if (again[i])
                Reopen(run, run.NodeList[i], again);
        }
        foreach (int named in e.From ?? [])
        {
            if ((uint)named < (uint)again.Length && again[named])
                run.NodeList[named].Anew = true;
        }
        Recount(run);
        for (int i = 0; i < run.NodeList.Count; i++)
            StartAgain(run, run.NodeList[i], e.At, effects);
        FinishIfDone(run, effects);
        return Moved.Instance;
    }

    private static bool[] Unsuccessful(RunState run)
    {
        bool[] again = new bool[run.NodeList.Count];
        for (int i = 0; i < again.Length; i++)
            again[i] = !run.NodeList[i].Superseded && run.NodeList[i].Status is ActivityStatus.Failed or ActivityStatus.UpstreamFailed or ActivityStatus.Cancelled;
        return again;
    }

    private static bool[] Chosen(RunState run, IReadOnlyList<int> from)
    {
        bool[] again = new bool[run.NodeList.Count];
        foreach (int node in from)
        {
            if ((uint)node < (uint)again.Length)
                again[node] = true;
        }
        return again;
    }

    // An instance reaches its group, and a node all that hangs on it. Planned nodes are in topological order, so one
    // pass over the instances and one over the plan are enough.
    private static void Spread(RunState run, bool[] again)
    {
        int planned = run.Plan.Nodes.Count;
        for (int i = planned; i < again.Length; i++)
        {
            if (again[i] && run.NodeList[i].Group is { } group)
                again[group] = true;
        }
        for (int i = 0; i < planned; i++)
        {
            if (!again[i])
                continue;
            foreach (int successor in run.Graph.SuccessorsOf(i))
                again[successor] = true;
        }
        // A group whose own dependencies run again gets a new list, so its old instances do not matter any more.
        for (int i = planned; i < again.Length; i++)
        {
            if (again[i] && run.Plan.Nodes[run.NodeList[i].Group!.Value].DependsOn.Any(d => again[d]))
                again[i] = false;
        }
    }

    private static void Reopen(RunState run, NodeState node, bool[] again)
    {
        bool keepsInstances = node.Instances.Any(i => again[i]);
        if (!keepsInstances && node.Instances.Count > 0)
        {
            run.Superseded += node.Instances.Count;
            foreach (int instance in node.Instances)
            {
                Count(run, run.NodeList[instance].Status, -1);
                run.NodeList[instance].Superseded = true;
            }
            node.Instances = [];
        }
        if (node.Status.IsTerminal())
        {
            Count(run, node.Status, -1);
            run.Open++;
        }
        node.Reset();
        if (keepsInstances)
            node.Status = ActivityStatus.Expanded;
    }

    private static void Recount(RunState run)
    {
        foreach (NodeState node in run.NodeList)
        {
            if (node.Group is not null)
                continue;
            node.OpenDependencies = node.Planned.DependsOn.Count;
            node.SucceededDependencies = node.SkippedDependencies = node.FailedDependencies = 0;
            foreach (int dependency in node.Planned.DependsOn)
            {
                if (run.NodeList[dependency].Status.IsTerminal())
                    CountDependency(node, run.NodeList[dependency].Status);
            }
            node.OpenInstances = node.Instances.Count(i => !run.NodeList[i].Status.IsTerminal());
            node.NextInstance = 0;
        }
    }

    private static void StartAgain(RunState run, NodeState node, DateTimeOffset at, List<RunEffect> effects)
    {
        if (node.Status == ActivityStatus.Expanded)
        {
            for (int i = 0; i < Math.Min(node.Planned.MaxParallel ?? int.MaxValue, node.OpenInstances); i++)
                BeginNextInstance(run, node, at, effects);
            return;
        }
        if (node.Status != ActivityStatus.Pending || node.Group is not null)
            return;
        ActivityStatus decision = Decide(node);
        if (decision == ActivityStatus.Binding)
            Ready(run, node, at, effects);
        else if (decision != ActivityStatus.Pending)
            Finish(run, node, decision, at, effects);
    }

    /// <summary>What a recovered state still needs done: the effects that were pending when its owner went away.</summary>
    public static void Resume(RunState run, List<RunEffect> effects)
    {
        if (run.Status.IsTerminal())
            return;
        foreach (NodeState node in run.NodeList)
            ResumeNode(run, node, effects);
        FinishIfDone(run, effects);
    }

    private static void ResumeNode(RunState run, NodeState node, List<RunEffect> effects)
    {
        switch (node.Status)
        {
            case ActivityStatus.Binding or ActivityStatus.Queued when run.Status == RunStatus.Running:
                node.Status = ActivityStatus.Binding;
                effects.Add(new RunEffect.Bind(node.Index));
                break;
            case ActivityStatus.Running or ActivityStatus.Stopping:
                effects.Add(new RunEffect.Start(node.Index, node.Attempts));
                if (node.Status == ActivityStatus.Stopping)
                    effects.Add(new RunEffect.Stop(node.Index, node.Attempts));
                else if (node.Planned.Timeout is { } timeout)
                    effects.Add(new RunEffect.TimeoutAt(node.Index, node.Attempts, node.AttemptStartedAt!.Value + timeout));
                break;
            case ActivityStatus.Waiting:
                if (node.Deferral!.Until is { } until)
                    effects.Add(new RunEffect.WakeAt(node.Index, node.Attempts, until));
                if (node.Planned.Timeout is { } limit)
                    effects.Add(new RunEffect.TimeoutAt(node.Index, node.Attempts, node.AttemptStartedAt!.Value + limit));
                break;
            case ActivityStatus.Retrying:
                effects.Add(new RunEffect.RetryAt(node.Index, node.Attempts, node.RetryAt!.Value));
                break;
        }
    }
}
