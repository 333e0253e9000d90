using System.Text.Json;
using MLPlatform.Core.Runs;

namespace MLPlatform.Core.Expressions;

/// <summary>
/// What an expression may read. Activities and models are asked for one by one, so that a scope over a large run costs
/// nothing until it is read.
/// </summary>
public sealed record ExpressionScope
{
    private static readonly JsonElement Empty = JsonElement.Parse("{}");

    /// <summary>The run's bound parameters: an object.</summary>
    public JsonElement Parameters { get; init; } = Empty;

    /// <summary>What started the run: an object with <c>type</c>, <c>logicalDate</c> and the trigger's facts.</summary>
    public JsonElement Trigger { get; init; } = Empty;

    /// <summary>The run: an object with <c>id</c> and <c>pipeline</c>.</summary>
    public JsonElement Run { get; init; } = Empty;

    /// <summary>Gives an activity's state by name; null for an unknown one.</summary>
    public Func<string, ActivityFacts?> Activities { get; init; } = _ => null;

    /// <summary>Gives the artifact reference that a model's alias stands for; null where there is none.</summary>
    public Func<string, string, JsonElement?> Models { get; init; } = (_, _) => null;

    /// <summary>The item of this forEach instance, or null outside one.</summary>
    public JsonElement? Item { get; init; }

    /// <summary>The position of the item, from 0, or null outside a forEach.</summary>
    public int? Index { get; init; }
}

/// <param name="Outputs">An object, or null where the activity has no outputs (yet, or for ever).</param>
public readonly record struct ActivityFacts(ActivityStatus Status, JsonElement? Outputs);
