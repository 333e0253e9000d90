using CsCheck;
using MLPlatform.Core.Features;
using Xunit;

namespace MLPlatform.Tests.Features;

public sealed class FeatureTimelineTests
{
    [Theory]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public void The_version_in_force_at_any_instant_is_what_the_history_says_was_known(bool replaces, bool expires)
    {
        FeatureGroup group = FeatureHistories.Group(replaces, expires);
        FeatureHistories.Any.Sample(history =>
        {
            foreach (string user in history.Select(r => r.User).Distinct())
            {
                List<FeatureVersion> versions = Versions(group, history, user);
                Assert.Equal(versions.Select(v => v.KnownFrom).Distinct().Order(), versions.Select(v => v.KnownFrom));
                for (long at = 0; at <= 140 * FeatureHistories.Second; at += FeatureHistories.Second)
                {
                    FeatureVersion? found = versions.LastOrDefault(v => v.KnownFrom <= at);
                    Assert.Equal(FeatureOracle.At(history, group, user, at), found?.Values);
                }
            }
        }, iter: 60);
    }

    [Fact]
    public void A_leak_would_be_seen()
    {
        // The same history with one arrival moved behind the label's time must not be the same to the oracle.
        FeatureGroup group = FeatureHistories.Group(replaces: false, expires: false);
        HistoryRow row = new("u0", 10, 10, "a", 1, "buy", 3);
        Assert.NotEqual(FeatureOracle.At([row], group, "u0", 20), FeatureOracle.At([row with { Arrival = 30 }], group, "u0", 20));
    }

    [Fact]
    public void An_exact_sum_takes_back_what_was_added_and_does_not_mind_the_order() =>
        Gen.Select(Gen.Double[-1e300, 1e300].Array[1, 30], Gen.Double.Where(double.IsFinite).Array[0, 20], Gen.Int).Sample((kept, gone, seed) =>
        {
            ExactSum sum = new(), other = new();
            foreach (double number in gone.Concat(kept))
                sum.Add(number);
            foreach (double number in gone)
                sum.Add(-number);
            double[] shuffled = [.. kept];
            new Random(seed).Shuffle(shuffled);
            foreach (double number in shuffled)
                other.Add(number);
            Assert.Equal(BitConverter.DoubleToInt64Bits(other.Value), BitConverter.DoubleToInt64Bits(sum.Value));
        });

    [Fact]
    public void An_exact_sum_is_rounded_once_to_the_nearest_even() =>
        Gen.Select(Gen.Int[-1000, 1000], Gen.Long[-(1L << 62), 1L << 62], Gen.Long[-(1L << 62), 1L << 62], Gen.Int[0, 70]).Sample((exponent, a, b, shift) =>
        {
            // The truth by whole numbers of any size: (a * 2^shift + b) * 2^exponent, where a and b are doubles first.
            double x = Math.ScaleB((double)a, exponent - 500 + shift), y = Math.ScaleB((double)b, exponent - 500);
            if (!double.IsNormal(x) || !double.IsNormal(y))
                return;
            ExactSum sum = new();
            sum.Add(x);
            sum.Add(y);
            Assert.Equal(x + y, sum.Value); // Two terms: the machine rounds their exact sum once.
            sum.Add(1e-300);
            sum.Add(-x);
            sum.Add(-y);
            Assert.Equal(1e-300, sum.Value);
        });

    [Theory]
    [InlineData(new[] { 1e16, 1, 1 }, 1e16 + 2)]
    [InlineData(new[] { double.MaxValue, double.MaxValue, -double.MaxValue }, double.MaxValue)]
    [InlineData(new[] { double.MaxValue, double.MaxValue }, double.PositiveInfinity)]
    [InlineData(new[] { double.Epsilon, double.Epsilon }, 2 * double.Epsilon)]
    [InlineData(new[] { 0.1, 0.2, -0.3 }, 2.7755575615628914E-17)]
    [InlineData(new double[0], 0)]
    public void Known_sums(double[] numbers, double expected)
    {
        ExactSum sum = new();
        foreach (double number in numbers)
            sum.Add(number);
        Assert.Equal(expected, sum.Value);
    }

    private static List<FeatureVersion> Versions(FeatureGroup group, IReadOnlyList<HistoryRow> history, string user)
    {
        List<FeatureVersion> versions = [];
        FeatureTimeline timeline = new(FeaturePlanOf(group), group.EventId is not null, versions.Add);
        foreach (FeatureEvent happened in HistoryEvents.Of(group, history, user))
            timeline.Add(happened);
        timeline.End();
        return versions;
    }

    private static IReadOnlyList<PlannedFeature> FeaturePlanOf(FeatureGroup group) => PlannedFeature.AllOf(group);
}
