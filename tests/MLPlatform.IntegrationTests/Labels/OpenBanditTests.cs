using System.Text.Json;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Artifacts;
using MLPlatform.IntegrationTests.Pipelines;
using MLPlatform.Tests;
using MLPlatform.Tests.Tables;
using Xunit;

namespace MLPlatform.IntegrationTests.Labels;

public sealed class OpenBanditTests : IDisposable
{
    private readonly TestActivityContext _context = new();

    public void Dispose() => _context.Dispose();

    [Theory]
    [InlineData("bts", 69)]
    [InlineData("random", 46)]
    public async Task The_join_by_row_id_finds_every_click_and_loses_no_impression(string policy, long clicks)
    {
        string data = SharedData.File("data/open_bandit_men");

        Dictionary<string, JsonElement> run = await InProcess.RunAsync(_context, "workflows/open-bandit.json", new { data, policy });

        Assert.Equal(10_000, run["outputs"].GetProperty("impressions").GetInt64());
        Assert.Equal(clicks, run["outputs"].GetProperty("clicks").GetInt64());
        Assert.Equal(0, run["outputs"].GetProperty("unmatchedFeedback").GetInt64());
        ArtifactRef labeled = run["label"].GetProperty("table").Deserialize<ArtifactRef>(ActivityJson.Options)!;
        ArtifactRef log = run["collect"].GetProperty("table").Deserialize<ArtifactRef>(ActivityJson.Options)!;
        string[] columns = ["row_id", "click", "\"timestamp\"", "item_id", "position", "propensity_score", "\"user-item_affinity_0\""];
        Assert.Equal(
            await _context.ReadAsync(log, string.Join(", ", columns), "ORDER BY row_id"),
            await _context.ReadAsync(labeled, string.Join(", ", columns)));
    }
}
