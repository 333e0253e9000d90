using System.Text.Json;
using System.Text.Json.Serialization;

namespace MLPlatform.Core.Runs;

/// <summary>
/// Something that happened to a run. Events are the journal: replaying them over the run's plan gives the run's state.
/// The short property and type names keep the journal small.
/// </summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "e")]
[JsonDerivedType(typeof(Created), "created")]
[JsonDerivedType(typeof(Bound), "bound")]
[JsonDerivedType(typeof(Skipped), "skip")]
[JsonDerivedType(typeof(Expanded), "expand")]
[JsonDerivedType(typeof(CacheHit), "cached")]
[JsonDerivedType(typeof(BindFailed), "bindFailed")]
[JsonDerivedType(typeof(AttemptStarted), "start")]
[JsonDerivedType(typeof(AttemptEnded), "end")]
[JsonDerivedType(typeof(AttemptDeferred), "defer")]
[JsonDerivedType(typeof(StopRequested), "stop")]
[JsonDerivedType(typeof(RetryDue), "retryDue")]
[JsonDerivedType(typeof(CancelRequested), "cancel")]
[JsonDerivedType(typeof(Paused), "pause")]
[JsonDerivedType(typeof(Unpaused), "unpause")]
[JsonDerivedType(typeof(Rewound), "rewind")]
[JsonDerivedType(typeof(Broke), "broke")]
[JsonDerivedType(typeof(GivenUp), "giveUp")]
[JsonDerivedType(typeof(Ended), "ended")]
public abstract record RunEvent([property: JsonPropertyName("t")] DateTimeOffset At)
{
    /// <summary>The run began; always the first event.</summary>
    public sealed record Created(DateTimeOffset At) : RunEvent(At);

    /// <summary>The node's <c>when</c> was false.</summary>
    public sealed record Skipped(DateTimeOffset At, [property: JsonPropertyName("n")] int Node) : RunEvent(At);

    /// <summary>The node's inputs are known and the cache had no result; why is the note. Not in the journal: a recovered node is bound again.</summary>
    public sealed record Bound(DateTimeOffset At, [property: JsonPropertyName("n")] int Node, [property: JsonPropertyName("w")] string? Note) : RunEvent(At);

    /// <summary>The forEach list is known; one instance for each item, in order, after the nodes there are.</summary>
    public sealed record Expanded(
        DateTimeOffset At, [property: JsonPropertyName("n")] int Node, [property: JsonPropertyName("i")] IReadOnlyList<JsonElement> Items) : RunEvent(At);

    /// <summary>An earlier result was used.</summary>
    public sealed record CacheHit(
        DateTimeOffset At, [property: JsonPropertyName("n")] int Node, [property: JsonPropertyName("o")] JsonElement Outputs,
        [property: JsonPropertyName("from")] string Source) : RunEvent(At);

    /// <summary>The node's expressions could not be evaluated.</summary>
    public sealed record BindFailed(
        DateTimeOffset At, [property: JsonPropertyName("n")] int Node, [property: JsonPropertyName("f")] Failure Failure) : RunEvent(At);

    /// <summary>The node was admitted and its next attempt is to be started.</summary>
    public sealed record AttemptStarted(
        DateTimeOffset At, [property: JsonPropertyName("n")] int Node, [property: JsonPropertyName("k")] int Number) : RunEvent(At);

    /// <summary>The attempt ended, with outputs or with a failure.</summary>
    public sealed record AttemptEnded(
        DateTimeOffset At, [property: JsonPropertyName("n")] int Node, [property: JsonPropertyName("k")] int Number,
        [property: JsonPropertyName("o")] JsonElement? Outputs, [property: JsonPropertyName("f")] Failure? Failure) : RunEvent(At);

    /// <summary>The inline attempt waits for a time or a signal.</summary>
    public sealed record AttemptDeferred(
        DateTimeOffset At, [property: JsonPropertyName("n")] int Node, [property: JsonPropertyName("k")] int Number,
        [property: JsonPropertyName("u")] DateTimeOffset? Until, [property: JsonPropertyName("o")] JsonElement? OutputsAtUntil,
        [property: JsonPropertyName("f")] Failure? FailureAtUntil, [property: JsonPropertyName("s")] string? Signal) : RunEvent(At);

    /// <summary>The attempt was told to stop; how it ends is recorded as this failure.</summary>
    public sealed record StopRequested(
        DateTimeOffset At, [property: JsonPropertyName("n")] int Node, [property: JsonPropertyName("k")] int Number,
        [property: JsonPropertyName("f")] Failure Why) : RunEvent(At);

    /// <summary>The pause after a failed attempt is over.</summary>
    public sealed record RetryDue(
        DateTimeOffset At, [property: JsonPropertyName("n")] int Node, [property: JsonPropertyName("k")] int FailedNumber) : RunEvent(At);

    public sealed record CancelRequested(DateTimeOffset At, [property: JsonPropertyName("by")] string By) : RunEvent(At);

    public sealed record Paused(DateTimeOffset At, [property: JsonPropertyName("by")] string By) : RunEvent(At);

    public sealed record Unpaused(DateTimeOffset At, [property: JsonPropertyName("by")] string By) : RunEvent(At);

    /// <summary>
    /// A finished run goes on: the given nodes and all that hang on them start again; null stands for everything that
    /// did not succeed.
    /// </summary>
    public sealed record Rewound(
        DateTimeOffset At, [property: JsonPropertyName("n")] IReadOnlyList<int>? From, [property: JsonPropertyName("by")] string By) : RunEvent(At);

    /// <summary>An engine met a bug of its own while it worked on this run, and stopped. Nothing but the count changes.</summary>
    public sealed record Broke(
        DateTimeOffset At, [property: JsonPropertyName("by")] string Replica, [property: JsonPropertyName("w")] string Why) : RunEvent(At);

    /// <summary>The run broke engine after engine: all of it that has not ended is stopped, and it fails.</summary>
    public sealed record GivenUp(DateTimeOffset At, [property: JsonPropertyName("f")] Failure Failure) : RunEvent(At);

    /// <summary>Every node has ended; the run's outputs are known.</summary>
    public sealed record Ended(
        DateTimeOffset At, [property: JsonPropertyName("s")] RunStatus Status, [property: JsonPropertyName("o")] JsonElement Outputs,
        [property: JsonPropertyName("f")] Failure? Failure) : RunEvent(At);
}
