using System.Globalization;
using MLPlatform.Core.Plans;
using static MLPlatform.Core.Runs.RunEvent;
using static MLPlatform.Core.Runs.RunTransition;

namespace MLPlatform.Core.Runs;

/// <summary>
/// The one place where the states of runs and nodes change. Total and deterministic: no clock, no I/O; an event costs
/// what the node's own edges cost, except the rare ones about the whole run (cancel, rewind).
/// </summary>
public static partial class RunMachine
{
    /// <summary>Applies an event to the run and adds what must be done because of it.</summary>
    /// <returns>Moved: write the event down. Ignored or refused: nothing changed.</returns>
    public static RunTransition Apply(RunState run, RunEvent happened, List<RunEffect> effects) => happened switch
    {
        Created e => Create(run, e, effects),
        Bound e => Bind(run, e),
        RunEvent.Skipped e => WhenBinding(run, e.Node, node => Skip(run, node, e, effects)),
        CacheHit e => WhenBinding(run, e.Node, node => UseCached(run, node, e, effects)),
        BindFailed e => WhenBinding(run, e.Node, node => Fail(run, node, e.Failure, e.At, effects)),
        Expanded e => WhenBinding(run, e.Node, node => Expand(run, node, e, effects)),
        AttemptStarted e => StartAttempt(run, e, effects),
        AttemptDeferred e => Defer(run, e, effects),
        AttemptEnded e => EndAttempt(run, e, effects),
        StopRequested e => StopAttempt(run, e, effects),
        RetryDue e => Retry(run, e, effects),
        CancelRequested e => Cancel(run, e, effects),
        Paused e => Pause(run, e),
        Unpaused e => Unpause(run, e, effects),
        Rewound e => Rewind(run, e, effects),
        Broke => CountBreak(run),
        GivenUp e => GiveUp(run, e, effects),
        Ended e => End(run, e),
        _ => new Refused($"unknown event {happened.GetType().Name}"),
    };

    private static RunTransition Create(RunState run, Created e, List<RunEffect> effects)
    {
        if (run.CreatedAt is not null)
            return new Ignored("the run was created already");
        run.CreatedAt = e.At;
        foreach (NodeState node in run.NodeList)
        {
            node.OpenDependencies = node.Planned.DependsOn.Count;
            if (node.OpenDependencies == 0)
                Ready(run, node, e.At, effects);
        }
        FinishIfDone(run, effects);
        return Moved.Instance;
    }

    private static RunTransition WhenBinding(RunState run, int index, Action<NodeState> move)
    {
        if (Find(run, index) is not { } node)
            return new Refused($"the run has no node {index}");
        if (node.Status != ActivityStatus.Binding)
            return new Ignored($"{node.Name} is {node.Status}");
        move(node);
        return Moved.Instance;
    }

    private static RunTransition Bind(RunState run, Bound e)
    {
        if (Find(run, e.Node) is not { Status: ActivityStatus.Binding } node)
            return new Ignored("not binding");
        node.Status = ActivityStatus.Queued;
        node.Note = e.Note;
        return Moved.Instance;
    }

    private static RunTransition StartAttempt(RunState run, AttemptStarted e, List<RunEffect> effects)
    {
        if (Find(run, e.Node) is not { } node)
            return new Refused($"the run has no node {e.Node}");
        if (e.Number <= node.Attempts)
            return new Ignored($"attempt {e.Number} was started already");
        // On replay a node is still Binding here: that it was bound is not in the journal, because it can be done again.
        if (node.Status is not (ActivityStatus.Queued or ActivityStatus.Binding) || e.Number != node.Attempts + 1)
            return new Refused($"{node.Name} is {node.Status} with {node.Attempts} attempts");
        if (run.Status != RunStatus.Running)
            return new Refused($"the run is {run.Status}");
        node.Status = ActivityStatus.Running;
        node.Attempts = e.Number;
        node.StartedAt ??= e.At;
        node.AttemptStartedAt = e.At;
        node.StopReason = null;
        node.Deferral = null;
        node.Failure = null;
        run.Active++;
        effects.Add(new RunEffect.Start(node.Index, e.Number));
        if (node.Planned.Timeout is { } timeout)
            effects.Add(new RunEffect.TimeoutAt(node.Index, e.Number, e.At + timeout));
        return Moved.Instance;
    }

    private static RunTransition Defer(RunState run, AttemptDeferred e, List<RunEffect> effects)
    {
        if (FindAttempt(run, e.Node, e.Number) is not { Status: ActivityStatus.Running } node)
            return new Ignored("the attempt does not run");
        node.Status = ActivityStatus.Waiting;
        node.Deferral = e;
        if (e.Until is { } until)
            effects.Add(new RunEffect.WakeAt(node.Index, e.Number, until));
        return Moved.Instance;
    }

    private static RunTransition EndAttempt(RunState run, AttemptEnded e, List<RunEffect> effects)
    {
        if (FindAttempt(run, e.Node, e.Number) is not { } node || !HasAttempt(node.Status))
            return new Ignored("the attempt has ended already");
        run.Active--;
        effects.Add(new RunEffect.Release(node.Index));
        if (e.Failure is null)
        {
            node.Outputs = e.Outputs;
            Finish(run, node, ActivityStatus.Succeeded, e.At, effects);
            return Moved.Instance;
        }
        // A stopped attempt failed for the reason it was stopped, whatever its exit looked like.
        Failure failure = node.StopReason ?? e.Failure;
        if (Preempted.Is(failure))
            Yield(run, node, failure, e.At, effects);
        else
            EndFailed(run, node, failure, e.At, effects);
        return Moved.Instance;
    }

    // It gave its place to other work: nobody's failure, so it waits again at once, whatever is left of its retries.
    private static void Yield(RunState run, NodeState node, Failure why, DateTimeOffset at, List<RunEffect> effects)
    {
        node.Deferral = null;
        node.Failure = why;
        if (run.Status is RunStatus.Running or RunStatus.Paused)
        {
            node.Preemptions++;
            Ready(run, node, at, effects);
        }
        else if (run.IsGivenUp)
            Finish(run, node, ActivityStatus.Failed, at, effects);
        else
        {
            node.Failure = new Failure(FailureKind.Cancelled, "ENG-001", "cancelled while it gave its place to other work");
            Finish(run, node, ActivityStatus.Cancelled, at, effects);
        }
    }

    private static void EndFailed(RunState run, NodeState node, Failure failure, DateTimeOffset at, List<RunEffect> effects)
    {
        node.Deferral = null;
        bool mayRetry = run.Status is RunStatus.Running or RunStatus.Paused;
        TimeSpan? pause = node.Planned.Retry.NextDelay(
            failure.Kind, node.CountFailure(failure.Kind), new AttemptId(run.Id, node.Index, node.Attempts));
        if (mayRetry && pause is not null && failure.IsFinal)
            (pause, failure) = (null, failure with { Message = $"{failure.Message.TrimEnd('.')}. It is not tried again, since the same inputs would fail in the same way." });
        if (mayRetry && pause is { } delay)
        {
            node.Status = ActivityStatus.Retrying;
            node.Failure = failure;
            node.RetryAt = at + delay;
            effects.Add(new RunEffect.RetryAt(node.Index, node.Attempts, at + delay));
            return;
        }
        node.Failure = failure;
        // Only a cancelled run has cancelled nodes: an approval that a person rejected fails its run.
        Finish(run, node, run.Status == RunStatus.Cancelling && failure.Kind == FailureKind.Cancelled ? ActivityStatus.Cancelled : ActivityStatus.Failed, at, effects);
    }

    private static RunTransition StopAttempt(RunState run, StopRequested e, List<RunEffect> effects)
    {
        if (FindAttempt(run, e.Node, e.Number) is not { } node || !HasAttempt(node.Status))
            return new Ignored("the attempt has ended already");
        if (node.Status == ActivityStatus.Stopping)
            return new Ignored("the attempt is being stopped already");
        StopNow(run, node, e.Why, e.At, effects);
        return Moved.Instance;
    }

    // A waiting step has no process to wait for, so it ends at once.
    private static void StopNow(RunState run, NodeState node, Failure why, DateTimeOffset at, List<RunEffect> effects)
    {
        if (node.Status == ActivityStatus.Waiting)
        {
            run.Active--;
            effects.Add(new RunEffect.EndWaiting(node.Index, node.Attempts, at, why));
            effects.Add(new RunEffect.Release(node.Index));
            if (Preempted.Is(why))
                Yield(run, node, why, at, effects);
            else
                EndFailed(run, node, why, at, effects);
            return;
        }
        node.Status = ActivityStatus.Stopping;
        node.StopReason = why;
        effects.Add(new RunEffect.Stop(node.Index, node.Attempts));
    }

    private static RunTransition Retry(RunState run, RetryDue e, List<RunEffect> effects)
    {
        if (FindAttempt(run, e.Node, e.FailedNumber) is not { Status: ActivityStatus.Retrying } node)
            return new Ignored("no retry is due");
        node.RetryAt = null;
        Ready(run, node, e.At, effects);
        return Moved.Instance;
    }

    private static void Skip(RunState run, NodeState node, RunEvent.Skipped e, List<RunEffect> effects)
    {
        node.Note = "its condition was false";
        Finish(run, node, ActivityStatus.Skipped, e.At, effects);
    }

    private static void UseCached(RunState run, NodeState node, CacheHit e, List<RunEffect> effects)
    {
        node.Outputs = e.Outputs;
        node.Note = "result of attempt " + e.Source;
        Finish(run, node, ActivityStatus.Cached, e.At, effects);
    }

    private static void Fail(RunState run, NodeState node, Failure failure, DateTimeOffset at, List<RunEffect> effects)
    {
        node.Failure = failure;
        Finish(run, node, ActivityStatus.Failed, at, effects);
    }

    private static bool HasAttempt(ActivityStatus status) =>
        status is ActivityStatus.Running or ActivityStatus.Waiting or ActivityStatus.Stopping;

    private static NodeState? Find(RunState run, int node) => (uint)node < (uint)run.NodeList.Count ? run.NodeList[node] : null;

    private static NodeState? FindAttempt(RunState run, int node, int number) =>
        Find(run, node) is { } found && found.Attempts == number ? found : null;

    private static string Plural(int count, string noun) =>
        string.Create(CultureInfo.InvariantCulture, $"{count} {noun}{(count == 1 ? "" : "s")}");
}
