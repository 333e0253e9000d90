using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using MLPlatform.Core.Plans;
using MLPlatform.Core.Runs;
using MLPlatform.Core.Scheduling.Budgets;
using MLPlatform.Engine.Budgets;
using MLPlatform.IntegrationTests.Server;
using Xunit;

namespace MLPlatform.IntegrationTests.Budgets;

/// <summary>Budgets over HTTP, on a server that runs attempts.</summary>
public sealed class BudgetTests : IAsyncLifetime
{
    private readonly TestPlatform _platform = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync() => _platform.InitializeAsync();

    public ValueTask DisposeAsync() => _platform.DisposeAsync();

    [Fact]
    public async Task What_a_run_holds_is_counted_once_for_its_group_and_person_whether_it_succeeds_fails_or_still_runs()
    {
        await _platform.WaitAsync(await StartAsync("true"), "succeeded");
        await _platform.WaitAsync(await StartAsync("exit 3"), "failed");
        double ended = await UsedAsync("ads", "ann");
        Assert.InRange(ended, 1e-6, 600);
        Assert.Equal(ended, await UsedAsync("ads", "ann")); // Nothing runs: looking again finds the same.

        Guid running = await StartAsync("sleep 60");
        await _platform.WaitAsync(running, "running", "train");
        Assert.True(await UsedAsync("ads", "ann") > ended);
        await _platform.Client.PostAsync($"api/v1/runs/{running}/cancel", null, Cancel);
        await _platform.WaitAsync(running, "cancelled");
        double all = await UsedAsync("ads", "ann");
        Assert.True(all > ended);
        Assert.Equal(all, await UsedAsync("ads", "ann"));
    }

    [Fact]
    public async Task Budgets_say_what_is_used_left_and_when_they_run_out()
    {
        const string file = """
            { "groups": {
                "reco": { "budget": { "gpuHours": 100, "exhausted": "hold" } },
                "ads": { "parent": "reco", "persons": { "ann": { "budget": { "gpuHours": 1 } } } } } }
            """;
        Assert.Empty((await BudgetsAsync()).GetProperty("budgets").EnumerateArray());
        using HttpResponseMessage applied = await _platform.Client.PutAsJsonAsync("api/v1/quotas/file", new { file }, Cancel);
        Assert.True(applied.IsSuccessStatusCode, await applied.Content.ReadAsStringAsync(Cancel));
        await UseAsync("ads", "ann", gpus: 2400, TimeSpan.FromSeconds(6));

        JsonElement[] budgets = [.. (await BudgetsAsync()).GetProperty("budgets").EnumerateArray()];
        Assert.Equal(["reco 4.00 False", "ads 4.00 True"], budgets.Select(b => $"{b.GetProperty("group").GetString()} {b.GetProperty("used").GetDouble():0.00} {b.GetProperty("usedUp").GetBoolean()}"));
        Assert.InRange(budgets[0].GetProperty("pace").GetDouble(), 100, 2400.001); // Seconds may have passed since.
        Assert.Equal("tell", budgets[1].GetProperty("exhausted").GetString());
        Assert.False(budgets[1].GetProperty("holds").GetBoolean());
    }

    /// <summary>Seconds times cores of this month, each with its weight in past use.</summary>
    private async Task<double> UsedAsync(string group, string person) =>
        (await _platform.Services.GetRequiredService<ConsumptionReader>().ReadAsync(TimeProvider.System.GetUtcNow(), Cancel))
            .Where(c => c.Key.Group == group && c.Key.Person == person).Sum(c => c.Recent.CpuSeconds);

    private async Task<JsonElement> BudgetsAsync() => await _platform.GetJsonAsync("api/v1/quotas/budgets");

    private Task<Guid> StartAsync(string script) => _platform.StartAsync($$"""
        { "id": "counted", "basic": { "group": "ads", "owner": "ann" }, "advanced": { "retry": { "maxAttempts": 1 } },
          "activities": { "train": { "type": "train.script", "inputs": { "command": ["sh", "-c", "{{script}}"] } } } }
        """);

    /// <summary>As if attempts had held devices until now: this machine has none.</summary>
    private async Task UseAsync(string group, string person, int gpus, TimeSpan time)
    {
        DateTimeOffset now = TimeProvider.System.GetUtcNow();
        JournalBatch batch = new();
        batch.Consumed.Add(group, person, new ResourceRequest(0, 0, gpus * 1000), now - time, now);
        IRunStore store = _platform.Services.GetRequiredService<IRunStore>();
        await store.CommitAsync(new ReplicaLease("other", await store.AcquireLeaseAsync("other", TimeSpan.FromMinutes(5), Cancel)), batch, Cancel);
    }
}
