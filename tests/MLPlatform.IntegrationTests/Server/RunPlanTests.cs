using System.Net;
using System.Text.Json;
using Xunit;

namespace MLPlatform.IntegrationTests.Server;

public sealed class RunPlanTests(TestPlatform platform) : IClassFixture<TestPlatform>
{
    [Fact]
    public async Task The_plan_of_a_run_names_what_each_activity_depends_on()
    {
        Guid run = await platform.StartAsync(Flows.Chain);
        JsonElement plan = await platform.GetJsonAsync($"api/v1/runs/{run}/plan");
        Assert.Equal(
            ["first: , False", "each: first, True", "last: each, False"],
            plan.GetProperty("nodes").EnumerateArray().Select(n =>
                $"{n.GetProperty("name").GetString()}: {string.Join("+", n.GetProperty("dependsOn").EnumerateArray().Select(d => d.GetString()))}, {n.GetProperty("forEach").GetBoolean()}"));
        JsonElement first = plan.GetProperty("nodes")[0];
        Assert.Equal(("control.noop", "all"), (first.GetProperty("type").GetString(), first.GetProperty("join").GetString()));
    }

    [Fact]
    public async Task A_run_that_is_not_there_has_no_plan() =>
        Assert.Equal(HttpStatusCode.NotFound, (await platform.Client.GetAsync($"api/v1/runs/{Guid.NewGuid()}/plan", TestContext.Current.CancellationToken)).StatusCode);
}

/// <summary>Who asks, with every role.</summary>
public sealed class MeTests(TokenPlatform platform) : IClassFixture<TokenPlatform>
{
    [Fact]
    public async Task A_token_learns_its_name_and_role()
    {
        JsonElement me = await platform.GetJsonAsync("api/v1/me");
        Assert.StartsWith("admin-", me.GetProperty("name").GetString(), StringComparison.Ordinal);
        Assert.Equal("admin", me.GetProperty("role").GetString());
    }
}
