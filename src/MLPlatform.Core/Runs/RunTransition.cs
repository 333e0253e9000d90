namespace MLPlatform.Core.Runs;

/// <summary>What the machine answers to an event.</summary>
public abstract record RunTransition
{
    private RunTransition() { }

    /// <summary>The event was accepted and belongs in the journal.</summary>
    public sealed record Moved : RunTransition
    {
        public static Moved Instance { get; } = new();
    }

    /// <summary>Old news: delivery is at least once, so this is normal.</summary>
    public sealed record Ignored(string Why) : RunTransition;

    /// <summary>The event makes no sense in this state.</summary>
    public sealed record Refused(string Why) : RunTransition;
}
