using System.Text.Json.Nodes;
using MLPlatform.Tests.Kubernetes.Schemas;
using Xunit;

namespace MLPlatform.IntegrationTests.Cli;

public sealed class ExportKueueCommandTests : IDisposable
{
    private readonly Mlp _mlp = new();

    public void Dispose() => _mlp.Dispose();

    [Fact]
    public async Task A_file_or_what_the_server_holds_is_written_with_the_expansions_of_an_instant()
    {
        string file = _mlp.Write("resources.json", """{ "pools": { "fast": { "nodes": { "n": { "cpu": 4, "memory": "8Gi" } } } }, "groups": { "ads": { "quotas": { "fast": { "nominal": { "cpu": 2 } } } } } }""");
        Assert.Equal("2", Quota((await _mlp.RunAsync("export", "kueue", file)).Well().Output));

        Outcome none = await _mlp.RunAsync("export", "kueue");
        Assert.NotEqual(0, none.Code);
        Assert.Contains("mlp quota apply", none.Error, StringComparison.Ordinal);
        (await _mlp.RunAsync("quota", "apply", file)).Well();
        (await _mlp.RunAsync("quota", "expand", "ads", "--pool", "fast", "--cpu", "1500m", "--until", "PT2H", "--reason", "launch")).Well();
        Assert.Equal("3500m", Quota((await _mlp.RunAsync("export", "kueue", "--json")).Well().Output));
        Assert.Equal("2", Quota((await _mlp.RunAsync("export", "kueue", "--at", "2000-01-01T00:00:00Z")).Well().Output));
        Assert.Contains("kind: Queue", (await _mlp.RunAsync("export", "kueue", "--volcano")).Well().Output, StringComparison.Ordinal);

        Outcome wrong = await _mlp.RunAsync("export", "kueue", _mlp.Write("wrong.json", """{ "pools": { "fast": {} }, "groups": { "Ads": {}, "ads": {} } }"""));
        wrong.Is(2);
        Assert.Contains("error QUOTA-061", wrong.Error, StringComparison.Ordinal);
        Assert.Empty(wrong.Output);
        (await _mlp.RunAsync("export", "kueue", file, "--at", "tomorrow")).Is(2);
        (await _mlp.RunAsync("export", "kueue", file, "--namespace", "Not_One")).Is(2);
    }

    private static string Quota(string written)
    {
        JsonObject queue = ManifestReader.Read(written).Single(o => (string?)o["kind"] == "ClusterQueue" && (string?)o["metadata"]!["name"] == "ads");
        return (string)queue["spec"]!["resourceGroups"]![0]!["flavors"]![0]!["resources"]![0]!["nominalQuota"]!;
    }
}
