using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using MLPlatform.Bees.Settings;
using MLPlatform.Bees.Sinks;
using MLPlatform.Core.Bees;
using MLPlatform.IntegrationTests.Server;
using MLPlatform.Server.Bees.Relay;
using MLPlatform.Storage.Bees;
using Xunit;

namespace MLPlatform.IntegrationTests.Bees;

/// <summary>A relay between an agent and the server.</summary>
public sealed class RelayTests(TestPlatform platform) : IClassFixture<TestPlatform>, IDisposable
{
    private readonly string _home = Directory.CreateTempSubdirectory("mlp-relay-").FullName;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_home, recursive: true);

    [Fact]
    public async Task A_relay_killed_over_and_over_passes_every_record_on_once()
    {
        await RegisterAsync("relayed");
        string listen = $"http://127.0.0.1:{FreePort()}";
        string config = Path.Combine(_home, "relay.json");
        await File.WriteAllTextAsync(config, JsonSerializer.Serialize(new { listen, folder = Path.Combine(_home, "spool"), server = platform.Client.BaseAddress!.ToString() }), Cancel);
        await using AgentWorld world = new(s => s with { Name = "relayed" });
        world.Settings = world.Settings with { Server = listen, Sink = new HttpSinkSettings() };
        Random random = new(3);
        LandingLog log = (await platform.Get<LandingLogs>().FindAsync("relayed", Cancel))!;
        int written = 0;
        for (int round = 0; round < 5; round++)
        {
            Process relay = await StartAsync(config);
            for (long before = log.Now.Records; log.Now.Records == before || written < (round + 1) * 30_000;)
            {
                Assert.False(relay.HasExited, "the relay ended by itself");
                world.Append($"{random.Next(3)}.log", string.Concat(Enumerable.Range(written, 5_000).Select(i => $"line {i}\n")));
                written += 5_000;
                await DeliverAsync(world);
                await Task.Delay(random.Next(30), Cancel);
            }
            relay.Kill(); // Somewhere between keeping and forwarding: this moment is what the test is about.
            await relay.WaitForExitAsync(Cancel);
            relay.Dispose();
            if (round % 2 == 0)
                await world.CrashAsync();
        }
        using Process last = await StartAsync(config);
        await DeliverAsync(world);
        using CancellationTokenSource limit = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        limit.CancelAfter(Eventually.Patience);
        while (log.Now.Records < written)
            await Task.Delay(50, limit.Token);
        last.Kill();
        await last.WaitForExitAsync(Cancel);
        Assert.Equal(Enumerable.Range(0, written).Select(i => $"line {i}").Order(StringComparer.Ordinal), (await LandedRecords.ReadAsync(log)).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task It_keeps_what_the_server_does_not_take_tells_it_and_goes_on_when_the_server_does()
    {
        List<string> told = [];
        await using RelayHost relay = await RelayHost.StartAsync(Settings(), told.Add, Cancel);
        await using AgentWorld world = new(s => s with { Name = "unknown" });
        world.Settings = world.Settings with { Server = relay.Address, Sink = new HttpSinkSettings() };
        world.Append("a.log", "one\ntwo\n");
        await world.DeliverAsync();
        await Eventually.IsSoAsync(() => told.Count == 1);
        Assert.StartsWith("alarm unknown: BEES-074: the server does not take ", told[0], StringComparison.Ordinal);
        Assert.Contains("BEES-053", told[0], StringComparison.Ordinal);
        await RegisterAsync("unknown");
        await Eventually.IsSoAsync(() => told.Count == 2);
        Assert.StartsWith("over unknown: ", told[1], StringComparison.Ordinal);
        Assert.Equal(["one", "two"], await LandedRecords.ReadAsync((await platform.Get<LandingLogs>().FindAsync("unknown", Cancel))!));
        await Eventually.IsSoAsync(() => !Directory.EnumerateFiles(Path.Combine(_home, "spool", "unknown"), "*.bees").Any(f => new FileInfo(f).Length > 0));
    }

    [Fact]
    public async Task It_asks_agents_for_their_token_and_passes_heartbeats_on()
    {
        string token = Path.Combine(_home, "token");
        await File.WriteAllTextAsync(token, "secret\n", Cancel);
        await using RelayHost relay = await RelayHost.StartAsync(Settings() with { AgentTokenFile = token }, _ => { }, Cancel);
        using HttpClient http = new() { BaseAddress = new Uri(relay.Address + "/") };
        using HttpResponseMessage refused = await http.GetAsync("api/v1/bees/sources/app/channels", Cancel);
        Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
        http.DefaultRequestHeaders.Authorization = new("Bearer", "secret");
        DateTimeOffset now = TimeProvider.System.GetUtcNow();
        AgentReport report = new("1", "host", now, now, 10, []);
        using HttpResponseMessage answered = await http.PutAsync("api/v1/bees/agents/behind", new StringContent(JsonSerializer.Serialize(report, BeesJson.Default.AgentReport), Encoding.UTF8, "application/json"), Cancel);
        Assert.Equal(HttpStatusCode.OK, answered.StatusCode);
        Assert.Contains((await platform.GetJsonAsync("api/v1/bees/agents")).EnumerateArray(), a => a.GetProperty("agent").GetString() == "behind");
        using HttpResponseMessage none = await http.GetAsync("api/v1/bees/configs/behind", Cancel);
        Assert.Equal(HttpStatusCode.NotFound, none.StatusCode);
    }

    [Theory]
    [InlineData("""{ "listen": "http://0.0.0.0:1", "folder": "/x", "server": "http://a" }""", "agentTokenFile")]
    [InlineData("""{ "listen": "http://127.0.0.1:1", "folder": "x", "server": "http://a" }""", "absolute path")]
    [InlineData("""{ "listen": "here", "folder": "/x", "server": "http://a" }""", "not an address")]
    public void Settings_that_are_not_right_are_told(string json, string told) =>
        Assert.Contains(RelaySettings.Read(Encoding.UTF8.GetBytes(json), "relay.json").Problems, p => p.ToString().Contains(told, StringComparison.Ordinal));

    private RelaySettings Settings() => new() { Listen = "http://127.0.0.1:0", Folder = Path.Combine(_home, "spool"), Server = platform.Client.BaseAddress!.ToString() };

    private async Task RegisterAsync(string name) => (await platform.Client.PutAsJsonAsync($"api/v1/bees/sources/{name}", new { name }, Cancel)).EnsureSuccessStatusCode();

    private static async Task DeliverAsync(AgentWorld world)
    {
        try
        {
            await world.DeliverAsync();
        }
        catch (SinkException)
        {
            // The relay is away; what it was about is tried again.
        }
    }

    private static async Task<Process> StartAsync(string config)
    {
        Process relay = Process.Start(new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "mlp.dll"), "bees", "relay", "--config", config]) { RedirectStandardOutput = true })!;
        Assert.StartsWith("Relay at ", await relay.StandardOutput.ReadLineAsync(Cancel), StringComparison.Ordinal);
        return relay;
    }

    private static int FreePort()
    {
        using TcpListener free = new(IPAddress.Loopback, 0);
        free.Start();
        return ((IPEndPoint)free.LocalEndpoint).Port;
    }
}
