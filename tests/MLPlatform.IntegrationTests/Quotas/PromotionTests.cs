using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using MLPlatform.Core.Plans;
using MLPlatform.Core.Runs;
using MLPlatform.IntegrationTests.Server;
using Xunit;

namespace MLPlatform.IntegrationTests.Quotas;

/// <summary>A server that looks at promotions all the time.</summary>
public sealed class PromotingPlatform : TestPlatform
{
    protected override bool IsEmbedded => false;

    protected override Dictionary<string, string?> Overrides => new() { ["Promotions:Recheck"] = "00:00:00.100" };
}

/// <summary>Pipelines that move between pools, over HTTP, by runs that a server ran.</summary>
public sealed class PromotionTests : IAsyncLifetime
{
    private readonly PromotingPlatform _platform = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync() => _platform.InitializeAsync();

    public ValueTask DisposeAsync() => _platform.DisposeAsync();

    [Fact]
    public async Task A_healthy_pipeline_is_proposed_accepted_and_its_next_run_asks_for_the_better_pool_until_that_is_revoked()
    {
        await ApplyAsync("propose");
        await RunAsync("true", 2);
        await RunAsync("true", 1);
        JsonElement proposed = await ListedAsync(p => Text(p, "state") == "proposed");
        Assert.StartsWith("0 of 3 runs failed (at most 50 % of 3 may); mean score ", Text(proposed, "reasons"), StringComparison.Ordinal);
        Assert.Equal("production", await PoolOfNextAsync()); // Nobody accepted it.

        Assert.Equal("inForce", Text(await ActAsync(proposed, "accept"), "state"));
        Assert.Equal("performance", await PoolOfNextAsync());
        await ProblemAssert.IsAsync(await PostAsync(proposed, "refuse"), 409, "QUOTA-031");
        Assert.Equal("revoked", Text(await ActAsync(proposed, "revoke"), "state"));
        Assert.Equal("production", await PoolOfNextAsync());
        string audit = (await _platform.GetJsonAsync("api/v1/audit")).GetRawText();
        Assert.Contains("promotion.accept", audit, StringComparison.Ordinal);
        Assert.Contains("promotion.revoke", audit, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_rule_that_applies_promotes_by_itself_and_only_proposes_the_way_back()
    {
        await ApplyAsync("apply");
        await RunAsync("true", 3);
        JsonElement promoted = await ListedAsync(p => Text(p, "state") == "inForce");
        Assert.Equal("rule", Text(promoted, "decidedBy"));
        await RunAsync("exit 1", 2);
        JsonElement back = await ListedAsync(p => Text(p, "kind") == "demotion");
        Assert.Equal(("proposed", "performance", "production"), (Text(back, "state"), Text(back, "from"), Text(back, "to")));
        Assert.Equal("performance", await PoolOfNextAsync()); // It is only proposed.
        await ActAsync(back, "accept");
        Assert.Equal("revoked", Text(await ListedAsync(p => Text(p, "id") == Text(promoted, "id")), "state"));
        Assert.Equal("production", await PoolOfNextAsync());
    }

    private async Task ApplyAsync(string mode)
    {
        string file = $$"""
            { "pools": { "production": {}, "performance": { "overflow": ["production"] } },
              "promotions": [ { "from": "production", "to": "performance", "runs": 3, "maxFailed": 0.5, "minScore": 1, "mode": "{{mode}}" } ] }
            """;
        using HttpResponseMessage applied = await _platform.Client.PutAsJsonAsync("api/v1/quotas/file", new { file }, Cancel);
        Assert.True(applied.IsSuccessStatusCode, await applied.Content.ReadAsStringAsync(Cancel));
    }

    private async Task RunAsync(string script, int times)
    {
        for (int i = 0; i < times; i++)
            await _platform.WaitAsync(await StartAsync(script), script == "true" ? "succeeded" : "failed");
    }

    private Task<Guid> StartAsync(string script) => _platform.StartAsync($$"""
        { "id": "ctr", "resources": { "pool": "production" }, "advanced": { "retry": { "maxAttempts": 1 }, "cache": "off" },
          "activities": { "train": { "type": "train.script", "inputs": { "command": ["sh", "-c", "{{script}}"] } } } }
        """);

    /// <summary>The pool that a new run's plan asks for; its trigger tells whether that is by a promotion. It is cancelled then.</summary>
    private async Task<string?> PoolOfNextAsync()
    {
        Guid id = await StartAsync("sleep 30");
        IRunStore runs = _platform.Services.GetRequiredService<IRunStore>();
        RunRow run = (await runs.FindRunAsync(new RunId(id), Cancel))!;
        string? pool = PlanJson.Deserialize(await runs.FindPlanAsync(run.PlanHash, Cancel)).Nodes[0].Resources.Pool;
        bool told = (await _platform.GetJsonAsync($"api/v1/runs/{id}")).GetProperty("trigger").TryGetProperty("promoted", out JsonElement promoted);
        Assert.Equal(pool == "performance", told);
        if (told)
            Assert.Equal("performance", Text(promoted[0], "to"));
        await _platform.Client.PostAsync($"api/v1/runs/{id}/cancel", null, Cancel);
        await _platform.WaitAsync(id, "cancelled");
        return pool;
    }

    private async Task<JsonElement> ListedAsync(Func<JsonElement, bool> wanted)
    {
        using CancellationTokenSource deadline = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        deadline.CancelAfter(Eventually.Patience);
        while (true)
        {
            foreach (JsonElement found in (await _platform.GetJsonAsync("api/v1/pool-promotions?pipeline=ctr")).EnumerateArray())
                if (wanted(found))
                    return found;
            await Task.Delay(50, deadline.Token);
        }
    }

    private async Task<JsonElement> ActAsync(JsonElement promotion, string act)
    {
        using HttpResponseMessage response = await PostAsync(promotion, act);
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync(Cancel));
        return await response.Content.ReadFromJsonAsync<JsonElement>(Cancel);
    }

    private Task<HttpResponseMessage> PostAsync(JsonElement promotion, string act) =>
        _platform.Client.PostAsync($"api/v1/pool-promotions/{Text(promotion, "id")}/{act}", null, Cancel);

    private static string Text(JsonElement of, string name) => of.GetProperty(name).ToString();
}
