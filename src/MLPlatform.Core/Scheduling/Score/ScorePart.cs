namespace MLPlatform.Core.Scheduling.Score;

/// <summary>One part of a score.</summary>
/// <param name="Weight">How much it counts against the other parts.</param>
/// <param name="Value">From 0 to 1; null where it is not known, which counts as a half.</param>
/// <param name="Advice">In a person's words, with the numbers: what was asked for and used, and what to ask for instead.</param>
public sealed record ScorePart(ScoreAspect Aspect, double Weight, double? Value, string Advice);

/// <summary>What a score looks at.</summary>
public enum ScoreAspect
{
    /// <summary>How short the declared run time is, and how near to what it took.</summary>
    RunTime,

    /// <summary>How long it waited.</summary>
    Queueing,

    /// <summary>How many of the cores it used.</summary>
    Cpu,

    /// <summary>How much of the memory it used.</summary>
    Memory,

    /// <summary>How busy its GPUs were, and how little their number leaves unusable.</summary>
    Gpu,

    /// <summary>How little of the pool it asks for.</summary>
    Demand,
}
