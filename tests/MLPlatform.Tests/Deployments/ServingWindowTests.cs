using CsCheck;
using MLPlatform.Core.Deployments;
using Xunit;

namespace MLPlatform.Tests.Deployments;

public sealed class ServingWindowTests
{
    private static readonly DateTimeOffset Noon = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Figures_are_those_of_all_rows_whatever_order_impressions_and_feedback_come_in() =>
        Gen.Select(Gen.Select(Gen.Int[1, 3], Gen.Int[1, 19].Select(k => k / 20.0), Gen.Bool).Array[1, 60], Gen.Int).Sample((rows, seed) =>
        {
            ServingWindow window = new(TimeSpan.FromHours(1), 1000);
            Random random = new(seed);
            List<Action> happened = [];
            for (int i = 0; i < rows.Length; i++)
            {
                (int version, double score, bool positive) = rows[i];
                UInt128 key = ((UInt128)1 << 64) + (UInt128)i;
                SeenImpression shown = new(key, version, (float)score, Noon);
                happened.Add(() => window.Show(shown));
                if (!positive)
                    continue;
                happened.Add(() => window.Praise(key, 0));
                happened.Add(() => window.Praise(key, 0)); // Delivery is at least once.
            }
            foreach (Action next in happened.OrderBy(_ => random.Next()))
                next();
            foreach (VersionFigures f in window.Figures(Noon))
            {
                (int, double Score, bool Positive)[] own = [.. rows.Where(r => r.Item1 == f.Version)];
                Assert.Equal((own.Length, own.Count(r => r.Positive)), (f.Impressions, f.Positives));
                Assert.Equal(own.Average(r => -Math.Log(r.Positive ? (float)r.Score : 1 - (float)r.Score)), f.LogLoss!.Value, 1e-3);
                if (f.Auc is { } auc)
                    Assert.Equal(Auc(own), auc, 1e-9);
                Assert.Equal(own.All(r => r.Positive) || !own.Any(r => r.Positive), f.Auc is null);
            }
            Assert.Equal(rows.Length, window.Figures(Noon).Sum(f => f.Impressions));
        }, iter: 300);

    [Fact]
    public void Standard_errors_are_how_far_figures_scatter()
    {
        List<VersionFigures> samples = [];
        for (int sample = 0; sample < 400; sample++)
        {
            Random random = new(sample);
            ServingWindow window = new(TimeSpan.FromHours(1), 10_000);
            for (int i = 0; i < 500; i++)
            {
                double score = 0.05 + 0.4 * random.NextDouble();
                window.Show(new SeenImpression((UInt128)i, 1, (float)score, Noon));
                if (random.NextDouble() < score)
                    window.Praise((UInt128)i, 0);
                window.Ask(1, Noon, failed: false, TimeSpan.FromMilliseconds(random.NextDouble() * 100));
                if (i == 400)
                    Assert.Null(Assert.Single(window.Figures(Noon)).LatencyP99High); // The slowest of so few may well be faster than the p99.
                window.Ask(1, Noon, failed: false, TimeSpan.FromMilliseconds(random.NextDouble() * 100));
            }
            samples.Add(Assert.Single(window.Figures(Noon)));
        }
        AssertScatter(f => f.Auc!.Value, f => f.AucError!.Value);
        AssertScatter(f => f.LogLoss!.Value, f => f.LogLossError!.Value);
        AssertScatter(f => f.Calibration!.Value, f => f.CalibrationError!.Value);
        Assert.InRange(samples.Count(f => f.LatencyP99Low <= 99 && f.LatencyP99High >= 99), 390, 400);
        Assert.All(samples, f => Assert.True(f.LatencyP99Low <= f.LatencyP99 && f.LatencyP99 <= f.LatencyP99High));

        void AssertScatter(Func<VersionFigures, double> value, Func<VersionFigures, double> error)
        {
            double mean = samples.Average(value), scatter = Math.Sqrt(samples.Average(f => Math.Pow(value(f) - mean, 2)));
            Assert.InRange(samples.Average(error) / scatter, 0.9, 1.1);
        }
    }

    [Fact]
    public void Any_instant_can_be_told()
    {
        ServingWindow window = new(TimeSpan.FromDays(1), 1000);
        foreach (DateTimeOffset at in (DateTimeOffset[])[DateTimeOffset.MinValue, Noon, DateTimeOffset.MaxValue])
        {
            window.Show(new SeenImpression((UInt128)at.Ticks, 1, 0.5f, at));
            window.Event(at);
        }
        Assert.Equal(1, Assert.Single(window.Figures(DateTimeOffset.MinValue)).Impressions); // Time went on: what lies a day back is forgotten.
    }

    [Fact]
    public void A_shadow_shares_the_feedback_of_the_row_that_was_answered()
    {
        ServingWindow window = new(TimeSpan.FromHours(1), 1000);
        foreach (UInt128 key in (UInt128[])[100, 200])
        {
            window.Show(new SeenImpression(key, 1, 0.5f, Noon));
            window.Show(new SeenImpression(key, 2, 0.5f, Noon, Shadow: true));
        }
        Assert.True(window.Praise(100, 0));
        Assert.False(window.Praise(100, 0));
        Assert.Equal([(1, 2, 1), (2, 2, 1)], window.Figures(Noon).Select(f => (f.Version, f.Impressions, f.Positives)));
        Assert.Equal(0, window.Early);
    }

    [Fact]
    public void Old_impressions_are_forgotten_and_memory_is_bounded()
    {
        ServingWindow window = new(TimeSpan.FromMinutes(10), 50);
        for (int i = 0; i < 500; i++)
        {
            window.Show(new SeenImpression((UInt128)(i + 1) << 40, 1, 0.5f, Noon.AddSeconds(i)));
            window.Praise((UInt128)(i + 1) << 80, 0);
        }
        Assert.InRange(window.Waiting, 1, 50);
        Assert.InRange(window.Early, 1, 50);
        window.Show(new SeenImpression(7, 1, 0.5f, Noon.AddHours(1)));
        Assert.Equal(1, window.Waiting);
        Assert.Equal(1, window.Figures(Noon).Single().Impressions);
    }

    [Fact]
    public void Requests_tell_errors_and_how_long_they_took()
    {
        ServingWindow window = new(TimeSpan.FromHours(1), 10);
        for (int i = 1; i <= 100; i++)
            window.Ask(1, Noon, failed: i % 10 == 0, TimeSpan.FromMilliseconds(i));
        VersionFigures figures = window.Figures(Noon).Single();
        Assert.Equal((100, 10, 0.1), (figures.Requests, figures.Errors, figures.ErrorRate));
        Assert.InRange(figures.LatencyP50!.Value, 50, 55);
        Assert.InRange(figures.LatencyP99!.Value, 99, 109);
    }

    private static double Auc((int, double Score, bool Positive)[] rows)
    {
        double area = 0, pairs = 0;
        foreach (double p in rows.Where(r => r.Positive).Select(r => r.Score))
        {
            foreach (double n in rows.Where(r => !r.Positive).Select(r => r.Score))
                (area, pairs) = (area + (p > n ? 1 : p == n ? 0.5 : 0), pairs + 1);
        }
        return area / pairs;
    }
}
