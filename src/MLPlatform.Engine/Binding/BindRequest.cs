using System.Text.Json;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Expressions;
using MLPlatform.Core.Plans;
using MLPlatform.Core.Runs;
using MLPlatform.Engine.Runs;

namespace MLPlatform.Engine.Binding;

/// <summary>
/// Everything that binding a node reads, copied out of the run by the loop, so that expressions are evaluated on other
/// threads while the run goes on.
/// </summary>
internal sealed record BindRequest
{
    public required PlannedNode Node { get; init; }
    public required NodeTemplate Template { get; init; }
    public required string Pipeline { get; init; }
    public required ScopeSnapshot Scope { get; init; }

    /// <summary>Whose inputs they become; null in a preview, where nothing is taken.</summary>
    public InputOrigin? Origin { get; init; }

    /// <summary>This is one instance of a forEach, whose list is known.</summary>
    public required bool IsInstance { get; init; }

    /// <summary>A person asked for it to run, whatever the cache holds.</summary>
    public bool Anew { get; init; }

    /// <summary>After a restart: no condition and no cache lookup, for the attempt has begun.</summary>
    public bool InputsOnly { get; init; }

    public static BindRequest Snapshot(ActiveRun run, NodeState node, NodeTemplate template) => new()
    {
        Node = node.Planned,
        Template = template,
        Pipeline = run.State.Plan.Pipeline,
        IsInstance = node.Group is not null,
        Origin = new InputOrigin(run.State.Id, run.State.Plan.Pipeline, node.Group is null ? node.Planned.Name : $"{node.Planned.Name}[{node.Item}]"),
        Anew = node.Anew || (node.Group is { } group && run.State.Nodes[group].Anew),
        Scope = ScopeSnapshot.Of(run, template.References) with
        {
            Item = node.Group is null ? null : node.ItemValue,
            Index = node.Group is null ? null : node.Item,
        },
    };
}

/// <summary>What a run's outputs are evaluated from.</summary>
internal sealed record OutputsRequest(IReadOnlyList<(string Name, ExpressionTemplate Template)> Outputs, ScopeSnapshot Scope)
{
    public static OutputsRequest Snapshot(ActiveRun run)
    {
        List<(string, ExpressionTemplate)> outputs =
            [.. run.State.Plan.Outputs.EnumerateObject().Select(o => (o.Name, ExpressionTemplate.Parse(o.Value)))];
        return new OutputsRequest(outputs, ScopeSnapshot.Of(run, outputs.SelectMany(o => o.Item2.References)));
    }
}

/// <summary>The part of a run that some expressions read.</summary>
internal sealed record ScopeSnapshot
{
    public required JsonElement Parameters { get; init; }
    public required JsonElement Trigger { get; init; }
    public required JsonElement Run { get; init; }
    public required IReadOnlyDictionary<string, ActivityFacts> Activities { get; init; }

    /// <summary>Models and aliases that are read.</summary>
    public required IReadOnlyList<(string Model, string Alias)> Models { get; init; }
    public JsonElement? Item { get; init; }
    public int? Index { get; init; }

    public static ScopeSnapshot Of(ActiveRun run, IEnumerable<Reference> references)
    {
        Dictionary<string, ActivityFacts> activities = [];
        List<(string, string)> models = [];
        foreach (Reference reference in references)
        {
            if (reference.Kind is ReferenceKind.Output or ReferenceKind.Status && run.State.Graph.Find(reference.Name) is { } index)
            {
                NodeState node = run.State.Nodes[index];
                activities[reference.Name] = new ActivityFacts(node.Status, node.Outputs);
            }
            else if (reference is { Kind: ReferenceKind.Model, Member: { } alias })
                models.Add((reference.Name, alias));
        }
        return new ScopeSnapshot
        {
            Parameters = run.State.Plan.Parameters,
            Trigger = run.TriggerScope,
            Run = run.RunScope,
            Activities = activities,
            Models = models,
        };
    }
}
