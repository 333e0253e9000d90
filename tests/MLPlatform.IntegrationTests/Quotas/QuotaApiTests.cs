using System.Net.Http.Json;
using System.Text.Json;
using MLPlatform.IntegrationTests.Server;
using Xunit;

namespace MLPlatform.IntegrationTests.Quotas;

public sealed class QuotaApiTests : IAsyncLifetime
{
    private const string File = """
        {
          "pools": { "production": { "nodes": { "big": { "cpu": 8, "memory": "32Gi", "gpus": 2, "gpuModel": "A100" } } } },
          "groups": {
            "ads": { "quotas": { "production": { "nominal": { "cpu": 4, "gpu": 1 } } } },
            "feed": { "quotas": { "production": { "nominal": { "cpu": 4 } } } }
          }
        }
        """;

    private readonly TestPlatform _platform = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync() => _platform.InitializeAsync();

    public ValueTask DisposeAsync() => _platform.DisposeAsync();

    [Fact]
    public async Task A_wrong_file_is_refused_with_every_place_and_a_right_one_holds()
    {
        JsonElement refused = await ProblemAssert.IsAsync(await ApplyAsync("{\n \"groups\": { \"ads\": { \"parent\": \"no\", \"wight\": 1 } } }"), 422, "QUOTA-011");
        Assert.Equal(["QUOTA-003", "PIPE-005"], refused.GetProperty("diagnostics").EnumerateArray().Select(d => d.GetProperty("code").GetString()));
        Assert.Equal(0, (await _platform.GetJsonAsync("api/v1/quotas")).GetProperty("version").GetInt32());

        Assert.Equal(1, (await AppliedAsync(File)).GetProperty("version").GetInt32());
        JsonElement quotas = (await _platform.GetJsonAsync("api/v1/quotas")).GetProperty("quotas");
        Assert.Equal([("ads", 4.0), ("feed", 4.0)], quotas.EnumerateArray().Select(q => (q.GetProperty("group").GetString(), q.GetProperty("nominal").GetProperty("cpu").GetDouble())));
        JsonElement pool = await _platform.GetJsonAsync("api/v1/pools/production");
        Assert.Equal(2, pool.GetProperty("pool").GetProperty("total").GetProperty("gpu").GetInt32());
        Assert.Equal("A100", pool.GetProperty("machines")[0].GetProperty("gpus")[1].GetProperty("model").GetString());
        JsonElement audit = await _platform.GetJsonAsync("api/v1/audit");
        Assert.Contains("quota.apply", audit.GetRawText(), StringComparison.Ordinal);
        await ProblemAssert.IsAsync(await _platform.Client.GetAsync("api/v1/pools/prodution", Cancel), 404, "API-004");
    }

    [Fact]
    public async Task An_expansion_adds_to_one_takes_from_the_other_and_ends()
    {
        await AppliedAsync(File);
        object wanted = new { group = "ads", pool = "production", more = new { cpu = 2 }, until = TimeProvider.System.GetUtcNow().AddHours(1), reason = "launch", source = "feed" };
        JsonElement made = await ReadAsync(await PostAsync("expansions", wanted));
        Assert.Equal(("inForce", "local"), (made.GetProperty("state").GetString(), made.GetProperty("approver").GetString()));
        Assert.Equal("6 2", await NominalAsync());

        // The pool's eight cores are all promised, so without a source there is nothing to give.
        await ProblemAssert.IsAsync(await PostAsync("expansions", new { group = "ads", pool = "production", more = new { cpu = 1 }, until = TimeProvider.System.GetUtcNow().AddHours(1), reason = "more" }), 409, "QUOTA-010");
        await ProblemAssert.IsAsync(await PostAsync("expansions", new { group = "adds", pool = "production", more = new { cpu = 1 }, until = TimeProvider.System.GetUtcNow().AddHours(1), reason = "more" }), 400, "QUOTA-003");
        await ProblemAssert.IsAsync(await PostAsync("expansions", new { group = "ads", pool = "production", more = new { cpu = 1 }, until = TimeProvider.System.GetUtcNow().AddHours(-1), reason = "late", source = "feed" }), 409, "QUOTA-010");

        Assert.Equal("over", (await ReadAsync(await PostAsync($"expansions/{made.GetProperty("id").GetString()}/end", new { }))).GetProperty("state").GetString());
        Assert.Equal("4 4", await NominalAsync());
        Assert.Empty((await _platform.GetJsonAsync("api/v1/quotas/expansions")).EnumerateArray());
        Assert.Single((await _platform.GetJsonAsync("api/v1/quotas/expansions?all=true")).EnumerateArray());
    }

    [Fact]
    public async Task The_tree_of_groups_is_told_whole_and_parents_count_those_below()
    {
        await AppliedAsync("""
            {
              "pools": { "production": {}, "fast": { "selector": { "purpose": "fast" } } },
              "groups": {
                "reco": {}, "ads": { "parent": "reco", "quotas": { "production": { "nominal": { "cpu": 1 } } } }, "feed": { "parent": "reco" },
                "alone": {}, "lab": { "quotas": { "fast": { "nominal": { "cpu": 1 } } } }
              }
            }
            """);
        JsonElement[] quotas = [.. (await _platform.GetJsonAsync("api/v1/quotas")).GetProperty("quotas").EnumerateArray()];
        Assert.Equal(["ads production", "feed production", "lab fast", "reco production"], quotas.Select(q => $"{q.GetProperty("group").GetString()} {q.GetProperty("pool").GetString()}").Order());
        JsonElement parent = quotas.Single(q => q.GetProperty("group").GetString() == "reco");
        Assert.False(parent.TryGetProperty("nominal", out _));
        Assert.Equal(0, parent.GetProperty("within").GetProperty("cpu").GetDouble());
    }

    [Theory]
    [InlineData("api/v1/alarms/deliveries?state=", "waiting")]
    [InlineData("api/v1/pool-promotions?state=", "inForce")]
    [InlineData("api/v1/labels/batches?status=", "open")]
    [InlineData("api/v1/runs?state=", "running")]
    public async Task A_state_is_asked_for_as_answers_write_it(string address, string state)
    {
        foreach (string written in new[] { state, state.ToLowerInvariant(), char.ToUpperInvariant(state[0]) + state[1..] })
        {
            using HttpResponseMessage found = await _platform.Client.GetAsync(new Uri(address + written, UriKind.Relative), Cancel);
            Assert.True(found.IsSuccessStatusCode, $"{address}{written}: {await found.Content.ReadAsStringAsync(Cancel)}");
        }
        JsonElement unknown = await ProblemAssert.IsAsync(await _platform.Client.GetAsync(new Uri(address + "burning", UriKind.Relative), Cancel), 400, "API-003");
        Assert.Contains(state, unknown.GetProperty("hint").GetString(), StringComparison.Ordinal);
        await ProblemAssert.IsAsync(await _platform.Client.GetAsync(new Uri(address + "0", UriKind.Relative), Cancel), 400, "API-003");
    }

    [Fact]
    public async Task Who_waits_and_what_was_used_are_told_where_nobody_did()
    {
        JsonElement waits = await _platform.GetJsonAsync("api/v1/waits");
        Assert.Equal((0, 0), (waits.GetProperty("total").GetInt32(), waits.GetProperty("waits").GetArrayLength()));
        JsonElement usage = await _platform.GetJsonAsync("api/v1/quotas/usage?hours=2&steps=4");
        Assert.Equal((1800, true, 0), (usage.GetProperty("stepSeconds").GetDouble(), usage.GetProperty("complete").GetBoolean(), usage.GetProperty("pools").GetArrayLength()));
        foreach (string wrong in new[] { "waits?limit=0", "quotas/usage?hours=0", "quotas/usage?steps=501", "quotas/usage?hours=NaN" })
            await ProblemAssert.IsAsync(await _platform.Client.GetAsync(new Uri("api/v1/" + wrong, UriKind.Relative), Cancel), 400, "API-003");
    }

    private async Task<string> NominalAsync() =>
        string.Join(" ", (await _platform.GetJsonAsync("api/v1/quotas")).GetProperty("quotas").EnumerateArray().Select(q => q.GetProperty("nominal").GetProperty("cpu").GetRawText()));

    private Task<HttpResponseMessage> ApplyAsync(string file) => _platform.Client.PutAsJsonAsync("api/v1/quotas/file", new { file }, Cancel);

    private async Task<JsonElement> AppliedAsync(string file) => await ReadAsync(await ApplyAsync(file));

    private Task<HttpResponseMessage> PostAsync(string path, object body) => _platform.Client.PostAsJsonAsync("api/v1/quotas/" + path, body, Cancel);

    private static async Task<JsonElement> ReadAsync(HttpResponseMessage response)
    {
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync(Cancel));
        return await response.Content.ReadFromJsonAsync<JsonElement>(Cancel);
    }
}
