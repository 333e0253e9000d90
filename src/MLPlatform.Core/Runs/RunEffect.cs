namespace MLPlatform.Core.Runs;

/// <summary>What the engine must do because of an event. Effects are derived, never stored: a recovered state gives them again.</summary>
public abstract record RunEffect
{
    private RunEffect() { }

    /// <summary>Evaluate the node's condition, list and inputs, and look it up in the cache.</summary>
    public sealed record Bind(int Node) : RunEffect;

    /// <summary>Make sure that the attempt, whose start is recorded, runs.</summary>
    public sealed record Start(int Node, int Number) : RunEffect;

    /// <summary>Ask the attempt to end.</summary>
    public sealed record Stop(int Node, int Number) : RunEffect;

    /// <summary>The waiting attempt is over; nobody else will tell its end.</summary>
    public sealed record EndWaiting(int Node, int Number, DateTimeOffset At, Failure Why) : RunEffect;

    /// <summary>Wake the node's retry at this time.</summary>
    public sealed record RetryAt(int Node, int FailedNumber, DateTimeOffset At) : RunEffect;

    /// <summary>Wake the waiting attempt at this time.</summary>
    public sealed record WakeAt(int Node, int Number, DateTimeOffset At) : RunEffect;

    /// <summary>Stop the attempt at this time if it still runs.</summary>
    public sealed record TimeoutAt(int Node, int Number, DateTimeOffset At) : RunEffect;

    /// <summary>The node no longer holds what its attempt held.</summary>
    public sealed record Release(int Node) : RunEffect;

    /// <summary>Every node has ended: evaluate the outputs and end the run.</summary>
    public sealed record Finish : RunEffect;
}
