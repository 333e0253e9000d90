using CsCheck;
using MLPlatform.Core.Deployments;
using Xunit;

namespace MLPlatform.Tests.Deployments;

/// <summary>Figures of lists of items that were found.</summary>
public sealed class FoundListsTests
{
    private const int Champion = 1, Other = 2, Shadow = 3;

    private static readonly DateTimeOffset Noon = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    /// <summary>A request: who answered, the items that it and a shadow found, the best first, and those that were wanted.</summary>
    private sealed record Asked(int Version, int[] Found, int[] ShadowFound, int[] Wanted);

    private static readonly Gen<int[]> Items = Gen.Int[0, 29].Array[0, 14].Select(items => items.Distinct().ToArray());

    [Fact]
    public void Figures_are_those_of_all_lists_whatever_order_they_and_feedback_come_in() =>
        Gen.Select(Gen.Select(Gen.Int[Champion, Other], Items, Items, Items, (version, found, shadow, wanted) => new Asked(version, found, shadow, wanted)).Array[1, 12], Gen.Int).Sample((requests, seed) =>
        {
            ServingWindow window = new(TimeSpan.FromHours(1), 10_000);
            Random random = new(seed);
            List<Action> happened = [];
            foreach ((int r, Asked asked) in requests.Index())
            {
                // An answer comes with those of its shadows, and items of a list in order.
                happened.Add(() =>
                {
                    Show(window, r, asked.Version, asked.Found);
                    Show(window, r, Shadow, asked.ShadowFound, shadow: true);
                });
                foreach (int item in asked.Wanted.Concat(asked.Wanted)) // Delivery is at least once.
                    happened.Add(() => window.Praise(Key(r, item), Request(r)));
            }
            foreach (Action next in happened.OrderBy(_ => random.Next()))
                next();
            AssertFigures(window, Champion, [.. requests.Where(r => r.Version == Champion).Select(r => (r.Found, r.Wanted))]);
            AssertFigures(window, Other, [.. requests.Where(r => r.Version == Other).Select(r => (r.Found, r.Wanted))]);
            AssertFigures(window, Shadow, [.. requests.Select(r => (r.ShadowFound, r.Wanted))]);
        }, iter: 500);

    [Fact]
    public void Inner_products_are_no_probabilities()
    {
        ServingWindow window = new(TimeSpan.FromHours(1), 100);
        Show(window, 0, Champion, [5, 6, 7]);
        window.Praise(Key(0, 6), Request(0));
        VersionFigures figures = Assert.Single(window.Figures(Noon));
        Assert.Equal((3, 1, 1.0 / 3), (figures.Impressions, figures.Positives, figures.ClickThrough));
        Assert.Equal((null, null, null, null), (figures.Auc, figures.LogLoss, figures.Calibration, figures.LogLossError));
        Assert.Null(window.Series().ScoreDrift(Champion, (Noon, Noon), (Noon, Noon)));
        Assert.Equal(1, window.Series().Figures(Champion, Noon, Noon).Found!.HitRate);
    }

    [Fact]
    public void What_was_scored_has_no_figures_of_lists()
    {
        ServingWindow window = new(TimeSpan.FromHours(1), 100);
        window.Praise(Key(0, 2), Request(0));
        window.Show(new SeenImpression(Key(0, 1), Champion, 0.5f, Noon));
        window.Show(new SeenImpression(Key(0, 2), Champion, 0.5f, Noon));
        window.Praise(Key(0, 1), Request(0));
        VersionFigures figures = Assert.Single(window.Figures(Noon));
        Assert.Equal((2, null), (figures.Positives, figures.Found));
    }

    [Fact]
    public void Old_lists_are_forgotten_with_their_items()
    {
        ServingWindow window = new(TimeSpan.FromMinutes(10), 100);
        Show(window, 0, Champion, [1, 2]);
        window.Show(new SeenImpression(Key(1, 1), Champion, 1, Noon.AddHours(1), Found: new FoundPlace(Request(1), 1)));
        Assert.False(window.Praise(Key(0, 1), Request(0)));
        FoundFigures found = Assert.Single(window.Figures(Noon)).Found!;
        Assert.Equal((1, 0, 0), (found.Lists, found.Hits, found.Wanted));
    }

    private static void Show(ServingWindow window, int request, int version, int[] items, bool shadow = false)
    {
        foreach ((int place, int item) in items.Index())
            window.Show(new SeenImpression(Key(request, item), version, 12 - place, Noon, shadow, new FoundPlace(Request(request), place + 1)));
    }

    private static void AssertFigures(ServingWindow window, int version, List<(int[] Found, int[] Wanted)> lists)
    {
        lists.RemoveAll(l => l.Found.Length == 0);
        VersionFigures? figures = window.Figures(Noon).FirstOrDefault(f => f.Version == version);
        if (lists.Count == 0)
        {
            Assert.Null(figures);
            return;
        }
        int positives = lists.Sum(l => l.Found.Intersect(l.Wanted).Count()), hits = lists.Count(l => l.Found.Intersect(l.Wanted).Any()), wanted = lists.Sum(l => l.Wanted.Length);
        Assert.Equal((lists.Sum(l => l.Found.Length), positives), (figures!.Impressions, figures.Positives));
        Assert.Equal(
            new FoundFigures(lists.Count, hits, (double)hits / lists.Count, wanted,
                wanted == 0 ? null : (double)positives / wanted, wanted == 0 ? null : (double)lists.Sum(l => l.Found.Take(10).Intersect(l.Wanted).Count()) / wanted),
            figures.Found);
    }

    private static UInt128 Request(int request) => ((UInt128)1 << 100) + ((UInt128)request << 70);

    private static UInt128 Key(int request, int item) => ((UInt128)1 << 110) + ((UInt128)request << 70) + ((UInt128)item << 40);
}
