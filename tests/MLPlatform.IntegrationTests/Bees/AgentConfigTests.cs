using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using MLPlatform.Bees.Agents;
using MLPlatform.Bees.Settings;
using MLPlatform.Bees.Sinks;
using MLPlatform.Core.Bees;
using MLPlatform.IntegrationTests.Server;
using MLPlatform.Storage.Bees;
using Xunit;

namespace MLPlatform.IntegrationTests.Bees;

/// <summary>An agent that does what the server says, within what its host allows.</summary>
public sealed class AgentConfigTests(TestPlatform platform) : IClassFixture<TestPlatform>, IDisposable
{
    private readonly string _home = Directory.CreateTempSubdirectory("mlp-managed-").FullName;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private string Logs => Directory.CreateDirectory(Path.Combine(_home, "logs")).FullName;

    public void Dispose() => Directory.Delete(_home, recursive: true);

    [Fact]
    public async Task An_agent_applies_what_the_server_says_loses_no_position_and_refuses_what_its_host_does_not_allow()
    {
        foreach (string source in new[] { "app", "other" })
            (await platform.Client.PutAsJsonAsync($"api/v1/bees/sources/{source}", new { name = source }, Cancel)).EnsureSuccessStatusCode();
        using CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        await SetAsync("managed", ("app", Path.Combine(Logs, "app.log")));
        Append("app.log", "one");
        Task<AgentOutcome> running = AgentRun.RunAsync(Settings("managed", platform.Client.BaseAddress!.ToString()), once: false, _ => { }, stop.Token);
        await UntilAsync("managed", "1/1 ");

        await SetAsync("managed", ("app", Path.Combine(Logs, "app.log")), ("other", "/etc/*"));
        await UntilAsync("managed", "1/2 BEES-017 version 2 of what is to be collected is not done: \"/etc/*\" leads out of the folders that this host allows");
        Append("app.log", "two");
        await HasAsync("app", "one", "two");

        Append("other.log", "three");
        await SetAsync("managed", ("other", Path.Combine(Logs, "other.log")));
        await UntilAsync("managed", "3/3 ");
        Append("app.log", "four"); // While nobody is to collect it.
        await HasAsync("other", "three");

        await SetAsync("managed", ("app", Path.Combine(Logs, "app.log")), ("other", Path.Combine(Logs, "other.log")));
        await UntilAsync("managed", "4/4 ");
        await HasAsync("app", "one", "two", "four");
        await HasAsync("other", "three");
        await stop.CancelAsync();
        Assert.Equal(4, (await running).Records);
    }

    [Fact]
    public async Task A_start_without_the_server_goes_on_with_what_it_said_last()
    {
        await SetAsync("lonely", ("app", Path.Combine(Logs, "app.log")));
        AgentSettings first = await StartedAsync(Settings("lonely", platform.Client.BaseAddress!.ToString()), []);
        Assert.Equal("app", Assert.Single(first.Sources).Name);
        List<AgentNotice> told = [];
        AgentSettings again = await StartedAsync(Settings("lonely", "http://127.0.0.1:9"), told);
        Assert.Equal("app", Assert.Single(again.Sources).Name);
        Assert.Equal("BEES-017", Assert.Single(told).Code);
        // What the host allows by now counts for what was kept, too.
        AgentSettings narrower = Settings("lonely", "http://127.0.0.1:9") with { Managed = new() { Roots = ["/nowhere"] } };
        Assert.Empty((await StartedAsync(narrower, told)).Sources);
    }

    [Fact]
    public async Task A_start_with_a_version_that_is_refused_goes_on_with_the_one_before_and_still_tells_why()
    {
        await SetAsync("refused", ("app", Path.Combine(Logs, "app.log")));
        AgentSettings settings = Settings("refused", platform.Client.BaseAddress!.ToString());
        await StartedAsync(settings, []);
        await SetAsync("refused", ("app", "/etc/*"));
        await using ManagedConfig managed = new(settings, new PlatformClient(settings), TimeProvider.System, _ => { });
        Assert.Equal("app", Assert.Single((await managed.StartAsync(Cancel)).Sources).Name);
        Assert.Equal(1, managed.Version);
        Assert.StartsWith("BEES-017 version 2 ", managed.Problem, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_wrong_is_refused_by_the_server_with_its_place()
    {
        JsonElement problem = await ProblemAssert.IsAsync(await PutAsync("strict", """{ "sources": [{ "name": "app", "paths": ["logs/*"], "encodng": "utf8" }] }"""), 400, "BEES-071");
        Assert.Contains("$.sources[0]", problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
        await ProblemAssert.IsAsync(await PutAsync("strict", """{ "sources": [{ "name": "app", "paths": ["logs/*"] }] }"""), 400, "BEES-071");
        await ProblemAssert.IsAsync(await PutAsync("strict", """{ "sources": [{ "name": "app", "paths": ["/x"], "multiline": { "start": "(" } }] }"""), 400, "BEES-071");
        await ProblemAssert.IsAsync(await PutAsync("..x", """{ "sources": [] }"""), 400, "API-003");
        await ProblemAssert.IsAsync(await platform.Client.GetAsync("api/v1/bees/configs/strict", Cancel), 404, "BEES-072");
    }

    private static async Task<AgentSettings> StartedAsync(AgentSettings settings, List<AgentNotice> told)
    {
        await using ManagedConfig managed = new(settings, new PlatformClient(settings), TimeProvider.System, told.Add);
        return await managed.StartAsync(Cancel);
    }

    private AgentSettings Settings(string agent, string server) => new()
    {
        Agent = agent,
        Server = server,
        Checkpoint = Path.Combine(_home, agent, "checkpoint.json"),
        Managed = new() { Roots = [Logs], Every = TimeSpan.FromSeconds(0.1) },
        Sink = new HttpSinkSettings(),
        Limits = new() { Nice = false },
        Poll = TimeSpan.FromSeconds(0.1),
        Linger = TimeSpan.FromSeconds(0.01),
        Heartbeat = TimeSpan.FromSeconds(0.1),
    };

    private void Append(string file, string line) => File.AppendAllText(Path.Combine(Logs, file), line + "\n");

    private Task<HttpResponseMessage> PutAsync(string agent, string json) =>
        platform.Client.PutAsync($"api/v1/bees/configs/{Uri.EscapeDataString(agent)}", new StringContent(json, Encoding.UTF8, "application/json"), Cancel);

    private async Task SetAsync(string agent, params (string Name, string Path)[] sources)
    {
        using HttpResponseMessage response = await PutAsync(agent, JsonSerializer.Serialize(new { sources = sources.Select(s => new { name = s.Name, paths = new[] { s.Path } }) }));
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync(Cancel));
    }

    // By which version it works, which is wanted, and what is in the way.
    private Task UntilAsync(string agent, string told) => EventuallyAsync(told, async () =>
    {
        JsonElement? found = (await platform.GetJsonAsync("api/v1/bees/agents")).EnumerateArray().Where(a => a.GetProperty("agent").GetString() == agent).Cast<JsonElement?>().SingleOrDefault();
        if (found is not { } view)
            return "no report";
        JsonElement report = view.GetProperty("report");
        return $"{Text(report, "configVersion")}/{Text(view, "wantedVersion")} {Text(report, "configProblem")}";
    });

    private Task HasAsync(string source, params string[] lines) => EventuallyAsync(string.Join(' ', lines), async () =>
        string.Join(' ', await LandedRecords.ReadAsync((await platform.Get<LandingLogs>().FindAsync(source, Cancel))!)));

    private static string Text(JsonElement of, string name) => of.TryGetProperty(name, out JsonElement value) ? value.ToString() : "";

    private static async Task EventuallyAsync(string expected, Func<Task<string>> now)
    {
        using CancellationTokenSource limit = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        limit.CancelAfter(Eventually.Patience);
        string last = "";
        while ((last = await now()) != expected)
        {
            if (limit.IsCancellationRequested)
                Assert.Equal(expected, last);
            await Task.Delay(50, CancellationToken.None);
        }
    }
}
