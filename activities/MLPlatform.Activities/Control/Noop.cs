using System.ComponentModel;
using System.Text.Json;
using MLPlatform.Core.Activities;

namespace MLPlatform.Activities.Control;

/// <summary>Does nothing and succeeds: a joint between activities, or a stand-in.</summary>
[Activity("control.noop", Cacheable = false, RunsAhead = true, Outputs = typeof(NoOutputs)), Description("Does nothing and succeeds.")]
public sealed class Noop : IInlineActivity<Noop.Inputs>
{
    private static readonly InlineResult Done = new InlineResult.Completed(JsonElement.Parse("{}"));

    public sealed record Inputs;

    public ValueTask<InlineResult> RunAsync(Inputs inputs, ActivityContext context, CancellationToken cancel) => ValueTask.FromResult(Done);
}
