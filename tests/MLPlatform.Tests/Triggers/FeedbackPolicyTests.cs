using MLPlatform.Core.Deployments;
using MLPlatform.Core.Triggers;
using Xunit;

namespace MLPlatform.Tests.Triggers;

/// <summary>Stories of impressions and clicks, an hour at a time, and what triggers make of them.</summary>
public sealed class FeedbackPolicyTests
{
    private const int PerHour = 200;

    private static readonly DateTimeOffset Start = new(2026, 3, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly FeedbackTrigger Auc = new()
    {
        Model = "ctr",
        Metric = FeedbackMetric.Auc,
        Below = 0.7,
        Window = TimeSpan.FromHours(4),
        MinImpressions = 500,
        CoolDown = TimeSpan.FromHours(6),
    };

    private readonly ServingWindow _window = new(TimeSpan.FromDays(30), 1_000_000);
    private readonly Random _random = new(1);
    private ulong _keys;

    [Fact]
    public void A_metric_that_falls_fires_and_says_why()
    {
        Tell(hours: 0..12, version: 1, skill: 1);
        Assert.IsType<FeedbackDecision.Quiet>(Decide(Auc, hour: 12));
        Tell(hours: 12..18, version: 1, skill: 0);
        FeedbackDecision.Fire fire = Assert.IsType<FeedbackDecision.Fire>(Decide(Auc, hour: 18));
        Assert.StartsWith("AUC of version 1 is 0.", Assert.Single(fire.Reasons), StringComparison.Ordinal);
        Assert.True(fire.Picture.Value is > 0.4 and < 0.6);
    }

    [Fact]
    public void A_hit_rate_that_falls_fires()
    {
        FeedbackTrigger trigger = Auc with { Metric = FeedbackMetric.HitRate, Below = 0.4 };
        Find(hours: 0..12, every: 2);
        Assert.IsType<FeedbackDecision.Quiet>(Decide(trigger, hour: 12));
        Find(hours: 12..18, every: 4);
        FeedbackDecision.Fire fire = Assert.IsType<FeedbackDecision.Fire>(Decide(trigger, hour: 18));
        Assert.StartsWith("hit rate of version 1 is 0.25, below 0.4", Assert.Single(fire.Reasons), StringComparison.Ordinal);
    }

    [Fact]
    public void Few_impressions_say_nothing()
    {
        Tell(hours: 0..2, version: 1, skill: 0);
        FeedbackDecision.Quiet quiet = Assert.IsType<FeedbackDecision.Quiet>(Decide(Auc, hour: 2));
        Assert.Equal("400 of 500 impressions in the window", quiet.Why);
    }

    [Fact]
    public void It_cools_down_by_the_time_of_events()
    {
        Tell(hours: 0..12, version: 1, skill: 0);
        Assert.IsType<FeedbackDecision.Quiet>(Decide(Auc, hour: 12, lastFired: 7));
        Assert.IsType<FeedbackDecision.Fire>(Decide(Auc, hour: 12, lastFired: 6));
    }

    [Fact]
    public void With_hysteresis_a_metric_that_stays_low_fires_once_until_it_was_back_or_another_version_answers()
    {
        FeedbackTrigger trigger = Auc with { Rearm = 0.75 };
        Tell(hours: 0..24, version: 1, skill: 0);
        Assert.IsType<FeedbackDecision.Fire>(Decide(trigger, hour: 24));
        Assert.IsType<FeedbackDecision.Quiet>(Decide(trigger, hour: 24, lastFired: 6));
        Tell(hours: 24..30, version: 1, skill: 1);
        Tell(hours: 30..36, version: 1, skill: 0);
        Assert.IsType<FeedbackDecision.Fire>(Decide(trigger, hour: 36, lastFired: 6));
        Tell(hours: 36..42, version: 2, skill: 0);
        Assert.IsType<FeedbackDecision.Fire>(Decide(trigger, hour: 42, lastFired: 35));
    }

    [Fact]
    public void A_new_version_is_judged_by_its_own_impressions()
    {
        Tell(hours: 0..10, version: 1, skill: 0);
        Tell(hours: 10..13, version: 2, skill: 1);
        FeedbackDecision.Quiet quiet = Assert.IsType<FeedbackDecision.Quiet>(Decide(Auc, hour: 13));
        Assert.Equal(2, quiet.Picture.Version);
        Assert.True(quiet.Picture.Value > 0.8);
    }

    [Fact]
    public void Enough_events_since_the_last_firing_fire()
    {
        FeedbackTrigger trigger = new() { Model = "ctr", MinEvents = 100, CoolDown = TimeSpan.Zero };
        for (int i = 0; i < 150; i++)
            _window.Event(Start.AddMinutes(i));
        _window.Show(new SeenImpression(1, 1, 0.5f, Start));
        Assert.IsType<FeedbackDecision.Fire>(Decide(trigger, Start.AddMinutes(149), null));
        Assert.IsType<FeedbackDecision.Fire>(Decide(trigger, Start.AddMinutes(149), Start.AddMinutes(49)));
        Assert.IsType<FeedbackDecision.Quiet>(Decide(trigger, Start.AddMinutes(149), Start.AddMinutes(50)));
    }

    [Fact]
    public void Scores_that_moved_fire_and_those_that_stayed_do_not()
    {
        FeedbackTrigger trigger = new() { Model = "ctr", Drift = new DriftBound { Psi = 0.2 }, Window = TimeSpan.FromHours(4), MinImpressions = 100 };
        Tell(hours: 0..12, version: 1, skill: 1);
        Assert.IsType<FeedbackDecision.Quiet>(Decide(trigger, hour: 12));
        Tell(hours: 12..18, version: 1, skill: 1, shift: 0.3f);
        FeedbackDecision.Fire fire = Assert.IsType<FeedbackDecision.Fire>(Decide(trigger, hour: 18));
        Assert.True(fire.Picture.Psi > 0.2 && fire.Picture.Ks > 0.2);
    }

    [Fact]
    public void A_column_whose_values_moved_fires_and_is_named()
    {
        FeedbackTrigger trigger = new() { Model = "ctr", Drift = new DriftBound { Features = 0.2 }, Window = TimeSpan.FromHours(4), MinImpressions = 100 };
        Tell(hours: 0..12, version: 1, skill: 1);
        Ask(hours: 0..12, "hour", _ => ColumnBins.Of((long)_random.Next(24)));
        Ask(hours: 0..12, "network", _ => ColumnBins.Of("wifi"u8));
        FeedbackDecision.Quiet quiet = Assert.IsType<FeedbackDecision.Quiet>(Decide(trigger, hour: 12));
        Assert.True(quiet.Picture.ColumnPsi < 0.2);
        Tell(hours: 12..18, version: 1, skill: 1);
        Ask(hours: 12..18, "hour", _ => ColumnBins.Of((long)_random.Next(24)));
        Ask(hours: 12..18, "network", i => i % 3 == 0 ? ColumnBins.Of("wifi"u8) : ColumnBins.Of("5g"u8));
        FeedbackDecision.Fire fire = Assert.IsType<FeedbackDecision.Fire>(Decide(trigger, hour: 18));
        Assert.StartsWith("the values of network have moved: PSI ", Assert.Single(fire.Reasons), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(999, 12, 2, false)]
    [InlineData(1000, 12, 2, true)]
    [InlineData(0, 24, 2, true)]
    [InlineData(0, 23, 2, false)]
    [InlineData(0, 12, 80, true)]
    public void Labels_freshness_and_age_fire_at_their_bounds(long labels, int ahead, int age, bool fires)
    {
        FeedbackTrigger trigger = new()
        {
            Model = "ctr",
            Labels = new LabelBound { Dataset = "labels", MinRows = 1000 },
            Freshness = new FreshnessBound { Dataset = "clicks", Behind = TimeSpan.FromHours(24) },
            MaxAge = TimeSpan.FromHours(72),
            Window = TimeSpan.FromHours(4),
        };
        Tell(hours: 0..age, version: 1, skill: 1);
        ChampionFacts facts = new(Start, labels, Start.AddHours(ahead));
        Assert.Equal(fires, FeedbackPolicy.Decide(trigger, new FeedbackSituation(_window.Series(), Start.AddHours(age), null, facts)) is FeedbackDecision.Fire);
    }

    [Fact]
    public void The_preview_fires_where_looking_all_the_time_would_have()
    {
        Tell(hours: 0..12, version: 1, skill: 1);
        Tell(hours: 12..36, version: 1, skill: 0);
        FeedbackSeries series = _window.Series();
        var fired = FeedbackPolicy.Preview(Auc, series, Start, Start.AddHours(36), TimeSpan.FromMinutes(10), (_, _) => new ChampionFacts());
        Assert.InRange(fired[0].At, Start.AddHours(12), Start.AddHours(16));
        Assert.All(fired.Zip(fired.Skip(1)), pair => Assert.Equal(Auc.CoolDown, pair.Second.At - pair.First.At));
        Assert.Equal(fired.Count, 1 + (int)((Start.AddHours(36) - fired[0].At) / Auc.CoolDown));
    }

    private FeedbackDecision Decide(FeedbackTrigger trigger, int hour, int? lastFired = null) =>
        Decide(trigger, Start.AddHours(hour), lastFired is { } fired ? Start.AddHours(fired) : null);

    private FeedbackDecision Decide(FeedbackTrigger trigger, DateTimeOffset at, DateTimeOffset? lastFired) =>
        FeedbackPolicy.Decide(trigger, new FeedbackSituation(_window.Series(), at, lastFired, new ChampionFacts()));

    private void Ask(Range hours, string column, Func<int, byte> bin)
    {
        for (int hour = hours.Start.Value; hour < hours.End.Value; hour++)
            _window.Read(1, Start.AddHours(hour), column, [.. Enumerable.Range(0, PerHour).Select(bin)]);
    }

    // Lists of two items, of which every so many get a click.
    private void Find(Range hours, int every)
    {
        for (int i = hours.Start.Value * PerHour; i < hours.End.Value * PerHour; i++)
        {
            UInt128 request = (UInt128)i << 64;
            for (int rank = 1; rank <= 2; rank++)
                _window.Show(new SeenImpression(request + (UInt128)rank, 1, 1, Start.AddSeconds(i * 3600.0 / PerHour), Found: new FoundPlace(request, rank)));
            if (i % every == 0)
                _window.Praise(request + 2, request);
        }
    }

    // Skill 1: what is clicked scores higher; 0: scores know nothing.
    private void Tell(Range hours, int version, int skill, float shift = 0)
    {
        for (int hour = hours.Start.Value; hour < hours.End.Value; hour++)
        {
            for (int i = 0; i < PerHour; i++)
            {
                bool clicked = _random.NextDouble() < 0.3;
                float score = (float)(0.2 + 0.3 * _random.NextDouble()) + (clicked && skill == 1 ? 0.2f : 0) + shift;
                UInt128 key = ++_keys;
                _window.Show(new SeenImpression(key, version, score, Start.AddHours(hour).AddSeconds(i * 3600.0 / PerHour)));
                if (clicked)
                    _window.Praise(key, 0);
            }
        }
    }
}
