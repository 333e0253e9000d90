using MLPlatform.Core.Scheduling.Score;
using Xunit;

namespace MLPlatform.Tests.Scheduling;

/// <summary>How long work that waits is expected to run.</summary>
public sealed class RunTimeEstimateTests
{
    [Fact]
    public void Without_history_what_was_declared_counts_and_without_that_nothing()
    {
        Assert.Null(RunTimeEstimate.Of([], null));
        Assert.Equal(new RunTimeEstimate(3600, EstimateBasis.Declared, 1), RunTimeEstimate.Of(Minutes(1, 2, 3, 4), TimeSpan.FromHours(1)));
    }

    [Fact]
    public void What_always_takes_the_same_is_expected_to_take_that() =>
        Assert.Equal(new RunTimeEstimate(600, EstimateBasis.History, 1), RunTimeEstimate.Of(Minutes([.. Enumerable.Repeat(10.0, 20)]), TimeSpan.FromHours(1)));

    [Fact]
    public void What_takes_longer_each_time_gets_the_margin_by_which_it_was_missed_before()
    {
        // Newest first: each takes a tenth longer than the one before it.
        RunTimeEstimate estimate = RunTimeEstimate.Of(Minutes([.. Enumerable.Range(0, 20).Select(i => Math.Pow(1.1, -i) * 60)]), null)!;
        Assert.InRange(estimate.Margin, 1.1, 1.5);
        // The 90th percentile alone would be 50 minutes, and the newest took 60.
        Assert.InRange(estimate.Seconds, 3599, 4500);
    }

    [Fact]
    public void Nothing_is_expected_to_run_longer_than_declared() =>
        Assert.Equal(new RunTimeEstimate(60, EstimateBasis.Declared, 1), RunTimeEstimate.Of(Minutes([.. Enumerable.Repeat(10.0, 20)]), TimeSpan.FromMinutes(1)));

    /// <summary>On run times that differ widely (their logarithms are normal), nine of ten end within the estimate: that is what the margin is for.</summary>
    [Theory, InlineData(0.1), InlineData(0.5), InlineData(1.0)]
    public void Nine_of_ten_end_within_the_estimate(double spread)
    {
        Random random = new(7);
        int within = 0;
        const int tries = 2000;
        for (int i = 0; i < tries; i++)
        {
            TimeSpan[] history = [.. Enumerable.Range(0, 21).Select(_ => TimeSpan.FromSeconds(600 * Math.Exp(spread * Normal(random))))];
            within += history[0].TotalSeconds <= RunTimeEstimate.Of(history[1..], null)!.Seconds ? 1 : 0;
        }
        Assert.InRange((double)within / tries, 0.88, 0.99);
    }

    private static double Normal(Random random) => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());

    private static IReadOnlyList<TimeSpan> Minutes(params double[] minutes) => [.. minutes.Select(TimeSpan.FromMinutes)];
}
