using System.ComponentModel;
using System.Text.Json;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Runs;

namespace MLPlatform.Activities.Control;

/// <summary>Waits for a time, durably: a restart neither shortens nor lengthens it, and it costs no thread.</summary>
[Activity("control.wait", Cacheable = false, RunsAhead = true, Outputs = typeof(NoOutputs)), Description("Waits for a duration or until an instant, without holding a thread.")]
public sealed class Wait : IInlineActivity<Wait.Inputs>
{
    private static readonly TimeSpan Longest = TimeSpan.FromDays(36_500);
    private static readonly JsonElement Nothing = JsonElement.Parse("{}");

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
        DateTimeOffset until = inputs.Until ?? After(now, inputs.Duration!.Value, "control.wait", "duration");
        return ValueTask.FromResult<InlineResult>(until <= now
            ? new InlineResult.Completed(Nothing)
            : new InlineResult.Deferred(until, new AttemptOutcome.Succeeded(Nothing), null));
    }

    /// <summary>The instant a declared time after another; what lies before it, or beyond all calendars, is the user's to correct.</summary>
    internal static DateTimeOffset After(DateTimeOffset now, TimeSpan time, string activity, string input) =>
        time >= TimeSpan.Zero && time <= Longest
            ? now + time
            : throw new ActivityException("ENG-017", $"{activity} cannot wait for {time}: '{input}' is not negative, and at most {Longest.Days} days");
}
