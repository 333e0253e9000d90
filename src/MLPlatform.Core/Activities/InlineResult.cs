using System.Text.Json;
using MLPlatform.Core.Runs;

namespace MLPlatform.Core.Activities;

/// <summary>What an inline step answers.</summary>
public abstract record InlineResult
{
    private InlineResult() { }

    /// <summary>The step is done with these outputs (a JSON object).</summary>
    public sealed record Completed(JsonElement Outputs) : InlineResult;

    /// <summary>The step failed.</summary>
    public sealed record Failed(Failure Failure) : InlineResult;

    /// <summary>
    /// The step waits durably: until <see cref="Until"/>, when it ends as <see cref="OnUntil"/> says, or for the
    /// signal named <see cref="Signal"/>, whose payload becomes its outputs, whichever comes first.
    /// </summary>
    public sealed record Deferred(DateTimeOffset? Until, AttemptOutcome? OnUntil, string? Signal) : InlineResult;
}
