using System.ComponentModel;
using System.Text.Json;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Runs;

namespace MLPlatform.Activities.Control;

/// <summary>
/// Waits, durably and without holding anything, until a person answers. Approval succeeds with
/// <c>{"approved":true,"by":"…","comment":"…"}</c>; rejection ends the activity as cancelled, which is never retried.
/// </summary>
[Activity("control.approve", Cacheable = false, Outputs = typeof(Approve.Outputs))]
[Description("Waits until a person approves or rejects; rejection fails the activity.")]
public sealed class Approve : IInlineActivity<Approve.Inputs>, ISignalled
{
    /// <summary>The signal that answers it.</summary>
    public const string Signal = "approval";

    /// <summary>What becomes of an approval that nobody answers in time.</summary>
    public enum Unanswered
    {
        /// <summary>The activity fails.</summary>
        Fail,

        /// <summary>It counts as approved.</summary>
        Approve,
    }

    public sealed record Inputs
    {
        [Description("What the person is asked.")]
        public string? Message { get; init; }

        [Description("How long to wait for an answer, as an ISO 8601 duration. Default: for ever.")]
        public TimeSpan? Within { get; init; }

        [Description("What happens when nobody answers in time: fail or approve. Default: fail.")]
        public Unanswered IfUnanswered { get; init; } = Unanswered.Fail;
    }

    /// <param name="By">Who approved; "nobody" where nobody answered in time.</param>
    /// <param name="Comment">What they said, or null.</param>
    public sealed record Outputs(bool Approved, string? By, string? Comment);

    public ValueTask<InlineResult> RunAsync(Inputs inputs, ActivityContext context, CancellationToken cancel)
    {
        if (inputs.Message is { } message)
            context.Log(message);
        if (inputs.Within is not { } within)
            return ValueTask.FromResult<InlineResult>(new InlineResult.Deferred(null, null, Signal));
        AttemptOutcome late = inputs.IfUnanswered == Unanswered.Approve
            ? new AttemptOutcome.Succeeded(Approved("nobody", "not answered in time"))
            : new AttemptOutcome.Failed(new Failure(FailureKind.Timeout, "ENG-031", $"Nobody answered the approval within {within}."));
        return ValueTask.FromResult<InlineResult>(new InlineResult.Deferred(Wait.After(context.Time.GetUtcNow(), within, "control.approve", "within"), late, Signal));
    }

    public AttemptOutcome Answer(JsonElement payload)
    {
        if (payload.ValueKind != JsonValueKind.Object || !payload.TryGetProperty("approved", out JsonElement approved)
            || approved.ValueKind is not (JsonValueKind.True or JsonValueKind.False))
            return new AttemptOutcome.Failed(new Failure(FailureKind.User, "ENG-033",
                "The answer to an approval must be an object with approved: true or false."));
        if (approved.GetBoolean())
            return new AttemptOutcome.Succeeded(Approved(Text(payload, "by"), Text(payload, "comment")));
        string by = Text(payload, "by") ?? "somebody", comment = Text(payload, "comment") is { Length: > 0 } said ? $": {said}" : ".";
        return new AttemptOutcome.Failed(new Failure(FailureKind.Cancelled, "ENG-032", $"Rejected by {by}{comment}"));
    }

    private static JsonElement Approved(string? by, string? comment) => JsonSerializer.SerializeToElement(new Outputs(true, by, comment), ActivityJson.Options);

    private static string? Text(JsonElement payload, string name) =>
        payload.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
