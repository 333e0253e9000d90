using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using MLPlatform.Core.Plans;
using MLPlatform.Core.Runs;
using Xunit;

namespace MLPlatform.IntegrationTests.Alarms;

/// <summary>Alarms by the rules of a resources file, told to a real receiver.</summary>
public sealed class QuotaAlarmTests(AlarmPlatform platform) : IClassFixture<AlarmPlatform>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Budgets_and_expansions_are_told_once_and_are_over_when_what_they_tell_of_is()
    {
        await ApplyAsync(hours: 10);
        await UseAsync(gpus: 4800, TimeSpan.FromSeconds(6)); // 80 % of it.
        JsonElement used = await ToldAsync("budget", "opened");
        Assert.StartsWith("ads has used 80", used.GetProperty("summary").GetString(), StringComparison.Ordinal);
        Assert.Equal("ads", used.GetProperty("subject").GetString());

        using HttpResponseMessage asked = await platform.Client.PostAsJsonAsync("api/v1/quotas/expansions/requests",
            new { group = "ads", pool = "default", more = new { cpu = 1 }, until = TimeProvider.System.GetUtcNow().AddHours(1), reason = "soon" }, Cancel);
        Assert.StartsWith("local asks for 1 core more of default for ads until", (await ToldAsync("expansionAsked", "opened")).GetProperty("summary").GetString(), StringComparison.Ordinal);
        string id = (await asked.Content.ReadFromJsonAsync<JsonElement>(Cancel)).GetProperty("id").GetString()!;
        using HttpResponseMessage declined = await platform.Client.PostAsJsonAsync($"api/v1/quotas/expansions/requests/{id}/decline", new { word = "not yet" }, Cancel);
        Assert.True(declined.IsSuccessStatusCode, await declined.Content.ReadAsStringAsync(Cancel));
        await ToldAsync("expansionAsked", "resolved");

        using HttpResponseMessage made = await platform.Client.PostAsJsonAsync("api/v1/quotas/expansions",
            new { group = "ads", pool = "default", more = new { cpu = 1 }, until = TimeProvider.System.GetUtcNow().AddSeconds(3), reason = "launch" }, Cancel);
        Assert.True(made.IsSuccessStatusCode, await made.Content.ReadAsStringAsync(Cancel));
        Assert.Contains("approved by local (launch) ends at", (await ToldAsync("expansionEnds", "opened")).GetProperty("summary").GetString(), StringComparison.Ordinal);
        Assert.Equal("it has ended", (await ToldAsync("expansionEnds", "resolved")).GetProperty("because").GetString());
        await ToldAsync("expansionEnded", "opened");

        await ApplyAsync(hours: 100);
        Assert.Equal("there is budget again", (await ToldAsync("budget", "resolved")).GetProperty("because").GetString());
        // Look after look opened each of them once.
        JsonElement[] all = [.. (await platform.GetJsonAsync("api/v1/alarms?limit=100")).GetProperty("items").EnumerateArray().Where(a => a.GetProperty("rule").GetString() == "resources#all")];
        Assert.Equal(["budget", "expansionAsked", "expansionEnded", "expansionEnds"], all.Select(a => a.GetProperty("event").GetString()).Order());
    }

    [Fact]
    public async Task Who_waits_for_resources_too_long_is_told_of_with_the_reason()
    {
        using HttpResponseMessage applied = await platform.Client.PutAsJsonAsync("api/v1/quotas/file",
            new { file = """{ "groups": { "feed": { "quotas": { "default": { "nominal": { "cpu": "500m" }, "borrowingLimit": { "cpu": 0 } } } } } }""" }, Cancel);
        Assert.True(applied.IsSuccessStatusCode, await applied.Content.ReadAsStringAsync(Cancel));
        Guid run = await platform.StartAsync("""
            { "id": "waits", "basic": { "group": "feed", "owner": "mia" }, "alarms": [ { "on": ["queued"], "longerThan": "PT0.2S", "to": ["hook"] } ],
              "activities": { "big": { "type": "train.script", "resources": { "cpu": 1 }, "inputs": { "command": ["true"] } } } }
            """);
        string summary = (await ToldAsync("queued", "opened")).GetProperty("summary").GetString()!;
        Assert.StartsWith("waits/big has waited for resources for more than", summary, StringComparison.Ordinal);
        Assert.Contains("group 'feed' uses nothing in pool 'default', where its quota is 0.5 cores, and can get 0.5 cores more, what it may borrow included; this asks for 1 core", summary, StringComparison.Ordinal);
        using HttpResponseMessage canceled = await platform.Client.PostAsync($"api/v1/runs/{run}/cancel", null, Cancel);
        Assert.True(canceled.IsSuccessStatusCode, await canceled.Content.ReadAsStringAsync(Cancel));
        Assert.Equal("it waits no longer", (await ToldAsync("queued", "resolved")).GetProperty("because").GetString());
    }

    private async Task ApplyAsync(double hours)
    {
        string file = $$"""
            { "pools": { "default": { "nodes": { "n": { "cpu": 8, "memory": "8Gi" } } } },
              "groups": { "ads": { "quotas": { "default": { "nominal": { "cpu": 1 } } }, "budget": { "gpuHours": {{hours}} } } },
              "alarms": [ { "name": "all", "on": ["budget", "expansionEnds", "expansionEnded", "expansionAsked"], "percent": 75, "within": "PT1H", "to": ["hook"] } ] }
            """;
        using HttpResponseMessage applied = await platform.Client.PutAsJsonAsync("api/v1/quotas/file", new { file }, Cancel);
        Assert.True(applied.IsSuccessStatusCode, await applied.Content.ReadAsStringAsync(Cancel));
    }

    /// <summary>As if attempts had held devices until now.</summary>
    private async Task UseAsync(int gpus, TimeSpan time)
    {
        DateTimeOffset now = TimeProvider.System.GetUtcNow(), from = now - time;
        JournalBatch batch = new();
        batch.Consumed.Add("ads", "ann", new ResourceRequest(0, 0, gpus * 1000), from, now);
        IRunStore store = platform.Services.GetRequiredService<IRunStore>();
        await store.CommitAsync(new ReplicaLease("other", await store.AcquireLeaseAsync("other", TimeSpan.FromMinutes(5), Cancel)), batch, Cancel);
    }

    private async Task<JsonElement> ToldAsync(string what, string kind)
    {
        JsonElement message = (await platform.Receiver.NextAsync(r => r.Path == "/hook" && r.Body.GetProperty("kind").GetString() == kind
            && r.Body.GetProperty("alarms").EnumerateArray().Any(a => a.GetProperty("event").GetString() == what), Cancel)).Body;
        return message.GetProperty("alarms").EnumerateArray().First(a => a.GetProperty("event").GetString() == what);
    }
}
