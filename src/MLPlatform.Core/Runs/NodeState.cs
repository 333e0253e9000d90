using System.Globalization;
using System.Text.Json;
using MLPlatform.Core.Plans;

namespace MLPlatform.Core.Runs;

/// <summary>A node of a run: a planned activity, or one instance of a forEach. Only <see cref="RunMachine"/> changes it.</summary>
public sealed class NodeState
{
    private readonly List<int> _touched;
    private ActivityStatus _status;

    internal NodeState(int index, PlannedNode planned, int? group, int item, JsonElement itemValue, List<int> touched)
    {
        _touched = touched;
        Index = index;
        Planned = planned;
        Group = group;
        Item = item;
        ItemValue = itemValue;
    }

    public int Index { get; }
    public PlannedNode Planned { get; }

    /// <summary>The forEach node this is an instance of.</summary>
    public int? Group { get; }

    /// <summary>Which item of the list, from 0.</summary>
    public int Item { get; }
    public JsonElement ItemValue { get; }
    public string Name => Group is null ? Planned.Name : string.Create(CultureInfo.InvariantCulture, $"{Planned.Name}[{Item}]");

    public ActivityStatus Status
    {
        get => _status;
        internal set
        {
            _status = value;
            if (_touched is not [.., int last] || last != Index)
                _touched.Add(Index);
        }
    }

    public DateTimeOffset? ReadyAt { get; internal set; }
    public DateTimeOffset? StartedAt { get; internal set; }
    public DateTimeOffset? EndedAt { get; internal set; }

    /// <summary>Attempts so far, over all rewinds.</summary>
    public int Attempts { get; internal set; }
    /// <summary>How often it had to give its place to other work, over all rewinds.</summary>
    public int Preemptions { get; internal set; }
    public JsonElement? Outputs { get; internal set; }
    public Failure? Failure { get; internal set; }

    /// <summary>Why it was skipped, or where a cached result came from.</summary>
    public string? Note { get; internal set; }

    /// <summary>When the current attempt started.</summary>
    public DateTimeOffset? AttemptStartedAt { get; internal set; }

    /// <summary>Why the current attempt was told to stop.</summary>
    public Failure? StopReason { get; internal set; }

    /// <summary>What the current attempt waits for.</summary>
    public RunEvent.AttemptDeferred? Deferral { get; internal set; }

    /// <summary>When the next try is due.</summary>
    public DateTimeOffset? RetryAt { get; internal set; }

    /// <summary>The current instances of a forEach, in item order.</summary>
    public IReadOnlyList<int> Instances { get; internal set; } = [];

    /// <summary>An instance of an expansion that a rewind left behind: history, no longer a part of the run.</summary>
    public bool Superseded { get; internal set; }

    /// <summary>A person named it to run again, so an earlier result does not stand in for it this time.</summary>
    public bool Anew { get; internal set; }

    // Counters that make a transition cost what the node's own edges cost.
    internal int OpenDependencies;
    internal int FailedDependencies;
    internal int SkippedDependencies;
    internal int SucceededDependencies;
    internal int OpenInstances;
    internal int NextInstance;
    internal byte UserFailures;
    internal byte ResourceFailures;
    internal byte InfrastructureFailures;
    internal byte TimeoutFailures;

    internal int CountFailure(FailureKind kind) => kind switch
    {
        FailureKind.User => Saturate(ref UserFailures),
        FailureKind.Resource => Saturate(ref ResourceFailures),
        FailureKind.Infrastructure => Saturate(ref InfrastructureFailures),
        FailureKind.Timeout => Saturate(ref TimeoutFailures),
        _ => 1,
    };

    internal void Reset()
    {
        Status = ActivityStatus.Pending;
        ReadyAt = StartedAt = EndedAt = AttemptStartedAt = RetryAt = null;
        Outputs = null;
        Failure = StopReason = null;
        Note = null;
        Deferral = null;
        Anew = false;
        UserFailures = ResourceFailures = InfrastructureFailures = TimeoutFailures = 0;
    }

    private static int Saturate(ref byte counter) => counter == byte.MaxValue ? counter : ++counter;
}
