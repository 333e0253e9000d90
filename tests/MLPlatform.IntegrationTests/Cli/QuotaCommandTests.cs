using System.Text.Json;
using Xunit;

namespace MLPlatform.IntegrationTests.Cli;

public sealed class QuotaCommandTests : IDisposable
{
    private readonly Mlp _mlp = new();

    public void Dispose() => _mlp.Dispose();

    [Fact]
    public async Task Resources_are_checked_without_a_server_applied_expanded_and_shown()
    {
        Outcome wrong = await _mlp.RunAsync("validate", _mlp.Write("wrong.json", "{\n  \"pools\": { \"fast\": {} },\n  \"groups\": { \"ads\": { \"quotas\": { \"fats\": { \"nominal\": {} } } } }\n}"));
        wrong.Is(2);
        Assert.StartsWith("wrong.json:3:36: error QUOTA-002: there is no pool \"fats\" ($.groups.ads.quotas.fats) Did you mean \"fast\"?", wrong.Error, StringComparison.Ordinal);
        string file = _mlp.Write("resources.json", """{ "pools": { "fast": { "nodes": { "n": { "cpu": 4, "memory": "8Gi" } } } }, "groups": { "ads": { "quotas": { "fast": { "nominal": { "cpu": 2 } } } } } }""");
        Assert.Equal("resources.json: valid, resources of 1 pool and 1 group\n", (await _mlp.RunAsync("validate", file)).Well().Output);

        (await _mlp.RunAsync("quota", "apply", "wrong.json")).Is(2);
        Assert.Contains("nothing is metered", (await _mlp.RunAsync("quota", "show")).Well().Output, StringComparison.Ordinal);
        Assert.StartsWith("version 1 holds", (await _mlp.RunAsync("quota", "apply", file)).Well().Output, StringComparison.Ordinal);
        Assert.Contains("2 cpu more of fast until", (await _mlp.RunAsync("quota", "expand", "ads", "--pool", "fast", "--cpu", "2", "--until", "PT2H", "--reason", "launch")).Well().Output, StringComparison.Ordinal);
        Assert.Contains("4 cpu (with 2 cpu more for a while)", (await _mlp.RunAsync("quota", "show")).Well().Output, StringComparison.Ordinal);
        Outcome tooMuch = await _mlp.RunAsync("quota", "expand", "ads", "--pool", "fast", "--cpu", "2", "--until", "PT2H", "--reason", "again");
        tooMuch.Is(1);
        Assert.Contains("QUOTA-010", tooMuch.Error, StringComparison.Ordinal);
        JsonElement expansion = JsonElement.Parse((await _mlp.RunAsync("quota", "expansions", "--json")).Well().Output)[0];
        (await _mlp.RunAsync("quota", "end", expansion.GetProperty("id").GetString()!)).Is(0);
        Assert.DoesNotContain("for a while", (await _mlp.RunAsync("quota", "show")).Well().Output, StringComparison.Ordinal);

        Assert.Contains("2 cpu more of fast for ads", (await _mlp.RunAsync("quota", "expansions", "request", "ads", "--pool", "fast", "--cpu", "2", "--until", "PT2H", "--reason", "launch")).Well().Output, StringComparison.Ordinal);
        Assert.Contains("pending", (await _mlp.RunAsync("quota", "expansions", "list")).Well().Output, StringComparison.Ordinal);
        string asked = JsonElement.Parse((await _mlp.RunAsync("quota", "expansions", "requests", "--state", "pending", "--json")).Well().Output)[0].GetProperty("id").GetString()!;
        (await _mlp.RunAsync("quota", "expansions", "decline", asked)).Is(2);
        Assert.Contains("declined by local (not today)", (await _mlp.RunAsync("quota", "expansions", "decline", asked, "--word", "not today")).Well().Output, StringComparison.Ordinal);
        Outcome late = await _mlp.RunAsync("quota", "expansions", "approve", asked);
        late.Is(1);
        Assert.Contains("QUOTA-012", late.Error, StringComparison.Ordinal);
        asked = JsonElement.Parse((await _mlp.RunAsync("quota", "expansions", "request", "ads", "--pool", "fast", "--cpu", "1", "--until", "PT2H", "--reason", "again", "--json")).Well().Output).GetProperty("id").GetString()!;
        Assert.Contains("approved by local (well)", (await _mlp.RunAsync("quota", "expansions", "approve", asked, "--word", "well")).Well().Output, StringComparison.Ordinal);
        Assert.Contains("3 cpu (with 1 cpu more for a while)", (await _mlp.RunAsync("quota", "show")).Well().Output, StringComparison.Ordinal);
        Assert.Contains("4 cpu, 8 GiB", (await _mlp.RunAsync("pools", "list")).Well().Output, StringComparison.Ordinal);
        Assert.Contains("(declared)", (await _mlp.RunAsync("pools", "show", "fast")).Well().Output, StringComparison.Ordinal);
    }
}
