using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using MLPlatform.Core.Runs;
using MLPlatform.Engine.Binding;

namespace MLPlatform.Engine.Runs;

/// <summary>A run in memory: its state, and what of it is not yet handed to the journal. Touched by the engine's loop only.</summary>
internal sealed class ActiveRun(RunState state, PlanTemplates templates, RunRow row)
{
    private readonly Dictionary<int, int> _tickets = [];

    public RunState State { get; } = state;
    public PlanTemplates Templates { get; } = templates;

    /// <summary>The row as it was last written; the facts in it never change.</summary>
    public RunRow Row { get; set; } = row;

    /// <summary><c>trigger</c> in expressions: what started the run, and its logical date.</summary>
    public JsonElement TriggerScope { get; } = Scope(JsonNode.Parse(row.TriggerJson)!.AsObject(), ("logicalDate", row.LogicalDate.ToString("O", CultureInfo.InvariantCulture)));

    /// <summary><c>run</c> in expressions.</summary>
    public JsonElement RunScope { get; } = Scope([], ("id", row.Id.ToString()), ("pipeline", row.Pipeline));

    /// <summary>The sequence of the last journal entry.</summary>
    public long Sequence { get; set; }

    /// <summary>Events not yet handed to the journal.</summary>
    public List<RunEvent> Events { get; set; } = [];

    /// <summary>Attempts whose row must be written, the last state of each.</summary>
    public Dictionary<(int Node, int Number), AttemptRow> DirtyAttempts { get; } = [];
    public bool IsDirty { get; set; }

    /// <summary>Rows of attempts that have not ended, as last written, by node.</summary>
    public Dictionary<int, AttemptRow> OpenAttempts { get; } = [];

    /// <summary>The run's outputs are being evaluated.</summary>
    public bool IsFinishing { get; set; }

    /// <summary>What each node was last bound to; dropped when it ends.</summary>
    public Dictionary<int, BoundNode> Bound { get; } = [];

    /// <summary>Makes answers to earlier bindings of the node stale.</summary>
    public int NextTicket(int node) => _tickets[node] = _tickets.GetValueOrDefault(node) + 1;

    public bool IsCurrent(int node, int ticket) => _tickets.GetValueOrDefault(node) == ticket;

    private static JsonElement Scope(JsonObject scope, params ReadOnlySpan<(string Name, string Value)> values)
    {
        foreach ((string name, string value) in values)
            scope[name] = value;
        return JsonElement.Parse(scope.ToJsonString());
    }
}
