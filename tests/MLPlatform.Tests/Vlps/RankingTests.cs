using CsCheck;
using MLPlatform.Vlps.Metrics;
using Xunit;

namespace MLPlatform.Tests.Vlps;

public sealed class RankingTests
{
    // Few distinct scores, so that ties are everywhere.
    private static readonly Gen<(float Score, byte Label)[]> Rows =
        Gen.Select(Gen.Int[0, 6], Gen.Bool).Select((s, l) => (s / 6f, (byte)(l ? 1 : 0))).Array[1, 60];

    [Fact]
    public void Auc_equals_counting_every_pair() => Rows.Sample(rows =>
    {
        double wins = 0;
        long pairs = 0;
        foreach ((float Score, byte Label) p in rows.Where(r => r.Label == 1))
        {
            foreach ((float Score, byte Label) n in rows.Where(r => r.Label == 0))
            {
                pairs++;
                wins += p.Score > n.Score ? 1 : p.Score == n.Score ? 0.5 : 0;
            }
        }
        float[] scores = [.. rows.Select(r => r.Score)];
        double? auc = Ranking.Auc(scores, [.. rows.Select(r => r.Label)]);
        Assert.Equal(rows.Select(r => r.Score), scores); // They are the caller's, and stay in his order.
        return pairs == 0 ? auc is null : Math.Abs(auc!.Value - wins / pairs) < 1e-12;
    });

    [Fact]
    public void The_area_under_the_drawn_roc_is_the_auc_when_no_point_is_left_out() => Rows.Where(r => r.Select(x => x.Label).Distinct().Count() == 2).Sample(rows =>
    {
        (float Score, byte Label)[] sorted = [.. rows.OrderBy(r => r.Score)];
        float[] scores = [.. sorted.Select(r => r.Score)];
        byte[] labels = [.. sorted.Select(r => r.Label)];
        IReadOnlyList<CurvePoint> roc = Curves.OfSorted(scores, labels, points: 1_000_000).Roc;
        double area = roc.Zip(roc.Skip(1)).Sum(p => (p.Second.X - p.First.X) * (p.First.Y + p.Second.Y) / 2);
        return Math.Abs(area - Ranking.AucOfSorted(scores, labels)!.Value) < 1e-9;
    });

    [Fact]
    public void Grouped_auc_weighs_groups_by_rows_and_leaves_out_those_of_one_class()
    {
        // Group 1: perfect, 2 rows. Group 2: reversed, 4 rows. Group 3: one class only.
        float[] scores = [0.1f, 0.9f, 0.9f, 0.8f, 0.2f, 0.1f, 0.5f];
        byte[] labels = [0, 1, 0, 0, 1, 1, 1];
        (double? auc, int groups) = Ranking.GroupedAuc(scores, labels, [1, 1, 2, 2, 2, 2, 3]);
        Assert.Equal(2, groups);
        Assert.Equal((1.0 * 2 + 0.0 * 4) / 6, auc!.Value, 12);
    }

    [Fact]
    public void Calibration_counts_every_row_once_and_keeps_equal_scores_together() => Rows.Sample(rows =>
    {
        (float Score, byte Label)[] sorted = [.. rows.OrderBy(r => r.Score)];
        Calibration calibration = Calibration.OfSorted([.. sorted.Select(r => r.Score)], [.. sorted.Select(r => r.Label)], 5);
        return calibration.Bins.Sum(b => b.Rows) == rows.Length
            && calibration.Bins.Sum(b => b.Positives) == rows.Count(r => r.Label == 1)
            && calibration.Bins.Zip(calibration.Bins.Skip(1)).All(p => p.First.To < p.Second.From);
    });

    [Fact]
    public void Many_equal_scores_make_one_large_bin_and_leave_the_others_their_size()
    {
        float[] scores = [.. Enumerable.Repeat(0.1f, 60), .. Enumerable.Range(1, 40).Select(i => 0.1f + i / 100f)];
        Calibration calibration = Calibration.OfSorted(scores, new byte[100], 10);
        Assert.Equal([60, 10, 10, 10, 10], calibration.Bins.Select(b => (int)b.Rows));
    }

    [Fact]
    public void What_is_left_out_of_the_precision_recall_curve_of_rare_positives_could_not_be_seen()
    {
        const int points = 300;
        float[] scores = [.. Enumerable.Range(0, 20_000).Select(i => i / 20_000f)];
        byte[] labels = [.. Enumerable.Range(0, 20_000).Select(i => (byte)(i % 997 == 0 && i < 19_900 ? 1 : 0))];
        IReadOnlyList<CurvePoint> all = Curves.OfSorted(scores, labels, int.MaxValue).PrecisionRecall;
        IReadOnlyList<CurvePoint> drawn = Curves.OfSorted(scores, labels, points).PrecisionRecall;
        double top = all.Max(p => p.Y);
        Assert.True(top < 0.01);
        Assert.True(drawn.Count < all.Count / 5);
        foreach (CurvePoint point in all)
            Assert.Contains(drawn, d => Math.Abs(d.X - point.X) + Math.Abs(d.Y - point.Y) / top < 1.0 / points);
    }

    [Fact]
    public void Scores_that_are_right_on_average_have_a_ratio_of_one()
    {
        Calibration calibration = Calibration.OfSorted([0.25f, 0.25f, 0.25f, 0.25f], [0, 0, 1, 0], 10);
        Assert.Equal(1, calibration.Ratio!.Value, 6);
        Assert.Equal(0, calibration.ExpectedError, 6);
    }
}
