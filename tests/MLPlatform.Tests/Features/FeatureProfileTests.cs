using CsCheck;
using MLPlatform.Core.Features;
using Xunit;

namespace MLPlatform.Tests.Features;

public sealed class FeatureProfileTests
{
    private static readonly PlannedFeature Number = new("n", FeatureType.Double, null, "n", null, long.MaxValue, 0);
    private static readonly PlannedFeature Word = new("w", FeatureType.String, null, "w", null, long.MaxValue, 0);

    [Fact]
    public void Numbers_are_described_by_their_moments_and_percentiles()
    {
        FeatureProfile profile = Profile(Number, [.. Enumerable.Range(0, 101).Select(i => FeatureValue.Of((double)i)), FeatureValue.Missing, FeatureValue.Missing]);
        Assert.Equal((103, 2, 50, 0, 100), (profile.Rows, profile.Missing, profile.Mean, profile.Min, profile.Max));
        Assert.Equal(Math.Sqrt(850), profile.Deviation!.Value, 9);
        Assert.Equal(Enumerable.Range(0, 101).Select(i => (double)i), profile.Percentiles);
        Assert.Equal(2d / 103, profile.MissingRate);
    }

    [Fact]
    public void Texts_are_described_by_the_most_frequent()
    {
        FeatureProfile profile = Profile(Word, [FeatureValue.Of("b"), FeatureValue.Of("a"), FeatureValue.Of("b"), FeatureValue.Missing, FeatureValue.Of("c")]);
        Assert.Equal([new ValueShare("b", 0.5), new("a", 0.25), new("c", 0.25)], profile.Frequent);
        Assert.Null(profile.Mean);
    }

    [Fact]
    public void Nothing_and_missing_values_alone_are_described_too()
    {
        Assert.Equal((0, 0, null), (Profile(Number, []).Rows, Profile(Number, []).MissingRate, Profile(Number, []).Mean));
        Assert.Equal(1, Profile(Number, [FeatureValue.Missing]).MissingRate);
    }

    [Fact]
    public void The_same_values_have_no_drift_and_more_shift_has_more() =>
        Gen.Select(Gen.Int[0, 1000], Gen.Int[200, 3000]).Sample((seed, count) =>
        {
            FeatureProfile before = Profile(Number, Normal(seed, count, 0));
            Assert.Equal(0, before.DriftFrom(before)!.Psi, 9);
            double little = Profile(Number, Normal(seed, count, 0.2)).DriftFrom(before)!.Psi, much = Profile(Number, Normal(seed, count, 1.5)).DriftFrom(before)!.Psi;
            Assert.True(little < 0.25 && much > 0.5 && little >= 0, $"{little} {much}");
        }, iter: 20);

    [Fact]
    public void Values_that_go_missing_are_drift()
    {
        FeatureValue[] all = Normal(1, 500, 0), half = [.. all.Select((v, i) => i % 2 == 0 ? v : FeatureValue.Missing)];
        Assert.True(Profile(Number, half).DriftFrom(Profile(Number, all))!.Psi > 0.25);
        Assert.Null(Profile(Number, all).DriftFrom(Profile(Number, [])));
    }

    [Fact]
    public void Words_that_change_places_are_drift()
    {
        FeatureProfile before = Profile(Word, [.. Enumerable.Range(0, 100).Select(i => FeatureValue.Of(i < 90 ? "a" : "b"))]);
        FeatureProfile after = Profile(Word, [.. Enumerable.Range(0, 100).Select(i => FeatureValue.Of(i < 90 ? "b" : "a"))]);
        Assert.Equal(2 * 0.8 * Math.Log(9), after.DriftFrom(before)!.Psi, 9);
    }

    private static FeatureProfile Profile(PlannedFeature feature, FeatureValue[] values)
    {
        FeatureProfiler profiler = new(feature);
        foreach (FeatureValue value in values)
            profiler.Take(value);
        return profiler.Profile();
    }

    private static FeatureValue[] Normal(int seed, int count, double shift)
    {
        Random random = new(seed);
        return [.. Enumerable.Range(0, count).Select(_ => FeatureValue.Of(shift + (Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble()))))];
    }
}
