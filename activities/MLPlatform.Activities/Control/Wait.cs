using System.ComponentModel;
using System.Text.Json;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Runs;

namespace MLPlatform.Activities.Control;

/// <summary>Waits for a time, durably: a restart neither shortens nor lengthens it, and it costs no thread.</summary>
[Activity("control.wait", Cacheable = false, RunsAhead = true), Description("Waits for a duration or until an instant, without holding a thread.")]
public sealed class Wait : IInlineActivity<Wait.Inputs>
{
    private static readonly JsonElement NoOutputs = JsonElement.Parse("{}");

    public sealed record Inputs
    {
        [Description("How long to wait, as an ISO 8601 duration.")]
        public TimeSpan? Duration { get; init; }

        [Description("The instant to wait for.")]
        public DateTimeOffset? Until { get; init; }
    }

    public ValueTask<InlineResult> RunAsync(Inputs inputs, ActivityContext context, CancellationToken cancel)
    {
        if (inputs.Duration is null == inputs.Until is null)
            throw new ActivityException("ENG-017", "control.wait needs either \"duration\" or \"until\", and not both");
        DateTimeOffset now = context.Time.GetUtcNow();
        DateTimeOffset until = inputs.Until ?? now + inputs.Duration!.Value;
        return ValueTask.FromResult<InlineResult>(until <= now
            ? new InlineResult.Completed(NoOutputs)
            : new InlineResult.Deferred(until, new AttemptOutcome.Succeeded(NoOutputs), null));
    }
}
