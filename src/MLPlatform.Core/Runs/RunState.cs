using MLPlatform.Core.Plans;

namespace MLPlatform.Core.Runs;

/// <summary>
/// The state of one run: what folding its journal over its plan gives. Owned by one caller at a time, and changed by
/// <see cref="RunMachine"/> only, in place, because a copy would cost the size of the run.
/// </summary>
public sealed class RunState
{
    internal readonly List<NodeState> NodeList;
    internal readonly List<int> TouchedList = [];

    public RunState(RunId id, PlanGraph graph)
    {
        Id = id;
        Graph = graph;
        NodeList = new List<NodeState>(graph.Plan.Nodes.Count);
        foreach (PlannedNode planned in graph.Plan.Nodes)
            NodeList.Add(new NodeState(NodeList.Count, planned, null, 0, default, TouchedList));
        Open = NodeList.Count;
    }

    public RunId Id { get; }
    public PlanGraph Graph { get; }
    public RunPlan Plan => Graph.Plan;
    public RunStatus Status { get; internal set; } = RunStatus.Running;
    public DateTimeOffset? CreatedAt { get; internal set; }
    public DateTimeOffset? EndedAt { get; internal set; }
    public System.Text.Json.JsonElement? Outputs { get; internal set; }
    public Failure? Failure { get; internal set; }

    /// <summary>The plan's nodes, then forEach instances in the order they were made.</summary>
    public IReadOnlyList<NodeState> Nodes => NodeList;

    /// <summary>Nodes whose status was set since <see cref="ClearTouched"/>; one may be named twice.</summary>
    public IReadOnlyList<int> Touched => TouchedList;

    /// <summary>Forgets which nodes were touched, once their rows are made.</summary>
    public void ClearTouched() => TouchedList.Clear();

    /// <summary>Engines that met a bug over this run since it began or last went on.</summary>
    public int Breaks { get; internal set; }

    /// <summary>Whether it was given up because of that; such a run fails.</summary>
    public bool IsGivenUp { get; internal set; }

    /// <summary>Nodes that have not ended.</summary>
    public int Open { get; internal set; }
    public int Succeeded { get; internal set; }
    public int Failed { get; internal set; }
    public int Skipped { get; internal set; }

    /// <summary>Nodes with an attempt that runs.</summary>
    public int Active { get; internal set; }

    /// <summary>Instances of an earlier expansion that a rewind left behind; they count no more.</summary>
    internal int Superseded { get; set; }

    public RunCounts Counts => new(NodeList.Count - Superseded, Succeeded, Failed, Skipped, Active);

    /// <summary>The first node that failed, by index, or null.</summary>
    public NodeState? FirstFailed => NodeList.Find(n => n.Status == ActivityStatus.Failed);
}
