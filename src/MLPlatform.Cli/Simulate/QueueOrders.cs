using MLPlatform.Core.Scheduling.Simulation;

namespace MLPlatform.Cli.Simulate;

/// <summary>The orders of queues by name, each with what happens to those behind a job that does not fit.</summary>
internal static class QueueOrders
{
    private static readonly Dictionary<string, (QueueOrder Order, Backfill Backfill)> All = new(StringComparer.Ordinal)
    {
        ["fifo-strict"] = (QueueOrder.Fifo, Backfill.Strict),
        ["fifo-skip"] = (QueueOrder.Fifo, Backfill.Skip),
        ["fifo"] = (QueueOrder.Fifo, Backfill.Easy),
        ["sjf-skip"] = (QueueOrder.ShortestJobFirst, Backfill.Skip),
        ["sjf"] = (QueueOrder.ShortestJobFirst, Backfill.Easy),
        ["smallest-area"] = (QueueOrder.SmallestArea, Backfill.Easy),
        ["wfp3"] = (QueueOrder.Wfp3, Backfill.Easy),
        ["unicep"] = (QueueOrder.Unicep, Backfill.Easy),
        ["f1"] = (QueueOrder.F1, Backfill.Easy),
    };

    public static IEnumerable<string> Names => All.Keys;

    public static QueueResult Run(string name, IReadOnlyList<QueueJob> jobs, int gpus) => QueueExperiment.Run(jobs, gpus, All[name].Order, All[name].Backfill);
}
