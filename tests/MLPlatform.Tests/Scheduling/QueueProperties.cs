using CsCheck;
using MLPlatform.Core.Scheduling.Simulation;
using Xunit;

namespace MLPlatform.Tests.Scheduling;

/// <summary>Jobs that wait for devices: figures that can be worked out by hand, and what holds whatever comes.</summary>
public sealed class QueueProperties
{
    private static readonly Gen<QueueJob[]> Jobs =
        (from submitted in Gen.Int[0, 40] from seconds in Gen.Int[1, 30] from gpus in Gen.Int[1, 8] select new QueueJob(submitted, seconds, gpus)).Array[1, 40];

    [Fact]
    public void A_small_job_passes_a_large_one_that_waits_only_if_it_does_not_delay_it()
    {
        // 5 devices: one job holds 3 until 10; the next wants all 5. Of the two behind it one ends by 10, the other would not.
        QueueJob[] jobs = [new(0, 10, 3), new(1, 5, 5), new(2, 8, 1), new(3, 20, 1)];
        QueueResult easy = QueueExperiment.Run(jobs, 5, QueueOrder.Fifo, Backfill.Easy);
        QueueResult skip = QueueExperiment.Run(jobs, 5, QueueOrder.Fifo, Backfill.Skip);
        QueueResult strict = QueueExperiment.Run(jobs, 5, QueueOrder.Fifo, Backfill.Strict);
        // Waits: easy 0, 9, 0, 12 (behind the large one); skip 0, 22, 0, 0; strict 0, 9, 13, 12.
        Assert.Equal([21.0, 22.0, 34.0], ((QueueResult[])[easy, skip, strict]).Select(r => Math.Round(r.MeanWait * 4, 6)));
    }

    [Fact]
    public void Nothing_is_lost_and_no_more_devices_are_held_than_there_are() => Jobs.Sample(jobs =>
    {
        foreach (Backfill backfill in Enum.GetValues<Backfill>())
        {
            foreach (QueueOrder order in (QueueOrder[])[QueueOrder.Fifo, QueueOrder.ShortestJobFirst, QueueOrder.SmallestArea, QueueOrder.Wfp3, QueueOrder.Unicep])
            {
                QueueResult result = QueueExperiment.Run(jobs, 8, order, backfill);
                Assert.Equal(jobs.Length, result.Jobs);
                Assert.InRange(result.Utilisation, 0, 1);
                Assert.True(result.WaitPercentiles[0] >= 0 && result.LongestWait >= result.WaitPercentiles[100]);
                Assert.Equal(result.MeanWait + jobs.Average(j => j.Seconds), result.MeanCompletion, 6);
            }
        }
    }, iter: 300);

    [Fact]
    public void A_job_larger_than_the_cluster_is_refused() =>
        Assert.Throws<ArgumentException>(() => QueueExperiment.Run([new QueueJob(0, 1, 9)], 8, QueueOrder.Fifo, Backfill.Easy));
}
