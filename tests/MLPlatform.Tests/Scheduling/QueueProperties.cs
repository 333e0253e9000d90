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
        QueueResult easy = QueueExperiment.Run(jobs, 5, new(QueueOrder.Fifo, Backfill.Easy));
        QueueResult skip = QueueExperiment.Run(jobs, 5, new(QueueOrder.Fifo, Backfill.Skip));
        QueueResult strict = QueueExperiment.Run(jobs, 5, new(QueueOrder.Fifo, Backfill.Strict));
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
                QueueResult result = QueueExperiment.Run(jobs, 8, new QueuePolicy(order, backfill));
                Assert.Equal(jobs.Length, result.Jobs);
                Assert.InRange(result.Utilisation, 0, 1);
                Assert.True(result.WaitPercentiles[0] >= 0 && result.LongestWait >= result.WaitPercentiles[100]);
                Assert.Equal(result.MeanWait + jobs.Average(j => j.Seconds), result.MeanCompletion, 6);
            }
        }
    }, iter: 300);

    [Fact]
    public void A_job_larger_than_the_cluster_is_refused() =>
        Assert.Throws<ArgumentException>(() => QueueExperiment.Run([new QueueJob(0, 1, 9)], 8, new(QueueOrder.Fifo, Backfill.Easy)));

    [Fact]
    public void By_score_nobody_waits_longer_than_the_bound_and_nothing_is_lost() => Jobs.Sample(jobs =>
    {
        foreach (int node in (int[])[1, 4])
        {
            QueueResult result = QueueExperiment.Run(jobs, 8, QueuePolicy.Score(node));
            Assert.Equal(jobs.Length, result.Jobs);
            Assert.InRange(result.LongestWait, 0, result.WaitBound!.Value);
            Assert.Equal(result.MeanWait + jobs.Average(j => j.Seconds), result.MeanCompletion, 6);
        }
    }, iter: 1000);

    [Fact]
    public void Through_the_scheduler_nothing_is_lost_and_nobody_waits_longer_than_the_bound() => Jobs.Sample(jobs =>
    {
        QueueResult result = SchedulerExperiment.Run(jobs, 8, 4);
        Assert.Equal(jobs.Length, result.Jobs);
        Assert.InRange(result.LongestWait, 0, result.WaitBound!.Value);
        Assert.InRange(result.Utilisation, 0, 1);
    }, iter: 500);

    [Fact]
    public void Long_work_leaves_a_device_for_short_work_that_comes_later()
    {
        // A sixth of all work is short, so two of 100 devices are kept from the long jobs that start at 600; without, all are held until 1600, and long jobs are put off in turn.
        List<QueueJob> jobs = [.. Enumerable.Range(0, 600).Select(i => new QueueJob(0, 100, 1)), .. Enumerable.Range(0, 300).Select(i => new QueueJob(1, 1000, 1))];
        QueueJob[] late = [.. Enumerable.Range(0, 2).Select(i => new QueueJob(1500, 10, 1))];
        Assert.Equal(0, WaitOf(late, QueuePolicy.Score(1)), 6);
        Assert.Equal(120, WaitOf(late, new QueuePolicy(QueueOrder.SmallestArea, Backfill.Easy)), 6);

        // The mean wait of those that come late: that of all, less that of the others alone.
        double WaitOf(QueueJob[] extra, QueuePolicy policy)
        {
            QueueResult with = QueueExperiment.Run([.. jobs, .. extra], 100, policy), without = QueueExperiment.Run(jobs, 100, policy);
            return ((with.MeanWait * with.Jobs) - (without.MeanWait * without.Jobs)) / extra.Length;
        }
    }
}
