using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using MLPlatform.IntegrationTests.Server;
using Xunit;

namespace MLPlatform.IntegrationTests.Quotas;

/// <summary>Editors ask, administrators decide.</summary>
public sealed class ExpansionRequestTests(TokenPlatform platform) : IClassFixture<TokenPlatform>, IAsyncLifetime
{
    private const string Requests = "api/v1/quotas/expansions/requests";

    private const string File = """
        { "pools": { "fast": { "nodes": { "n": { "cpu": 8, "memory": "8Gi" } } } },
          "groups": { "ads": { "quotas": { "fast": { "nominal": { "cpu": 4 } } } }, "feed": { "quotas": { "fast": { "nominal": { "cpu": 4 } } } } } }
        """;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => Well(await platform.Client.PutAsJsonAsync("api/v1/quotas/file", new { file = File }, Cancel));

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task An_editor_asks_an_administrator_names_a_source_and_all_of_it_is_told()
    {
        using HttpClient mia = await ClientAsync("mia", "editor"), looker = await ClientAsync("lo", "viewer");
        Assert.Equal(HttpStatusCode.Forbidden, (await looker.PostAsJsonAsync(Requests, Wish(), Cancel)).StatusCode);
        await ProblemAssert.IsAsync(await mia.PostAsJsonAsync(Requests, Wish(group: "adds"), Cancel), 400, "QUOTA-003");
        await ProblemAssert.IsAsync(await mia.PostAsJsonAsync(Requests, Wish(hours: -1), Cancel), 409, "QUOTA-010");

        // All eight cores are promised already: that is for who approves.
        JsonElement asked = await ReadAsync(await mia.PostAsJsonAsync(Requests, Wish(), Cancel));
        Assert.Equal(("pending", "mia"), (asked.GetProperty("state").GetString(), asked.GetProperty("askedBy").GetString()));
        string at = $"{Requests}/{asked.GetProperty("id").GetString()}";
        Assert.Equal(HttpStatusCode.Forbidden, (await mia.PostAsJsonAsync(at + "/approve", new { }, Cancel)).StatusCode);
        await ProblemAssert.IsAsync(await platform.Client.PostAsJsonAsync(at + "/approve", new { }, Cancel), 409, "QUOTA-010");
        JsonElement approved = await ReadAsync(await platform.Client.PostAsJsonAsync(at + "/approve", new { word = "well", source = "feed" }, Cancel));
        Assert.Equal(("approved", "well"), (approved.GetProperty("state").GetString(), approved.GetProperty("word").GetString()));
        JsonElement made = (await platform.GetJsonAsync("api/v1/quotas/expansions")).EnumerateArray().Single(e => e.GetProperty("id").GetString() == asked.GetProperty("id").GetString());
        Assert.Equal(("inForce", "mia", "feed"), (made.GetProperty("state").GetString(), made.GetProperty("createdBy").GetString(), made.GetProperty("source").GetString()));
        JsonElement late = await ProblemAssert.IsAsync(await platform.Client.PostAsJsonAsync(at + "/decline", new { word = "no" }, Cancel), 409, "QUOTA-012");
        Assert.Contains("has approved it already", late.GetProperty("detail").GetString(), StringComparison.Ordinal);
        string trail = (await platform.GetJsonAsync("api/v1/audit?limit=1000")).GetRawText();
        Assert.Contains("quota.request", trail, StringComparison.Ordinal);
        Assert.Contains("quota.approve", trail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_asked_takes_it_back_and_nobody_else_but_an_administrator()
    {
        using HttpClient ann = await ClientAsync("ann", "editor"), bob = await ClientAsync("bob", "editor");
        string first = $"{Requests}/{(await ReadAsync(await ann.PostAsJsonAsync(Requests, Wish(), Cancel))).GetProperty("id").GetString()}";
        await ProblemAssert.IsAsync(await bob.PostAsync(first + "/withdraw", null, Cancel), 403, "QUOTA-013");
        Assert.Equal("withdrawn", (await ReadAsync(await ann.PostAsync(first + "/withdraw", null, Cancel))).GetProperty("state").GetString());
        string second = $"{Requests}/{(await ReadAsync(await ann.PostAsJsonAsync(Requests, Wish(), Cancel))).GetProperty("id").GetString()}";
        await ProblemAssert.IsAsync(await platform.Client.PostAsJsonAsync(second + "/decline", new { word = " " }, Cancel), 400, "API-003");
        Assert.Equal("not now", (await ReadAsync(await platform.Client.PostAsJsonAsync(second + "/decline", new { word = "not now" }, Cancel))).GetProperty("word").GetString());
        Assert.Contains((await platform.GetJsonAsync(Requests + "?state=declined")).EnumerateArray(), r => second.EndsWith(r.GetProperty("id").GetString()!, StringComparison.Ordinal));
        await ProblemAssert.IsAsync(await platform.Client.GetAsync(Requests + "?state=burning", Cancel), 400, "API-003");
        await ProblemAssert.IsAsync(await platform.Client.PostAsJsonAsync($"{Requests}/{Guid.NewGuid()}/approve", new { }, Cancel), 404, "API-004");
    }

    private static object Wish(string group = "ads", int hours = 1) =>
        new { group, pool = "fast", more = new { cpu = 1 }, until = TimeProvider.System.GetUtcNow().AddHours(hours), reason = "launch" };

    private async Task<HttpClient> ClientAsync(string name, string role) =>
        platform.ClientFor((await ReadAsync(await platform.Client.PostAsJsonAsync("api/v1/tokens", new { name, role }, Cancel))).GetProperty("token").GetString());

    private static async Task<JsonElement> ReadAsync(HttpResponseMessage response)
    {
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync(Cancel));
        return await response.Content.ReadFromJsonAsync<JsonElement>(Cancel);
    }

    private static void Well(HttpResponseMessage response) => response.EnsureSuccessStatusCode();
}
