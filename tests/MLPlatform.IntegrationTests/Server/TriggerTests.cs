using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Xunit;

namespace MLPlatform.IntegrationTests.Server;

public sealed class TriggerTests(TestPlatform platform) : IClassFixture<TestPlatform>
{
    private const string Nightly = """
        {
          "id": "nightly",
          "schedule": { "triggers": [
            { "type": "cron", "name": "night", "cron": "0 3 * * *", "timeZone": "Europe/Berlin" },
            { "type": "webhook", "name": "hook" } ] },
          "activities": { "a": { "type": "control.noop" } }
        }
        """;

    [Fact]
    public async Task Triggers_are_listed_with_their_next_instants()
    {
        await ApplyAsync();
        JsonElement all = await platform.GetJsonAsync("api/v1/triggers");
        Assert.Equal(["nightly/hook", "nightly/night"], all.GetProperty("triggers").EnumerateArray().Select(t => t.GetProperty("key").GetString()!).Order());
        JsonElement next = await platform.GetJsonAsync("api/v1/triggers/next?pipeline=nightly&after=2025-03-28T12:00:00Z");
        Assert.Equal(20, next.GetArrayLength());
        Assert.Equal("2025-03-29T02:00:00+00:00", next[0].GetProperty("instant").GetString());
        Assert.Equal("2025-03-30T01:00:00+00:00", next[1].GetProperty("instant").GetString());
        Assert.Equal(3, (await platform.GetJsonAsync("api/v1/triggers/next?count=3")).GetArrayLength());
        await ProblemAssert.IsAsync(await platform.Client.GetAsync("api/v1/triggers/next?pipeline=none"), 404, "API-004");
        await ProblemAssert.IsAsync(await platform.Client.GetAsync("api/v1/triggers/next?count=0"), 400, "API-003");
    }

    [Fact]
    public async Task A_webhook_call_is_taken_once_for_each_key()
    {
        await ApplyAsync();
        JsonElement first = await CallAsync("k1", HttpStatusCode.Accepted);
        JsonElement again = await CallAsync("k1", HttpStatusCode.Accepted);
        Assert.Equal(first.GetProperty("run").GetGuid(), again.GetProperty("run").GetGuid());
        Assert.NotEqual(first.GetProperty("run").GetGuid(), (await CallAsync("k2", HttpStatusCode.Accepted)).GetProperty("run").GetGuid());
        await ProblemAssert.IsAsync(await platform.Client.PostAsync("api/v1/hooks/nightly/none", null), 404, "API-004");
        // GitHub sends a delivery again under the same id.
        JsonElement delivered = await CallAsync("d1", HttpStatusCode.Accepted, "X-GitHub-Delivery");
        Assert.Equal(delivered.GetProperty("run").GetGuid(), (await CallAsync("d1", HttpStatusCode.Accepted, "X-GitHub-Delivery")).GetProperty("run").GetGuid());
        Assert.Equal(3, (await platform.GetJsonAsync("api/v1/triggers/nightly/hook/firings")).GetArrayLength());
    }

    [Fact]
    public async Task Half_a_surrogate_pair_is_refused_as_what_it_is()
    {
        await ApplyAsync();
        using StringContent hook = new("""{"x":"\ud800"}""", Encoding.UTF8, "application/json");
        await ProblemAssert.IsAsync(await platform.Client.PostAsync("api/v1/hooks/nightly/hook", hook), 400, "TRIG-033");
        using StringContent run = new("""{"pipeline":"nightly","parameters":{"x":"\ud800"}}""", Encoding.UTF8, "application/json");
        await ProblemAssert.IsAsync(await platform.Client.PostAsync("api/v1/runs", run), 400, "API-003");
    }

    [Fact]
    public async Task A_backfill_names_its_dates()
    {
        await ApplyAsync();
        HttpResponseMessage response = await platform.Client.PostAsJsonAsync(
            "api/v1/backfills", new { pipeline = "nightly", from = "2025-03-01", to = "2025-03-03", dryRun = true });
        JsonElement result = await response.Content.ReadFromJsonAsync<JsonElement>();
        Assert.True(response.IsSuccessStatusCode, result.ToString());
        Assert.Equal(3, result.GetProperty("dates").GetArrayLength());
        HttpResponseMessage missing = await platform.Client.PostAsJsonAsync("api/v1/backfills", new { pipeline = "none", from = "2025-03-01", to = "2025-03-03" });
        await ProblemAssert.IsAsync(missing, 404, "TRIG-043");
        HttpResponseMessage backwards = await platform.Client.PostAsJsonAsync("api/v1/backfills", new { pipeline = "nightly", from = "2025-03-03", to = "2025-03-01" });
        Assert.Equal(HttpStatusCode.UnprocessableEntity, backwards.StatusCode);
    }

    private async Task ApplyAsync() => (await platform.Client.PostAsJsonAsync("api/v1/pipelines", new { pipeline = Nightly })).EnsureSuccessStatusCode();

    private async Task<JsonElement> CallAsync(string key, HttpStatusCode expected, string header = "Idempotency-Key")
    {
        using HttpRequestMessage request = new(HttpMethod.Post, "api/v1/hooks/nightly/hook") { Content = new StringContent("{\"x\":1}", Encoding.UTF8, "application/json") };
        request.Headers.Add(header, key);
        HttpResponseMessage response = await platform.Client.SendAsync(request);
        Assert.Equal(expected, response.StatusCode);
        return await response.Content.ReadFromJsonAsync<JsonElement>();
    }
}
