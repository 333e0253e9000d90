using System.Text.Json;
using MLPlatform.Core.Runs;
using MLPlatform.Engine.Binding;
using MLPlatform.Engine.Runs;

namespace MLPlatform.Engine.Inline;

/// <summary>What an inline step is told about itself.</summary>
internal sealed record InlineAttempt(
    AttemptId Id, string Pipeline, string Activity, DateTimeOffset LogicalDate, JsonElement Inputs)
{
    public static InlineAttempt Of(ActiveRun run, NodeState node, int number, BoundNode bound) =>
        new(new AttemptId(run.State.Id, node.Index, number), run.State.Plan.Pipeline, node.Name, run.Row.LogicalDate, bound.Inputs);
}
