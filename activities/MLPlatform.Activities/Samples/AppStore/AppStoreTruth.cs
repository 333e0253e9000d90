namespace MLPlatform.Activities.Samples.AppStore;

/// <summary>What was written to one log, so that a test can hold the cleaning to it. The lines are the sum of all but <see cref="Late"/>.</summary>
public sealed class LogTruth
{
    /// <summary>Lines in all files.</summary>
    public long Lines { get; internal set; }

    /// <summary>Lines that are not JSON.</summary>
    public long Broken { get; internal set; }

    /// <summary>Lines with a field of a wrong type.</summary>
    public long WrongType { get; internal set; }

    /// <summary>Lines without a field that they need.</summary>
    public long MissingField { get; internal set; }

    /// <summary>Second deliveries of a sound event.</summary>
    public long Duplicates { get; internal set; }

    /// <summary>Sound events, each counted once: what cleaning must keep.</summary>
    public long Sound { get; internal set; }

    /// <summary>Lines of any of these kinds in the file of the day after their own.</summary>
    public long Late { get; internal set; }
}

/// <summary>What the simulator knows about the logs that it wrote.</summary>
public sealed class AppStoreTruth
{
    public LogTruth Impressions { get; } = new();

    public LogTruth Feedback { get; } = new();

    /// <summary>Sound impressions with a sound click within the attribution window.</summary>
    public long Clicked { get; internal set; }

    /// <summary>Sound impressions with a sound download within the attribution window.</summary>
    public long Downloaded { get; internal set; }

    /// <summary>Clicks, sound or not, that came after the attribution window.</summary>
    public long AfterWindow { get; internal set; }

    /// <summary>Sound clicks that refer to no impression at all.</summary>
    public long Orphans { get; internal set; }

    /// <summary>The AUC of the true click probabilities over the sound impressions: no model can be better but by luck.</summary>
    public double BayesAuc { get; internal set; }
}
