namespace MLPlatform.Core.Bees;

/// <summary>What became of a batch.</summary>
public enum BatchOutcome
{
    /// <summary>All of it, or the part that was not there yet, is durable now.</summary>
    Stored,

    /// <summary>It was durable before; nothing was written.</summary>
    Duplicate,

    /// <summary>It begins behind the durable position, and what lies between was not declared lost: send from there.</summary>
    Hole,

    /// <summary>It will never be taken as it is: see the code.</summary>
    Refused,
}

/// <summary>The collector's answer to a request, given after everything it says is stored is durable.</summary>
/// <param name="Now">The collector's clock, so that an agent can tell how far its own is off.</param>
/// <param name="Batches">One for each batch, in the order of the request.</param>
public sealed record CollectorAnswer(DateTimeOffset Now, IReadOnlyList<BatchAnswer> Batches);

/// <param name="Durable">Everything of the channel before this position is durable. An agent goes on here.</param>
/// <param name="Code">Why a batch was not stored: BEES-0NN. Null where it was.</param>
public sealed record BatchAnswer(string Source, string Channel, BatchOutcome Outcome, long Durable, string? Code = null, string? Message = null);

/// <summary>The durable positions of channels: where an agent goes on that starts anew.</summary>
public sealed record ChannelPositions(DateTimeOffset Now, IReadOnlyList<ChannelPosition> Channels);

/// <param name="Durable">Everything before it is durable.</param>
/// <param name="Agent">Who sent last on it.</param>
/// <param name="Ended">Nothing follows on it.</param>
public sealed record ChannelPosition(string Channel, string? Path, long Durable, string Agent, bool Ended);
