using MLPlatform.Core.Scheduling.Score;

namespace MLPlatform.Core.Scheduling.Simulation;

/// <summary>Who is next: the job with the smallest key; of equals the one that came first.</summary>
/// <param name="Name">As in the literature.</param>
/// <param name="Key">Of a job that waits, at an instant in seconds.</param>
/// <param name="Moves">Whether keys change while jobs wait, so that the order has to be looked at again.</param>
public sealed record QueueOrder(string Name, Func<QueueJob, double, double> Key, bool Moves)
{
    public static QueueOrder Fifo { get; } = new("FIFO", (job, _) => job.Submitted, Moves: false);

    public static QueueOrder ShortestJobFirst { get; } = new("SJF", (job, _) => job.Declared, Moves: false);

    public static QueueOrder SmallestArea { get; } = new("SmallestArea", (job, _) => job.Declared * job.Gpus, Moves: false);

    /// <summary>Tang, Lan, Desai, Buettner: Fault-aware, utility-based job scheduling on Blue Gene/P (2009).</summary>
    public static QueueOrder Wfp3 { get; } = new("WFP3", (job, now) => -Math.Pow((now - job.Submitted) / job.Declared, 3) * job.Gpus, Moves: true);

    public static QueueOrder Unicep { get; } = new("UNICEP", (job, now) => -(now - job.Submitted) / (Math.Log2(Math.Max(job.Gpus, 2)) * job.Declared), Moves: true);

    /// <summary>Carastan-Santos, de Camargo: Obtaining dynamic scheduling policies with simulation and machine learning (SC 2017).</summary>
    public static QueueOrder F1 { get; } = new("F1", (job, _) => (Math.Log10(job.Declared) * job.Gpus) + (870 * Math.Log10(job.Submitted)), Moves: false);
}

/// <summary>How a queue is served.</summary>
/// <param name="NodeSize">
/// Devices of a node, for the policy that keeps limits: headroom for short jobs, nobody passed over for ever, whole nodes brought forward. Null for
/// policies without limits.
/// </param>
public sealed record QueuePolicy(QueueOrder Order, Backfill Backfill, int? NodeSize = null)
{
    /// <summary>What the platform does by default.</summary>
    public static QueuePolicy Score(int nodeSize) =>
        new(new QueueOrder("Score", (job, _) => QueueKey.Of(job.Demand(nodeSize)), Moves: false), Backfill.Easy, nodeSize);
}

/// <summary>What happens when the next job does not fit.</summary>
public enum Backfill
{
    /// <summary>All wait for it.</summary>
    Strict,

    /// <summary>Whoever fits goes first.</summary>
    Skip,

    /// <summary>It is promised the earliest instant at which enough devices are free; who does not delay that goes first (EASY).</summary>
    Easy,
}
