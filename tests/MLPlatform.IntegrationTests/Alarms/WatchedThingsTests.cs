using System.Net.Http.Json;
using System.Text.Json;
using MLPlatform.Core.Runs;
using MLPlatform.Core.Workspaces;
using Xunit;

namespace MLPlatform.IntegrationTests.Alarms;

/// <summary>What is told although no run ended: schedules, data and agents.</summary>
public sealed class WatchedThingsTests(AlarmPlatform platform) : IClassFixture<AlarmPlatform>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_schedule_whose_run_does_not_start_is_told()
    {
        await ApplyAsync("""
            { "id": "dead", "schedule": { "triggers": [ { "type": "cron", "name": "often", "cron": "* * * * * *" } ], "dependsOn": [ { "pipeline": "never" } ] },
              "alarms": [ { "on": ["notStarted"], "within": "PT0.2S", "to": ["hook"] } ], "activities": { "a": { "type": "control.noop" } } }
            """);
        Assert.Equal("dead/often", (await ToldAsync("dead", "opened")).GetProperty("subject").GetString());
    }

    [Fact]
    public async Task A_schedule_whose_runs_start_and_succeed_is_told_of_nothing()
    {
        await ApplyAsync("""
            { "id": "alive", "schedule": { "triggers": [ { "type": "cron", "cron": "* * * * * *" } ] },
              "alarms": [ { "on": ["notStarted", "notEnded"], "within": "PT20S", "to": ["hook"] }, { "on": ["succeeded"], "to": ["hook"] } ], "activities": { "a": { "type": "control.noop" } } }
            """);
        Assert.Equal("succeeded", (await ToldAsync("alive", "opened")).GetProperty("event").GetString());
        JsonElement all = (await platform.GetJsonAsync("api/v1/alarms?pipeline=alive")).GetProperty("items");
        Assert.All(all.EnumerateArray(), a => Assert.Equal("succeeded", a.GetProperty("event").GetString()));
    }

    [Fact]
    public async Task A_dataset_that_never_comes_is_told()
    {
        await ApplyAsync("""
            { "id": "late", "alarms": [ { "on": ["stale"], "dataset": "clicks", "olderThan": "PT0.1S", "to": ["hook"] } ], "activities": { "a": { "type": "control.noop" } } }
            """);
        Assert.Equal("Dataset clicks has no version after 0.1 s", (await ToldAsync("late", "opened")).GetProperty("summary").GetString());
    }

    [Fact]
    public async Task A_silent_agent_is_told_and_its_heartbeat_ends_that()
    {
        await BeatAsync(everySeconds: 0.1);
        JsonElement alarm = await AgentAsync("opened");
        Assert.False(alarm.TryGetProperty("pipeline", out _));
        await BeatAsync(everySeconds: 3600);
        Assert.Equal("its heartbeats are back", (await AgentAsync("resolved")).GetProperty("because").GetString());
    }

    [Fact]
    public async Task A_workspace_that_is_about_to_be_reclaimed_is_told_and_its_use_ends_that()
    {
        DateTimeOffset at = TimeProvider.System.GetUtcNow();
        RunId session = new(Guid.CreateVersion7()); // Its run is nowhere, so that nobody looks after it here.
        IWorkspaceStore store = platform.Get<IWorkspaceStore>();
        Workspace workspace = new(new WorkspaceId(Guid.CreateVersion7()), "explore", "ada", "", new WorkspaceSettings { IdleLimit = TimeSpan.FromHours(1), WarnBefore = TimeSpan.FromMinutes(10) }, at, [], 0,
            new WorkspaceState.Warned(session, at.AddHours(-2), at.AddMinutes(-50), "a terminal", at.AddMinutes(10)));
        Assert.True(await store.AddAsync(workspace, Cancel));
        JsonElement alarm = await ToldAsync("opened", IsWorkspace);
        Assert.Equal("idle", alarm.GetProperty("event").GetString());
        Assert.Contains("WORK-010 Workspace explore of ada is idle since", alarm.GetProperty("summary").GetString(), StringComparison.Ordinal);
        Assert.True(await store.CommitAsync((await store.FindAsync(workspace.Id, Cancel))!, new WorkspaceState.Ready(session, at, at, "its page"), [], Cancel));
        Assert.Equal("it is in use again, or was closed", (await ToldAsync("resolved", IsWorkspace)).GetProperty("because").GetString());

        static bool IsWorkspace(JsonElement a) => a.TryGetProperty("subject", out JsonElement of) && of.GetString() == "explore";
    }

    private async Task BeatAsync(double everySeconds)
    {
        DateTimeOffset now = TimeProvider.System.GetUtcNow();
        using HttpResponseMessage response = await platform.Client.PutAsJsonAsync("api/v1/bees/agents/host-1",
            new { version = "1", host = "h", startedAt = now, sentAt = now, everySeconds, sources = Array.Empty<object>() }, Cancel);
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync(Cancel));
    }

    private async Task ApplyAsync(string pipeline)
    {
        using HttpResponseMessage response = await platform.Client.PostAsJsonAsync("api/v1/pipelines", new { pipeline }, Cancel);
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync(Cancel));
    }

    private Task<JsonElement> ToldAsync(string pipeline, string kind) => ToldAsync(kind, a => a.TryGetProperty("pipeline", out JsonElement of) && of.GetString() == pipeline);

    private Task<JsonElement> AgentAsync(string kind) => ToldAsync(kind, a => a.TryGetProperty("subject", out JsonElement of) && of.GetString() == "host-1");

    private async Task<JsonElement> ToldAsync(string kind, Func<JsonElement, bool> wanted)
    {
        Received told = await platform.Receiver.NextAsync(
            r => r.Path == "/hook" && r.Body.GetProperty("kind").GetString() == kind && r.Body.GetProperty("alarms").EnumerateArray().Any(wanted), Cancel);
        return told.Body.GetProperty("alarms").EnumerateArray().First(wanted);
    }
}
