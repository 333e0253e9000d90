using System.Collections;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using MLPlatform.Core.Runs;
using MLPlatform.Core.Scheduling.Quotas;
using MLPlatform.Engine.Binding;

namespace MLPlatform.Engine.Runs;

/// <summary>A run in memory: its state, and what of it is not yet handed to the journal. Touched by the engine's loop only.</summary>
internal sealed class ActiveRun(RunState state, PlanTemplates templates, RunRow row)
{
    private readonly Dictionary<int, int> _tickets = [];
    private readonly BitArray _hasRow = new(state.Nodes.Count);

    public RunState State { get; } = state;
    public PlanTemplates Templates { get; } = templates;

    /// <summary>The row as it was last written; the facts in it never change.</summary>
    public RunRow Row { get; set; } = row;

    /// <summary><c>trigger</c> in expressions: what started the run, and its logical date.</summary>
    public JsonElement TriggerScope { get; } = Scope(JsonNode.Parse(row.TriggerJson)!.AsObject(), ("logicalDate", row.LogicalDate.ToString("O", CultureInfo.InvariantCulture)));

    /// <summary><c>run</c> in expressions.</summary>
    public JsonElement RunScope { get; } = Scope([], ("id", row.Id.ToString()), ("pipeline", row.Pipeline));

    /// <summary>It was read back from the journal, so any of its nodes may have a row already.</summary>
    public bool WasLoaded { get; init; }

    /// <summary>What the store said that its attempts hold when it was adopted.</summary>
    public IReadOnlyList<Allocation> Written { get; init; } = [];

    /// <summary>The group that it belongs to, as the pipeline's <c>basic.group</c> says.</summary>
    public string Group { get; } = Basic(state, "group");

    /// <summary>Whose it is, as the pipeline's <c>basic.owner</c> says.</summary>
    public string Person { get; } = Basic(state, "owner");

    /// <summary>The sequence of the last journal entry.</summary>
    public long Sequence { get; set; }

    /// <summary>Events not yet handed to the journal.</summary>
    public List<RunEvent> Events { get; set; } = [];

    /// <summary>Attempts whose row must be written, the last state of each.</summary>
    public Dictionary<(int Node, int Number), AttemptRow> DirtyAttempts { get; } = [];
    public bool IsDirty { get; set; }

    /// <summary>Rows of attempts that have not ended, as last written, by node.</summary>
    public Dictionary<int, AttemptRow> OpenAttempts { get; } = [];

    /// <summary>What attempts reported on their way, by node.</summary>
    public Dictionary<int, ToldMetrics> Told { get; } = [];

    /// <summary>The run's outputs are being evaluated.</summary>
    public bool IsFinishing { get; set; }

    /// <summary>What each node was last bound to; dropped when it ends.</summary>
    public Dictionary<int, BoundNode> Bound { get; } = [];

    /// <summary>Makes answers to earlier bindings of the node stale.</summary>
    public int NextTicket(int node) => _tickets[node] = _tickets.GetValueOrDefault(node) + 1;

    public bool IsCurrent(int node, int ticket) => _tickets.GetValueOrDefault(node) == ticket;

    /// <summary>
    /// Whether the node's row must be written. A node that has not begun needs none; nor does one that is bound in no time,
    /// or a hundred thousand that are ready at once would all be written before the first of them begins. But a row that is
    /// there is kept true, as when a rewind makes a node wait again that was skipped.
    /// </summary>
    public bool NeedsRow(NodeState node)
    {
        if (node.Index >= _hasRow.Length)
            _hasRow.Length = State.Nodes.Count;
        bool needed = WasLoaded || _hasRow[node.Index] || node.Status switch
        {
            ActivityStatus.Pending => false,
            ActivityStatus.Binding => !Templates.Of(node.Planned).IsPlain,
            _ => true,
        };
        return _hasRow[node.Index] = needed;
    }

    private static string Basic(RunState state, string name) =>
        state.Plan.Basic.ValueKind == JsonValueKind.Object && state.Plan.Basic.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String ? value.GetString()! : "";

    private static JsonElement Scope(JsonObject scope, params ReadOnlySpan<(string Name, string Value)> values)
    {
        foreach ((string name, string value) in values)
            scope[name] = value;
        return JsonElement.Parse(scope.ToJsonString());
    }
}
