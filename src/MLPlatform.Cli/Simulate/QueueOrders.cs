using MLPlatform.Core.Scheduling.Simulation;

namespace MLPlatform.Cli.Simulate;

/// <summary>The orders of queues by name, each with what happens to those behind a job that does not fit.</summary>
internal static class QueueOrders
{
    private static readonly Dictionary<string, QueuePolicy> References = new(StringComparer.Ordinal)
    {
        ["fifo-strict"] = new(QueueOrder.Fifo, Backfill.Strict),
        ["fifo-skip"] = new(QueueOrder.Fifo, Backfill.Skip),
        ["fifo"] = new(QueueOrder.Fifo, Backfill.Easy),
        ["sjf-skip"] = new(QueueOrder.ShortestJobFirst, Backfill.Skip),
        ["sjf"] = new(QueueOrder.ShortestJobFirst, Backfill.Easy),
        ["smallest-area"] = new(QueueOrder.SmallestArea, Backfill.Easy),
        ["wfp3"] = new(QueueOrder.Wfp3, Backfill.Easy),
        ["unicep"] = new(QueueOrder.Unicep, Backfill.Easy),
        ["f1"] = new(QueueOrder.F1, Backfill.Easy),
    };

    /// <summary>What the platform does, before what is known from elsewhere.</summary>
    private const string Default = "default";

    /// <summary>The same through the scheduler that the server runs.</summary>
    private const string Live = "scheduler";

    public static IEnumerable<string> Names => [Default, Live, .. References.Keys];

    /// <param name="node">Devices of a node.</param>
    public static QueueResult Run(string name, IReadOnlyList<QueueJob> jobs, int gpus, int node) =>
        name == Live ? SchedulerExperiment.Run(jobs, gpus, node) : QueueExperiment.Run(jobs, gpus, name == Default ? QueuePolicy.Score(node) : References[name]);
}
