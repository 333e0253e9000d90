using MLPlatform.Core.Deployments;
using Xunit;

namespace MLPlatform.Tests.Deployments;

public sealed class DeploymentRulesTests
{
    private static readonly DeploymentSpec One = new() { Model = "m", Champion = 1 };
    private static readonly DeploymentSpec WithCanary = One with { Previous = 7, Candidates = [new(2, ServingRole.Canary, 10), new(3, ServingRole.Shadow, 100)] };

    public static TheoryData<string, DeploymentSpec?, DeploymentChange, string> Cases => new()
    {
        { "the first version is the champion", null, new DeploymentChange.Deploy("m", 4), "4 <- none" },
        { "also where it was meant to be a canary", null, new DeploymentChange.Deploy("m", 4, ServingRole.Canary, 5), "4 <- none" },
        { "nothing else is done to what is not there", null, new DeploymentChange.Promote(), "SERVE-004" },
        { "a champion takes the place of the one before", One, new DeploymentChange.Deploy("m", 2), "2 <- 1" },
        { "the champion again changes nothing", One, new DeploymentChange.Deploy("m", 1), "same" },
        { "a canary gets a tenth", One, new DeploymentChange.Deploy("m", 2, ServingRole.Canary), "1 <- none, 2 Canary 10" },
        { "a canary's share can grow", WithCanary, new DeploymentChange.Deploy("m", 2, ServingRole.Canary, 50), "1 <- 7, 2 Canary 50, 3 Shadow 100" },
        { "another canary takes its place", WithCanary, new DeploymentChange.Deploy("m", 4, ServingRole.Canary), "1 <- 7, 3 Shadow 100, 4 Canary 10" },
        { "a shadow that becomes a challenger is no shadow any more", WithCanary, new DeploymentChange.Deploy("m", 3, ServingRole.Challenger, 20), "1 <- 7, 2 Canary 10, 3 Challenger 20" },
        { "the champion cannot be a candidate", One, new DeploymentChange.Deploy("m", 1, ServingRole.Canary), "SERVE-004" },
        { "candidates answer no more than everything", WithCanary, new DeploymentChange.Deploy("m", 4, ServingRole.Challenger, 91), "SERVE-006" },
        { "another model needs a deployment of its own", One, new DeploymentChange.Deploy("other", 1), "SERVE-006" },
        { "a champion has no percent", One, new DeploymentChange.Deploy("m", 2, ServingRole.Champion, 10), "SERVE-006" },
        { "a percent is more than nothing", One, new DeploymentChange.Deploy("m", 2, ServingRole.Canary, 0), "SERVE-006" },
        { "a percent is a number", One, new DeploymentChange.Deploy("m", 2, ServingRole.Canary, double.NaN), "SERVE-006" },
        { "promoting takes the canary", WithCanary, new DeploymentChange.Promote(), "2 <- 1, 3 Shadow 100" },
        { "promoting takes the only challenger", One with { Candidates = [new(5, ServingRole.Challenger, 50)] }, new DeploymentChange.Promote(), "5 <- 1" },
        { "but not one of two", One with { Candidates = [new(5, ServingRole.Challenger, 50), new(6, ServingRole.Challenger, 50)] }, new DeploymentChange.Promote(), "SERVE-004" },
        { "a named candidate can be promoted, a shadow too", WithCanary, new DeploymentChange.Promote(3), "3 <- 1, 2 Canary 10" },
        { "what is not served is not promoted", WithCanary, new DeploymentChange.Promote(9), "SERVE-004" },
        { "a rollback gives the canary up first", WithCanary, new DeploymentChange.RollBack(), "1 <- 7, 3 Shadow 100" },
        { "then it goes to the champion before", One with { Previous = 7 }, new DeploymentChange.RollBack(), "7 <- none" },
        { "the champion before may be a shadow by then", One with { Previous = 3, Candidates = [new(3, ServingRole.Shadow, 100)] }, new DeploymentChange.RollBack(), "3 <- none" },
        { "and no further", One, new DeploymentChange.RollBack(), "SERVE-004" },
        { "candidates can be withdrawn", WithCanary, new DeploymentChange.Withdraw(3), "1 <- 7, 2 Canary 10" },
        { "the champion cannot", WithCanary, new DeploymentChange.Withdraw(1), "SERVE-004" },
        { "withdrawing what is not served changes nothing", WithCanary, new DeploymentChange.Withdraw(9), "same" },
        { "equal settings change nothing", One, new DeploymentChange.Configure(new ServingSettings()), "same" },
    };

    [Theory, MemberData(nameof(Cases))]
    public void A_change_comes_to(string what, DeploymentSpec? before, DeploymentChange change, string expected) =>
        Assert.Equal((what, expected), (what, Text(DeploymentRules.Decide(before, change))));

    private static string Text(ChangeDecision decision) => decision switch
    {
        ChangeDecision.Changed { Spec: var s } => string.Join(", ", s.Candidates.Select(c => $"{c.Version} {c.Role} {c.Percent}").Prepend($"{s.Champion} <- {s.Previous?.ToString() ?? "none"}")),
        ChangeDecision.Refused refused => refused.Code,
        _ => "same",
    };
}
