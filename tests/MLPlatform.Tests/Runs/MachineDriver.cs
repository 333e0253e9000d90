using System.Text.Json;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Plans;
using MLPlatform.Core.Runs;
using Xunit;

namespace MLPlatform.Tests.Runs;

/// <summary>Carries the machine's effects out in a random order, as a world without a server would.</summary>
internal sealed class MachineDriver
{
    public static readonly JsonElement Empty = JsonElement.Parse("{}");
    public static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private readonly Func<string, int, Outcome> _outcome;
    private readonly Random _random;
    private List<RunEffect> _effects = [];

    public MachineDriver(RunPlan plan, Func<string, int, Outcome> outcome, int seed)
    {
        Plan = plan;
        _outcome = outcome;
        _random = new Random(seed);
        State = new RunState(new RunId(Guid.Empty), new PlanGraph(plan));
    }

    public enum Outcome
    {
        Succeed,
        Fail,
        FailFinally,
        Skip,
        Expand,
        Hit,
    }

    public RunPlan Plan { get; }
    public RunState State { get; private set; }
    public List<RunEvent> Journal { get; } = [];
    public List<string> Started { get; } = [];
    public DateTimeOffset Now { get; private set; } = Start;

    public void Begin() => Apply(new RunEvent.Created(Now));

    /// <summary>Carries out one pending effect; false if there is none.</summary>
    public bool Step()
    {
        if (_effects.Count == 0)
            return false;
        int pick = _random.Next(_effects.Count);
        RunEffect effect = _effects[pick];
        _effects.RemoveAt(pick);
        Now += TimeSpan.FromSeconds(1);
        CarryOut(effect);
        return true;
    }

    public void RunToEnd()
    {
        for (int i = 0; Step(); i++)
            Assert.True(i < 1_000_000, "the run does not end");
    }

    /// <summary>Forgets everything but the journal, and takes up from there.</summary>
    public void Crash()
    {
        State = Replay();
        _effects = [];
        RunMachine.Resume(State, _effects);
    }

    public RunState Replay()
    {
        RunState state = new(State.Id, State.Graph);
        foreach (RunEvent happened in Journal)
            Assert.IsType<RunTransition.Moved>(RunMachine.Apply(state, happened, []));
        return state;
    }

    public RunTransition Apply(RunEvent happened)
    {
        RunTransition transition = RunMachine.Apply(State, happened, _effects);
        if (transition is RunTransition.Moved && happened is not RunEvent.Bound)
            Journal.Add(happened);
        return transition;
    }

    /// <summary>Takes the place of an attempt that runs, if one does, as the scheduler would.</summary>
    public bool Preempt()
    {
        NodeState[] running = [.. State.Nodes.Where(n => n.Status is ActivityStatus.Running or ActivityStatus.Waiting)];
        if (running.Length == 0)
            return false;
        NodeState victim = running[_random.Next(running.Length)];
        return Apply(new RunEvent.StopRequested(Now, victim.Index, victim.Attempts, Preempted.Because("needed elsewhere"))) is RunTransition.Moved;
    }

    public string Statuses() => string.Join(" ", State.Nodes.Where(n => !n.Superseded).Select(n => $"{n.Name}:{n.Status}"));

    private void CarryOut(RunEffect effect)
    {
        switch (effect)
        {
            case RunEffect.Bind e:
                Bind(State.Nodes[e.Node]);
                break;
            case RunEffect.Start e:
                NodeState node = State.Nodes[e.Node];
                Outcome ends = _outcome(node.Name, e.Number - node.Preemptions);
                Failure? failure = ends is Outcome.Fail or Outcome.FailFinally ? new Failure(FailureKind.User, "T-1", "told to") { IsFinal = ends == Outcome.FailFinally } : null;
                Apply(new RunEvent.AttemptEnded(Now, e.Node, e.Number, failure is null ? Outputs(node) : null, failure));
                break;
            case RunEffect.Stop e:
                Apply(new RunEvent.AttemptEnded(Now, e.Node, e.Number, null, new Failure(FailureKind.User, "T-2", "killed")));
                break;
            case RunEffect.RetryAt e:
                Now = e.At > Now ? e.At : Now;
                Apply(new RunEvent.RetryDue(Now, e.Node, e.FailedNumber));
                break;
            case RunEffect.WakeAt e:
                Apply(new RunEvent.AttemptEnded(Now, e.Node, e.Number, Empty, null));
                break;
            case RunEffect.Finish:
                Apply(new RunEvent.Ended(Now, RunMachine.Verdict(State), Empty, null));
                break;
        }
    }

    private void Bind(NodeState node)
    {
        bool isGroup = node.Planned.ForEach is not null && node.Group is null;
        switch (_outcome(node.Name, 0))
        {
            case Outcome.Skip:
                Apply(new RunEvent.Skipped(Now, node.Index));
                break;
            case Outcome.Hit when !isGroup:
                Apply(new RunEvent.CacheHit(Now, node.Index, Outputs(node), "earlier"));
                break;
            default:
                if (isGroup)
                    Apply(new RunEvent.Expanded(Now, node.Index, [.. node.Planned.ForEach!.Value.EnumerateArray()]));
                else if (Apply(new RunEvent.Bound(Now, node.Index, null)) is RunTransition.Moved
                    && Apply(new RunEvent.AttemptStarted(Now, node.Index, node.Attempts + 1)) is RunTransition.Moved)
                    Started.Add(node.Name);
                break;
        }
    }

    private static JsonElement Outputs(NodeState node) => JsonElement.Parse($$"""{"name":"{{node.Name}}"}""");

    public static PlannedNode Node(string name, int[] dependsOn, Join join = Join.All, int attempts = 1, int? items = null, int? parallel = null) => new()
    {
        Name = name,
        Type = "test.step",
        Version = 1,
        Placement = ActivityPlacement.Inline,
        Cacheable = false,
        DependsOn = dependsOn,
        Join = join,
        ForEach = items is { } count ? JsonSerializer.SerializeToElement(Enumerable.Range(0, count)) : null,
        MaxParallel = parallel,
        Inputs = Empty,
        Resources = ResourceRequest.None,
        Retry = new RetryPolicy { MaxAttempts = attempts },
    };

    public static RunPlan PlanOf(params PlannedNode[] nodes) => new()
    {
        Pipeline = "test",
        PipelineHash = "hash",
        Parameters = Empty,
        Basic = Empty,
        Alarms = Empty,
        Nodes = nodes,
        Outputs = Empty,
    };
}
