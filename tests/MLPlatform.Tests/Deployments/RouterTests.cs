using MLPlatform.Core.Deployments;
using Xunit;

namespace MLPlatform.Tests.Deployments;

public sealed class RouterTests
{
    private const int Keys = 20_000;

    private static readonly DeploymentSpec Alone = new() { Model = "m", Champion = 1 };

    [Fact]
    public void Versions_answer_their_shares()
    {
        DeploymentSpec spec = Alone with { Candidates = [new(2, ServingRole.Canary, 10), new(3, ServingRole.Challenger, 30), new(4, ServingRole.Challenger, 20)] };
        ILookup<int, string> answered = Names().ToLookup(key => Router.Decide("d", spec, key).Version);
        foreach ((int version, double percent) in new[] { (1, 40.0), (2, 10), (3, 30), (4, 20) })
            Assert.InRange(answered[version].Count() * 100.0 / Keys, percent - 1.2, percent + 1.2);
    }

    [Fact]
    public void A_key_meets_the_same_version_again_and_a_canary_that_grows_keeps_its_keys()
    {
        HashSet<string> before = [];
        foreach (double percent in (double[])[5, 20, 70])
        {
            DeploymentSpec spec = Alone with { Candidates = [new(2, ServingRole.Canary, percent), new(3, ServingRole.Challenger, 30)] };
            HashSet<string> now = [.. Names().Where(key => Router.Decide("d", spec, key).Version == 2)];
            Assert.Subset(now, before);
            Assert.True(now.Count > before.Count);
            before = now;
        }
    }

    [Fact]
    public void A_canary_that_grows_takes_nothing_from_challengers()
    {
        HashSet<string> Challenged(double canary) =>
            [.. Names().Where(key => Router.Decide("d", Alone with { Candidates = [new(2, ServingRole.Canary, canary), new(3, ServingRole.Challenger, 30)] }, key).Version == 3)];
        Assert.Equal(Challenged(1), Challenged(70));
    }

    [Fact]
    public void Shadows_see_a_fair_part_of_what_each_version_answers_and_answer_nothing()
    {
        DeploymentSpec spec = Alone with { Candidates = [new(2, ServingRole.Canary, 50), new(3, ServingRole.Shadow, 25)] };
        foreach (IGrouping<int, ServingRoute> routes in Names().Select(key => Router.Decide("d", spec, key)).GroupBy(r => r.Version))
        {
            Assert.NotEqual(3, routes.Key);
            Assert.InRange(routes.Count(r => r.Shadows.Count == 1) * 100.0 / routes.Count(), 23.5, 26.5);
        }
    }

    [Fact]
    public void Deployments_draw_their_keys_independently()
    {
        DeploymentSpec spec = Alone with { Candidates = [new(2, ServingRole.Canary, 50)] };
        int both = Names().Count(key => Router.Decide("a", spec, key).Version == 2 && Router.Decide("b", spec, key).Version == 2);
        Assert.InRange(both * 100.0 / Keys, 23.5, 26.5);
    }

    [Fact]
    public void A_key_may_be_long_or_empty()
    {
        DeploymentSpec spec = Alone with { Candidates = [new(2, ServingRole.Canary, 50)] };
        foreach (string key in (string[])["", new string('ü', 5000)])
            Assert.Equal(Router.Decide("d", spec, key).Version, Router.Decide("d", spec, key).Version);
    }

    private static IEnumerable<string> Names() => Enumerable.Range(0, Keys).Select(i => $"user-{i}");
}
