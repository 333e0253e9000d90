using System.Text.Json;
using Xunit;

namespace MLPlatform.IntegrationTests.Cli;

/// <summary><c>mlp runs logs</c> as people use it.</summary>
public sealed class LogsTests : IDisposable
{
    private readonly Mlp _mlp = new();

    public void Dispose() => _mlp.Dispose();

    [Fact]
    public async Task A_log_is_searched_and_its_first_error_is_shown()
    {
        const string script = "for i in $(seq 1 30); do echo \"step $i loss 0.$i\"; done; echo 'ValueError: no column'; echo bye; exit 3";
        string file = _mlp.Write("fails.json", JsonSerializer.Serialize(new
        {
            id = "fails",
            activities = new { train = new { type = "train.script", inputs = new { command = (string[])["sh", "-c", script] } } },
        }));
        (await _mlp.RunAsync("run", file)).Is(1);
        Assert.Equal("7:step 7 loss 0.7\n17:step 17 loss 0.17\n27:step 27 loss 0.27\n", await LogsAsync("train", "--search", "loss .*7$", "--regex"));
        Assert.Equal("29:step 29 loss 0.29\n30:step 30 loss 0.30\n", await LogsAsync("train", "--search", "LOSS", "--tail", "2"));
        Assert.Equal("1:step 1 loss 0.1\n", await LogsAsync("train", "--search", "step 1 ", "--follow"));
        Assert.StartsWith("==> train <==\n31:ValueError: no column\n", await LogsAsync("--errors"), StringComparison.Ordinal);
        Assert.Equal("ValueError: no column\nbye\n", await LogsAsync("train", "--tail", "2", "--follow"));
        JsonElement found = JsonElement.Parse(await LogsAsync("train", "--search", "bye", "--json"))[0];
        Assert.Equal((32, 1), (found.GetProperty("matches")[0].GetProperty("line").GetInt32(), found.GetProperty("matches")[0].GetProperty("column").GetInt32()));

        Outcome refused = await _mlp.RunAsync("runs", "logs", "last", "train", "--search", "(a)\\1", "--regex");
        Assert.Contains("API-003", refused.Error, StringComparison.Ordinal);
        Outcome lone = await _mlp.RunAsync("runs", "logs", "last", "train", "--regex");
        lone.Is(2);
        Assert.Contains("CLI-013", lone.Error, StringComparison.Ordinal);
    }

    private async Task<string> LogsAsync(params string[] more)
    {
        Outcome logs = await _mlp.RunAsync(["runs", "logs", "last", .. more]);
        logs.Is(0);
        return logs.Output;
    }
}
