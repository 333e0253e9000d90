using System.Text.Json;
using Xunit;

namespace MLPlatform.IntegrationTests.Cli;

/// <summary>What the owner of a run is told about what it asked for.</summary>
public sealed class ScoreTests : IDisposable
{
    private readonly Mlp _mlp = new();

    public void Dispose() => _mlp.Dispose();

    [Fact]
    public async Task Who_asked_for_more_than_was_used_is_told_by_how_much()
    {
        // Long enough that its use is known, and idle.
        string file = _mlp.Write("idle.json", """
            {
              "id": "idle",
              "resources": { "cpu": 2, "memory": "512Mi" },
              "advanced": { "timeout": "PT2H" },
              "activities": { "wait": { "type": "train.script", "inputs": { "command": ["sh", "-c", "sleep 6; echo '{}' > $MLP_ATTEMPT_DIR/outputs.json"] } } }
            }
            """);
        (await _mlp.RunAsync("run", file)).Well();
        string told = (await _mlp.RunAsync("runs", "score", "last")).Well().Output;
        Assert.Matches(@"^idle: \d+\.\d of 100\n", told);
        Assert.Matches(@"asked for 2 cores, used 0[.\d]* on average and [.\d]+ at most: ask for 0\.5", told);
        Assert.Matches(@"asked for 512 MiB, used [.\d]+ [KM]iB at most: ask for 64 MiB", told);
        Assert.Matches(@"declared 2 h, took \d[.\d]* s: advanced\.timeout ""PT1M"" would do", told);
        Assert.Contains("its pool", told, StringComparison.Ordinal);

        JsonElement run = JsonElement.Parse((await _mlp.RunAsync("runs", "score", "last", "--json")).Well().Output);
        JsonElement wait = Assert.Single(run.GetProperty("activities").EnumerateArray());
        Assert.Equal(run.GetProperty("score").GetDouble(), wait.GetProperty("score").GetDouble());
        Assert.Equal(["runTime", "queueing", "cpu", "memory", "demand"], wait.GetProperty("parts").EnumerateArray().Select(p => p.GetProperty("aspect").GetString()));
        Assert.Equal(0.25, wait.GetProperty("parts")[2].GetProperty("value").GetDouble());

        JsonElement mean = JsonElement.Parse((await _mlp.RunAsync("pipelines", "score", "idle", "--json")).Well().Output);
        Assert.Equal((1, run.GetProperty("score").GetDouble()), (mean.GetProperty("runs").GetInt32(), mean.GetProperty("score").GetDouble()));
        Assert.Contains("over 1 runs", (await _mlp.RunAsync("pipelines", "score", "idle")).Well().Output, StringComparison.Ordinal);

        Outcome unknown = await _mlp.RunAsync("pipelines", "score", "nothing");
        Assert.NotEqual(0, unknown.Code);
        Assert.Contains("'nothing'", unknown.Error, StringComparison.Ordinal);
    }
}
