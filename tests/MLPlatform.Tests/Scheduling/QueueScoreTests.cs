using MLPlatform.Core.Scheduling.Score;
using Xunit;

namespace MLPlatform.Tests.Scheduling;

/// <summary>Who goes before whom.</summary>
public sealed class QueueScoreTests
{
    [Fact]
    public void Shorter_and_smaller_work_goes_first()
    {
        double key = QueueKey.Of(new(1000, 4, false));
        Assert.True(QueueKey.Of(new(999, 4, false)) < key);
        Assert.True(QueueKey.Of(new(1000, 3, false)) < key);
    }

    [Fact]
    public void Work_that_fills_nodes_is_taken_for_several_times_smaller() =>
        Assert.Equal(Math.Log(QueueKey.WholeNodesAre), QueueKey.Of(new(1000, 8, false)) - QueueKey.Of(new(1000, 8, true)), 9);

    [Fact]
    public void The_unit_of_size_does_not_matter()
    {
        double devices = QueueKey.Of(new(1000, 8, false)) - QueueKey.Of(new(500, 2, false));
        Assert.Equal(devices, QueueKey.Of(new(1000, 0.8, false)) - QueueKey.Of(new(500, 0.2, false)), 9);
    }

    [Fact]
    public void A_score_moves_work_by_at_most_a_half_of_its_size_and_none_by_nothing()
    {
        double none = QueueKey.Of(new(1000, 1, false));
        Assert.Equal(none, QueueKey.Of(new(1000, 1, false, 50)));
        Assert.Equal(QueueKey.Of(new(1000 / QueueKey.StandingIs, 1, false)), QueueKey.Of(new(1000, 1, false, 100)), 9);
        Assert.Equal(QueueKey.Of(new(1000 * QueueKey.StandingIs, 1, false)), QueueKey.Of(new(1000, 1, false, 0)), 9);
        Assert.Equal(QueueKey.Of(new(1000, 1, false, 100)), QueueKey.Of(new(1000, 1, false, 1e9)));
    }

    [Theory]
    // The limit is 4.5 times the backlog less four tenths of the own time, and never below a fifth of the typical time.
    [InlineData(4501, 0, 1000, 100, true)]
    [InlineData(4499, 0, 1000, 100, false)]
    [InlineData(4101, 1000, 1000, 100, true)]
    [InlineData(4099, 1000, 1000, 100, false)]
    [InlineData(21, 0, 0, 100, true)]
    [InlineData(19, 0, 0, 100, false)]
    public void Who_waited_several_times_the_backlog_is_overdue(double waited, double seconds, double backlog, double typical, bool overdue) =>
        Assert.Equal(overdue, WaitLimit.Overdue(waited, seconds, backlog, typical));

    [Fact]
    public void Long_work_is_held_back_for_short_work_and_not_where_there_is_too_little_to_keep()
    {
        WorkProfile profile = new();
        profile.Add(10, 1000);
        profile.Add(1000, 10);
        // Half of all work is shorter, so 7.5 % of the capacity is kept: 7 of 100 devices, none of 10.
        foreach ((double capacity, double held, bool fits) in new[] { (100.0, 92.0, true), (100, 93, false), (10, 9, true) })
        {
            Headroom headroom = new(capacity, profile);
            headroom.Start(1000, held);
            headroom.Look();
            Assert.Equal(fits, headroom.Fits(new(1000, 1, false)));
            Assert.True(headroom.Fits(new(1000, 1, true)));
            Assert.True(headroom.Fits(new(10, 1, false)));
            headroom.End(1000, held);
            headroom.Look();
            Assert.True(headroom.Fits(new(1000, capacity, false)));
        }
    }

    [Fact]
    public void What_has_typically_run_is_weighed_by_its_work()
    {
        WorkProfile profile = new();
        Assert.Equal(0, profile.Typical);
        profile.Add(10, 1000);
        profile.Add(1000, 10);
        Assert.Equal(505, profile.Typical);
    }
}
