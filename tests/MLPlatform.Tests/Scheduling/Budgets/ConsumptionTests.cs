using CsCheck;
using MLPlatform.Core.Plans;
using MLPlatform.Core.Scheduling.Budgets;
using Xunit;

namespace MLPlatform.Tests.Scheduling.Budgets;

public sealed class ConsumptionTests
{
    private static readonly DateTimeOffset March = new(2026, 3, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly ResourceRequest TwoGpus = new(1000, 1 << 20, 2000);

    [Fact]
    public void An_attempt_across_the_end_of_a_month_counts_in_both()
    {
        ConsumptionSums sums = new();
        sums.Add("ads", "ann", TwoGpus, March.AddHours(-1), March.AddHours(3));
        Assert.Equal([("2026-02", 2.0), ("2026-03", 6.0)], sums.Rows.Select(r => (r.Key.Month.ToString(), r.GpuHours)));
        Assert.Equal([March.AddHours(-1), March], sums.Rows.Select(r => r.Since));
    }

    [Fact]
    public void A_month_is_one_of_UTC_wherever_the_attempt_ran()
    {
        ConsumptionSums sums = new();
        DateTimeOffset inShanghai = new(2026, 3, 1, 6, 0, 0, TimeSpan.FromHours(8)); // The evening before in UTC.
        sums.Add("ads", "", TwoGpus, inShanghai, inShanghai.AddHours(1));
        Assert.Equal("2026-02", Assert.Single(sums.Rows).Key.Month.ToString());
    }

    [Fact]
    public void What_holds_nothing_and_what_took_no_time_leaves_no_row()
    {
        ConsumptionSums sums = new();
        sums.Add("ads", "", ResourceRequest.None, March, March.AddHours(1));
        sums.Add("ads", "", TwoGpus, March, March);
        Assert.Equal(0, sums.Count);
    }

    [Fact]
    public void Thousands_of_devices_over_a_month_do_not_overflow()
    {
        ConsumptionSums sums = new();
        sums.Add("ads", "", new ResourceRequest(1, 1, 10_000_000), March, March.AddMonths(1));
        Assert.Equal(10_000 * 24 * 31, Assert.Single(sums.Rows).GpuHours);
    }

    [Fact]
    public void Use_of_a_half_life_ago_counts_half()
    {
        ConsumptionSums sums = new();
        DateTimeOffset end = March.AddDays(2);
        sums.Add("ads", "", TwoGpus, end.AddSeconds(-1), end);
        Assert.Equal(2, PastUse.Of(sums.Rows, end).GpuSeconds, 1e-4);
        Assert.Equal(1, PastUse.Of(sums.Rows, end + PastUse.HalfLife).GpuSeconds, 1e-4);
        Assert.Equal(0.25, PastUse.Of(sums.Rows, end + (PastUse.HalfLife * 3)).GpuSeconds, 1e-4);
    }

    [Fact]
    public void A_steady_use_is_its_own_mean_from_the_first_hour_on()
    {
        foreach (double hours in new[] { 1, 24, 24 * 7, 24 * 60.0 })
        {
            ConsumptionSums sums = new();
            DateTimeOffset now = March.AddHours(5);
            for (double h = 0; h < hours; h++)
                sums.Add("ads", "", TwoGpus, now.AddHours(-h - 1), now.AddHours(-h));
            Assert.Equal(2, PastUse.Mean(sums.Rows, now).GpuSeconds, 1e-6);
        }
    }

    // However attempts are cut, ordered and shared out between servers, the sums are those of the whole.
    [Fact]
    public void Sums_are_the_same_however_use_is_cut_and_ordered() => Gen.Select(
        Gen.Double[0, 60 * 24].Array[2, 12], Gen.Int[1, 16_000], Gen.Int).Sample((hours, milli, seed) =>
    {
        ResourceRequest held = new(1500, 1 << 30, milli);
        DateTimeOffset[] cuts = [.. hours.Order().Select(h => March.AddHours(h))];
        ConsumptionSums whole = new(), parts = new();
        whole.Add("ads", "ann", held, cuts[0], cuts[^1]);
        (DateTimeOffset, DateTimeOffset)[] pieces = [.. cuts.Zip(cuts.Skip(1))];
        new Random(seed).Shuffle(pieces);
        foreach ((DateTimeOffset from, DateTimeOffset until) in pieces)
            parts.Add("ads", "ann", held, from, until);
        Assert.Equal(whole.Rows.Select(r => r.Key), parts.Rows.Select(r => r.Key));
        DateTimeOffset now = March.AddDays(70);
        Assert.All(whole.Rows.Zip(parts.Rows), p => Assert.InRange(p.First.GpuMicroseconds - p.Second.GpuMicroseconds, 0, pieces.Length));
        double expected = PastUse.Of(whole.Rows, now).MemoryByteSeconds;
        Assert.Equal(expected, PastUse.Of(parts.Rows, now).MemoryByteSeconds, (expected * 1e-9) + 1e-6);
    });
}
