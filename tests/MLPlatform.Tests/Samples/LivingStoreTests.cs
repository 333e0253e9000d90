using MLPlatform.Activities.Samples.AppStore;
using Xunit;

namespace MLPlatform.Tests.Samples;

public sealed class LivingStoreTests
{
    private static readonly AppStoreSettings Settings = new() { Seed = 3, Users = 50, Apps = 60 };

    [Fact]
    public void The_same_settings_give_the_same_requests_and_the_same_luck()
    {
        StoreRequest[] one = [.. Store(TasteTurn.None).Day(4, 100, 10)], two = [.. Store(TasteTurn.None).Day(4, 100, 10)];
        Assert.Equal(one.Select(r => (r.Id, r.Time, r.Visit.User.Id)), two.Select(r => (r.Id, r.Time, r.Visit.User.Id)));
        Assert.All(one.Zip(two), pair => Assert.Equal(pair.First.Luck, pair.Second.Luck));
        Assert.NotEqual(one[0].Id, Store(TasteTurn.None).Day(5, 100, 10).First().Id);
    }

    [Fact]
    public void A_request_has_each_candidate_once()
    {
        Assert.All(Store(TasteTurn.None).Day(0, 50, 20), r => Assert.Equal(20, r.Candidates.Distinct().Count()));
        Assert.All(Store(TasteTurn.None).Day(0, 5, 1000), r => Assert.Equal(30, r.Candidates.Length)); // At most half of the store.
    }

    [Fact]
    public void Taste_turns_from_its_day_on_over_its_days_and_keeps_its_length()
    {
        TasteTurn turn = new(From: 2, Days: 3, Degrees: 90);
        Assert.Equal([0, 0, 30, 60, 90, 90], Enumerable.Range(0, 6).Select(turn.On));
        foreach (int day in (int[])[0, 1, 4])
        {
            double[] before = TasteOn(TasteTurn.None, day), after = TasteOn(turn, day);
            Assert.Equal(Length(before), Length(after), 9);
            double cosine = before.Zip(after, (a, b) => a * b).Sum() / (Length(before) * Length(after));
            Assert.Equal(day < 2 ? 1 : 0, cosine, 9);
        }
    }

    [Fact]
    public void People_click_less_far_down_and_as_often_as_it_is_likely()
    {
        LivingStore store = Store(TasteTurn.None);
        double likely = 0;
        int clicks = 0;
        foreach (StoreRequest request in store.Day(0, 2000, 10))
        {
            for (int c = 0; c < 10; c++)
            {
                Assert.True(store.Probability(request, c, 5) < store.Probability(request, c, 1));
                likely += store.Probability(request, c, 1);
                clicks += store.Clicks(request, c, 1) ? 1 : 0;
            }
        }
        Assert.Equal(1, clicks / likely, 0.05);
    }

    private static LivingStore Store(TasteTurn turn) => new(Settings, turn);

    private static double[] TasteOn(TasteTurn turn, int day) => Store(turn).Day(day, 1, 5).Single().Visit.User.Taste;

    private static double Length(double[] taste) => Math.Sqrt(taste.Sum(t => t * t));
}
