using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using MLPlatform.Bees.Settings;
using MLPlatform.Core.Bees;
using MLPlatform.IntegrationTests.Server;
using MLPlatform.Storage.Bees;
using Xunit;

namespace MLPlatform.IntegrationTests.Bees;

/// <summary>The real agent and the real collector, over HTTP, from rotated files to rows of a table.</summary>
public sealed class AgentCollectorTests(TestPlatform platform) : IClassFixture<TestPlatform>
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(120);

    public static TheoryData<int> Seeds => [11, 12];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory, MemberData(nameof(Seeds))]
    public async Task Crashes_and_lost_answers_at_random_leave_every_record_in_the_log_once(int seed)
    {
        string source = $"replay-{seed}";
        await RegisterAsync(source);
        await using AgentWorld world = new(s => AgentReplayTests.Patient(s) with { Name = source });
        world.Settings = world.Settings with { Server = Address, Sink = new HttpSinkSettings() };
        List<string> expected = await new Replay(world, new Random(seed)).RunAsync();
        await HasAsync(source, expected);
        Assert.Equal(expected.Order(StringComparer.Ordinal), (await CollectAsync(source)).Order(StringComparer.Ordinal));
        Assert.DoesNotContain(world.Notices, n => n.Code == "BEES-030");
    }

    [Fact]
    public async Task The_command_killed_over_and_over_delivers_rotated_logs_whose_stack_traces_become_one_row_each()
    {
        await RegisterAsync("killed");
        Random random = new(7);
        string home = Directory.CreateTempSubdirectory("mlp-bees-").FullName;
        List<string> expected = [];
        try
        {
            Process agent = Start(home, "PT1H");
            foreach (Replay.LogFile file in Replay.Files())
            {
                expected.AddRange(file.Records);
                string path = Path.Combine(home, file.Family), rotated = Path.Combine(home, file.Rotated);
                int kill = random.Next(file.Bytes.Length);
                for (int at = 0; at < file.Bytes.Length;)
                {
                    int size = Replay.Piece(random, file.Bytes.Length - at);
                    await using (FileStream log = new(path, FileMode.Append, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete))
                        log.Write(file.Bytes, at, size);
                    if (at <= kill && kill < at + size && file.Bytes.Length > 30_000)
                        agent = await KillAsync(agent, home, random);
                    at += size;
                }
                File.Move(path, rotated);
                if (random.Next(2) == 0)
                    AgentRotationTests.Pack(rotated);
            }
            (await KillAsync(agent, home, random)).Kill();
            using Process last = Start(home, "PT0.5S", "--once");
            string told = await last.StandardError.ReadToEndAsync(Cancel);
            await last.WaitForExitAsync(Cancel);
            Assert.True(last.ExitCode == 0, told);
        }
        finally
        {
            Directory.Delete(home, recursive: true);
        }
        await HasAsync("killed", expected);
        List<string> rows = await CollectAsync("killed");
        Assert.Equal(expected.Order(StringComparer.Ordinal), rows.Order(StringComparer.Ordinal));
        Assert.Contains(rows, r => r.Contains('\n', StringComparison.Ordinal));
    }

    private string Address => platform.Client.BaseAddress!.ToString();

    // Somewhere in what it does after records arrived: this moment is what the test is about.
    private async Task<Process> KillAsync(Process agent, string home, Random random)
    {
        LandingLog log = await LogAsync("killed");
        using CancellationTokenSource limit = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        limit.CancelAfter(Deadline);
        for (long before = log.Now.Records; log.Now.Records == before;)
        {
            Assert.False(agent.HasExited, "the agent ended by itself");
            await File.AppendAllTextAsync(Path.Combine(home, "noise.txt"), ".", limit.Token);
            await Task.Delay(random.Next(20), limit.Token);
        }
        agent.Kill();
        await agent.WaitForExitAsync(Cancel);
        agent.Dispose();
        return Start(home, "PT1H");
    }

    private Process Start(string home, string after, params string[] more)
    {
        string config = Path.Combine(home, "agent.json");
        File.WriteAllText(config, JsonSerializer.Serialize(new
        {
            agent = "killed",
            server = Address,
            checkpoint = Path.Combine(home, "checkpoint.json"),
            sources = new[]
            {
                new { name = "killed", paths = new[] { Path.Combine(home, "*.log*") }, multiline = new { start = Replay.RecordStart, after }, finishAfter = after, maxRecordBytes = "1Mi" },
            },
            sink = new { type = "http" },
            linger = "PT0.01S",
            poll = "PT0.05S",
            settle = "PT0.5S",
        }));
        string command = Path.Combine(AppContext.BaseDirectory, "mlp.dll");
        return Process.Start(new ProcessStartInfo("dotnet", [command, "bees", "agent", "--config", config, .. more]) { RedirectStandardError = true })!;
    }

    private async Task RegisterAsync(string name)
    {
        using HttpResponseMessage response = await platform.Client.PutAsJsonAsync($"api/v1/bees/sources/{name}", new { name }, Cancel);
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync(Cancel));
    }

    private async Task<LandingLog> LogAsync(string source) => (await platform.Get<LandingLogs>().FindAsync(source, Cancel))!;

    private async Task HasAsync(string source, List<string> expected)
    {
        LandingLog log = await LogAsync(source);
        List<(string Channel, long Position, string Text)> landed = [];
        foreach (Segment segment in await log.SealAsync(Cancel))
        {
            SegmentScan.Read(log.FileOf(segment), (batch, _) =>
            {
                foreach (BatchRecord record in batch.Records)
                    landed.Add((batch.Header.Channel, record.Position, Encoding.UTF8.GetString(record.Bytes)));
            });
        }
        Assert.Equal(expected.Order(StringComparer.Ordinal), landed.Select(r => r.Text).Order(StringComparer.Ordinal));
        Assert.Equal(expected.Count, landed.DistinctBy(r => (r.Channel, r.Position)).Count());
    }

    private async Task<List<string>> CollectAsync(string source)
    {
        Guid run = await platform.StartAsync(string.Create(CultureInfo.InvariantCulture, $$$"""
            { "id": "collect-{{{source}}}", "activities": { "collect": { "type": "bees.collect", "inputs": { "source": "source:{{{source}}}", "format": "text", "maxLineBytes": 1048576 } } },
              "outputs": { "collect": "${{ activities.collect.outputs }}" } }
            """));
        JsonElement outputs = (await platform.WaitAsync(run, "succeeded")).GetProperty("outputs").GetProperty("collect");
        Assert.Equal(0, outputs.GetProperty("rejected").GetInt64());
        return await CollectedTable.ColumnAsync<string>(platform, outputs, "text", v => v);
    }
}
