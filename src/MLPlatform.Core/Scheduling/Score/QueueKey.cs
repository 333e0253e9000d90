namespace MLPlatform.Core.Scheduling.Score;

/// <summary>
/// Who is next among work of equal priority and share: what takes least of the pool for the shortest time, with whole nodes and good askers
/// brought forward. Only relations between keys count, so neither the unit of time nor that of size matters.
/// </summary>
public static class QueueKey
{
    /// <summary>How much of its size counts: a little less than all, since large work waits for more to come free at once.</summary>
    public const double SizeCounts = 0.96;

    /// <summary>Work that fills nodes is taken for so many times smaller. Without, it waits longest of all; with more, everybody else does.</summary>
    public const double WholeNodesAre = 3.56;

    /// <summary>Work whose owner's score is 100 is taken for so many times smaller, with 0 for so many times larger.</summary>
    public const double StandingIs = 1.5;

    /// <summary>Smaller goes first.</summary>
    public static double Of(in QueueDemand demand) =>
        Math.Log(Math.Max(1, demand.Seconds)) + (SizeCounts * Math.Log(Math.Max(1e-9, demand.Size)))
        - (demand.WholeNodes ? Math.Log(WholeNodesAre) : 0)
        - (Math.Log(StandingIs) * (Math.Clamp(demand.Standing, 0, 100) - QueueDemand.Neutral) / QueueDemand.Neutral);
}
