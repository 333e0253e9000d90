using System.Text.Json;
using MLPlatform.Core.Plans;
using static MLPlatform.Core.Runs.RunEvent;

namespace MLPlatform.Core.Runs;

// How the end of one node reaches the others.
public static partial class RunMachine
{
    private static void Ready(RunState run, NodeState node, DateTimeOffset at, List<RunEffect> effects)
    {
        node.Status = ActivityStatus.Binding;
        node.ReadyAt = at;
        if (run.Status == RunStatus.Running)
            effects.Add(new RunEffect.Bind(node.Index));
    }

    private static void Finish(RunState run, NodeState node, ActivityStatus status, DateTimeOffset at, List<RunEffect> effects)
    {
        // A stack, not recursion: a skip may travel down a chain of a hundred thousand nodes.
        Stack<(NodeState Node, ActivityStatus Status)> ending = new();
        ending.Push((node, status));
        while (ending.TryPop(out (NodeState Node, ActivityStatus Status) next))
        {
            Close(run, next.Node, next.Status, at);
            if (next.Node.Group is { } group)
                InstanceEnded(run, run.NodeList[group], at, effects, ending);
            else
                TellSuccessors(run, next.Node, at, effects, ending);
        }
        FinishIfDone(run, effects);
    }

    private static void Close(RunState run, NodeState node, ActivityStatus status, DateTimeOffset at)
    {
        node.Status = status;
        node.EndedAt = at;
        node.Deferral = null;
        node.RetryAt = null;
        run.Open--;
        Count(run, status, 1);
    }

    private static void Count(RunState run, ActivityStatus status, int change)
    {
        if (status.HasOutputs())
            run.Succeeded += change;
        else if (status == ActivityStatus.Failed)
            run.Failed += change;
        else
            run.Skipped += change;
    }

    private static void TellSuccessors(
        RunState run, NodeState ended, DateTimeOffset at, List<RunEffect> effects, Stack<(NodeState, ActivityStatus)> ending)
    {
        foreach (int index in run.Graph.SuccessorsOf(ended.Index))
        {
            NodeState node = run.NodeList[index];
            CountDependency(node, ended.Status);
            // A run that is being cancelled ends its pending nodes itself, as cancelled.
            if (node.Status != ActivityStatus.Pending || run.Status == RunStatus.Cancelling)
                continue;
            ActivityStatus decision = Decide(node);
            if (decision == ActivityStatus.Binding)
                Ready(run, node, at, effects);
            else if (decision != ActivityStatus.Pending)
            {
                // Marked now, so that another dependency that ends in the same step does not end it twice.
                node.Status = decision;
                node.Note = $"{ended.Name} {(ended.Status == ActivityStatus.Skipped ? "was skipped" : "did not succeed")}";
                ending.Push((node, decision));
            }
        }
    }

    private static void CountDependency(NodeState node, ActivityStatus ended)
    {
        node.OpenDependencies--;
        if (ended.HasOutputs())
            node.SucceededDependencies++;
        else if (ended == ActivityStatus.Skipped)
            node.SkippedDependencies++;
        else
            node.FailedDependencies++;
    }

    // Pending: not yet. Binding: may start. Skipped, UpstreamFailed: never will. A skip is decided only when nothing is
    // open any more, because a failure weighs more; so the order in which dependencies end makes no difference.
    private static ActivityStatus Decide(NodeState node)
    {
        bool open = node.OpenDependencies > 0;
        return node.Planned.Join switch
        {
            Join.AllDone => open ? ActivityStatus.Pending : ActivityStatus.Binding,
            Join.Any when node.SucceededDependencies > 0 => ActivityStatus.Binding,
            Join.Any when open => ActivityStatus.Pending,
            _ when node.FailedDependencies > 0 => ActivityStatus.UpstreamFailed,
            _ when open => ActivityStatus.Pending,
            _ when node.SkippedDependencies > 0 => ActivityStatus.Skipped,
            _ => ActivityStatus.Binding,
        };
    }

    private static void Expand(RunState run, NodeState group, Expanded e, List<RunEffect> effects)
    {
        int[] instances = new int[e.Items.Count];
        for (int item = 0; item < instances.Length; item++)
        {
            instances[item] = run.NodeList.Count;
            run.NodeList.Add(new NodeState(run.NodeList.Count, group.Planned, group.Index, item, e.Items[item], run.TouchedList));
        }
        run.Open += instances.Length;
        group.Instances = instances;
        group.StartedAt ??= e.At;
        group.OpenInstances = instances.Length;
        group.NextInstance = 0;
        group.Status = ActivityStatus.Expanded;
        if (instances.Length == 0)
            Finish(run, CompleteGroup(run, group), ActivityStatus.Succeeded, e.At, effects);
        for (int i = 0; i < Math.Min(group.Planned.MaxParallel ?? int.MaxValue, instances.Length); i++)
            BeginNextInstance(run, group, e.At, effects);
    }

    private static void BeginNextInstance(RunState run, NodeState group, DateTimeOffset at, List<RunEffect> effects)
    {
        while (group.NextInstance < group.Instances.Count)
        {
            NodeState instance = run.NodeList[group.Instances[group.NextInstance++]];
            if (instance.Status != ActivityStatus.Pending)
                continue;
            Ready(run, instance, at, effects);
            return;
        }
    }

    private static void InstanceEnded(
        RunState run, NodeState group, DateTimeOffset at, List<RunEffect> effects, Stack<(NodeState, ActivityStatus)> ending)
    {
        group.OpenInstances--;
        if (group.OpenInstances > 0)
        {
            if (run.Status is RunStatus.Running or RunStatus.Paused)
                BeginNextInstance(run, group, at, effects);
            return;
        }
        int failed = group.Instances.Count(i => run.NodeList[i].Status == ActivityStatus.Failed);
        if (failed > 0)
        {
            NodeState first = run.NodeList[group.Instances.First(i => run.NodeList[i].Status == ActivityStatus.Failed)];
            group.Failure = new Failure(first.Failure!.Kind, first.Failure.Code,
                $"{failed} of {Plural(group.Instances.Count, "instance")} failed; the first, {first.Name}: {first.Failure.Message}");
            ending.Push((group, ActivityStatus.Failed));
        }
        else if (group.Instances.Any(i => run.NodeList[i].Status == ActivityStatus.Cancelled))
            ending.Push((group, ActivityStatus.Cancelled));
        else
            ending.Push((CompleteGroup(run, group), ActivityStatus.Succeeded));
    }

    // The outputs of a forEach: for each name a list over the items, null where an instance was skipped.
    private static NodeState CompleteGroup(RunState run, NodeState group)
    {
        Dictionary<string, JsonElement?[]> columns = [];
        for (int item = 0; item < group.Instances.Count; item++)
        {
            if (run.NodeList[group.Instances[item]].Outputs is not { ValueKind: JsonValueKind.Object } outputs)
                continue;
            foreach (JsonProperty output in outputs.EnumerateObject())
            {
                if (!columns.TryGetValue(output.Name, out JsonElement?[]? values))
                    columns.Add(output.Name, values = new JsonElement?[group.Instances.Count]);
                values[item] = output.Value;
            }
        }
        group.Outputs = JsonSerializer.SerializeToElement(columns, RunJson.Default.DictionaryStringNullableJsonElementArray);
        return group;
    }

    private static void FinishIfDone(RunState run, List<RunEffect> effects)
    {
        if (run.Open == 0 && !run.Status.IsTerminal())
            effects.Add(new RunEffect.Finish());
    }
}
