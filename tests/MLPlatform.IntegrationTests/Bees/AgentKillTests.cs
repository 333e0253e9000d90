using System.Diagnostics;
using System.Text.Json;
using Xunit;

namespace MLPlatform.IntegrationTests.Bees;

/// <summary>The real command, killed while it works.</summary>
public sealed class AgentKillTests
{
    [Fact]
    public async Task Killed_over_and_over_it_delivers_every_line_once()
    {
        string home = Directory.CreateTempSubdirectory("mlp-bees-").FullName;
        try
        {
            string log = Path.Combine(home, "a.log"), config = Path.Combine(home, "agent.json"), output = Path.Combine(home, "out");
            await File.WriteAllTextAsync(config, JsonSerializer.Serialize(new
            {
                agent = "killed",
                checkpoint = Path.Combine(home, "checkpoint.json"),
                sources = new[] { new { name = "app", paths = new[] { Path.Combine(home, "*.log") } } },
                sink = new { type = "folder", folder = output },
                linger = "PT0.01S",
            }), TestContext.Current.CancellationToken);
            int written = 0;
            for (int round = 0; round < 4; round++)
            {
                using Process agent = Start(config);
                int before = Lines(output);
                while (Lines(output) == before)
                {
                    Assert.False(agent.HasExited, "the agent ended by itself");
                    await File.AppendAllLinesAsync(log, Enumerable.Range(written, 500).Select(i => $"line {i}"), TestContext.Current.CancellationToken);
                    written += 500;
                }
                agent.Kill();
                await agent.WaitForExitAsync(TestContext.Current.CancellationToken);
            }
            using Process last = Start(config, "--once");
            await last.WaitForExitAsync(TestContext.Current.CancellationToken);
            Assert.Equal(0, last.ExitCode);
            Assert.Equal(Enumerable.Range(0, written).Select(i => $"line {i}"), Texts(output));
        }
        finally
        {
            Directory.Delete(home, recursive: true);
        }
    }

    private static Process Start(string config, params string[] more)
    {
        string command = Path.Combine(AppContext.BaseDirectory, "mlp.dll");
        return Process.Start(new ProcessStartInfo("dotnet", [command, "bees", "agent", "--config", config, .. more]) { RedirectStandardError = true })!;
    }

    private static int Lines(string output) => !Directory.Exists(output) ? 0 : Directory.EnumerateFiles(output, "*.jsonl", SearchOption.AllDirectories).Count();

    private static IEnumerable<string> Texts(string output) => Directory.EnumerateFiles(output, "*.jsonl", SearchOption.AllDirectories)
        .Order(StringComparer.Ordinal).SelectMany(File.ReadLines).Select(l => JsonDocument.Parse(l).RootElement.GetProperty("text").GetString()!);
}
