namespace MLPlatform.Core.Bees;

/// <summary>What to do with a batch, given how far its channel is durable.</summary>
public abstract record LandingDecision
{
    private LandingDecision() { }

    /// <summary>Keep it.</summary>
    /// <param name="From">Records before this position are durable already and are left out.</param>
    public sealed record Append(long From) : LandingDecision;

    /// <summary>It is durable already.</summary>
    public sealed record Duplicate(long Durable) : LandingDecision;

    /// <summary>Positions between are missing and not declared lost.</summary>
    public sealed record Hole(long Durable) : LandingDecision;
}

/// <summary>Decides what becomes of a batch. This is where nothing comes in twice and nothing goes missing.</summary>
public static class LandingRule
{
    /// <param name="durable">Everything of the channel before it is durable; null where nothing of the channel is.</param>
    /// <param name="ended">The channel's end is durable too.</param>
    public static LandingDecision Decide(long? durable, bool ended, BatchHeader batch)
    {
        long known = durable ?? batch.Start;
        if (batch.From - batch.LostBytes > known)
            return new LandingDecision.Hole(known);
        // A batch without positions has something to say where it is the channel's first, or its end.
        bool news = batch.To > known || (batch.To == known && (durable is null || (batch.Ended && !ended)));
        return news ? new LandingDecision.Append(Math.Max(batch.From, known)) : new LandingDecision.Duplicate(known);
    }
}
