using MLPlatform.Core.Runs;
using MLPlatform.Core.Triggers;
using MLPlatform.Engine.Triggers;
using Xunit;
using static MLPlatform.Tests.Triggers.CronCases;

namespace MLPlatform.Tests.Triggers;

public class TriggerCycleTests
{
    private readonly TriggerWorld _world = new("2026-01-01T00:30");
    private readonly TriggerStand _stand;

    public TriggerCycleTests() => _stand = _world.Stand("a");

    [Fact]
    public async Task A_due_instant_starts_one_run_about_that_instant()
    {
        _world.Apply("p", Hourly());
        CycleReport report = await LookAsync();
        Assert.Equal((Utc("2026-01-01T01:00"), 0), (report.Next, report.Started));
        _world.Time.Advance(TimeSpan.FromMinutes(30));
        await LookAsync();
        await LookAsync();
        RunRow run = Assert.Single(_world.Runs.Values);
        Assert.Equal(Utc("2026-01-01T01:00"), run.LogicalDate);
        Assert.Equal(
            "{\"type\":\"cron\",\"trigger\":\"p/0\",\"instant\":\"2026-01-01T01:00:00Z\",\"cron\":\"0 * * * *\",\"timeZone\":\"UTC\",\"parameters\":{}}",
            run.TriggerJson);
    }

    [Fact]
    public async Task A_paused_pipeline_fires_nothing_and_catches_up_as_it_says_when_it_goes_on()
    {
        _world.Apply("p", Hourly());
        await LookAsync();
        _world.Pause("p", true);
        await AdvanceAsync(hours: 5);
        Assert.Empty(_world.Claims);
        _world.Pause("p", false);
        await LookAsync();
        Assert.Equal(Utc("2026-01-01T05:00"), Assert.Single(_world.Runs.Values).LogicalDate);
        Assert.Equal(4, _world.Claims.Values.Count(c => c.Dropped == "TRIG-020: missed: catchUp is 'latest'"));
    }

    [Fact]
    public async Task Firings_beyond_maxActiveRuns_stay_due_with_a_reason_and_start_when_a_run_ends()
    {
        _world.Apply("p", Hourly(maxActiveRuns: 1));
        await LookAsync();
        for (int hour = 0; hour < 3; hour++)
            await AdvanceAsync(hours: 1);
        RunRow first = Assert.Single(_world.Runs.Values);
        TriggerState state = Assert.Single((await _stand.Reader.ListAsync(Cancel)).Triggers);
        Assert.Equal(["1 of 1 runs (maxActiveRuns) are active", "1 of 1 runs (maxActiveRuns) are active"], state.Waiting.Select(w => w.Reason));
        _world.End(first.Id, RunStatus.Failed);
        CycleReport report = await LookAsync();
        Assert.Equal(1, report.Started);
        Assert.Contains("p", report.Awaited);
    }

    [Fact]
    public async Task A_run_waits_until_the_other_pipelines_run_of_that_day_has_succeeded()
    {
        _world.Apply("profile");
        _world.Apply("p", new { triggers = new[] { new { type = "cron", cron = "0 3 * * *" } }, dependsOn = new[] { new { pipeline = "profile", offset = "-P1D" } } });
        await LookAsync();
        _world.Manual("profile", "2026-01-01T01:00", RunStatus.Succeeded); // the wrong day
        RunId failed = _world.Manual("profile", "2025-12-31T22:00", RunStatus.Failed);
        await AdvanceAsync(hours: 3);
        TriggerState state = Assert.Single((await _stand.Reader.ListAsync(Cancel)).Triggers);
        Assert.Equal(
            "waits for a run of 'profile' for 2025-12-31T00:00:00Z to 2026-01-01T00:00:00Z to succeed", Assert.Single(state.Waiting).Reason);
        _world.End(failed, RunStatus.Succeeded);
        Assert.Equal(1, (await LookAsync()).Started);
    }

    [Fact]
    public async Task A_run_that_cannot_be_planned_is_dropped_with_the_reason_and_audited()
    {
        _world.Apply("p", new { triggers = new[] { new { type = "webhook", name = "hook" } } }, new { day = new { type = "date" } });
        await _stand.Webhooks.FireAsync(new WebhookCall("p/hook", "{}"u8.ToArray()), Cancel);
        await LookAsync();
        Assert.StartsWith("TRIG-024: the run could not be planned: ", Assert.Single(_world.Claims.Values).Dropped);
        Assert.Equal(["trigger.drop p/hook"], _world.Audit);
        Assert.Empty(_world.Runs);
    }

    [Fact]
    public async Task Relative_paths_of_a_triggered_run_belong_to_the_folder_of_the_applied_file()
    {
        _world.Apply(
            "p", new { triggers = new[] { new { type = "cron", cron = "0 * * * *", parameters = new { more = "b.csv" } } } },
            new { data = new { type = "string", format = "path", @default = "a.csv" }, more = new { type = "string", format = "path" } });
        _world.Pipelines["p"] = _world.Pipelines["p"] with { Folder = "/flows" };
        await LookAsync();
        await AdvanceAsync(hours: 1);
        Assert.Equal("{\"data\":\"/flows/a.csv\",\"more\":\"/flows/b.csv\"}", Assert.Single(_world.Runs.Values).ParametersJson);
    }

    [Fact]
    public async Task A_pipeline_that_no_longer_compiles_rests_and_says_why_while_others_go_on()
    {
        _world.Apply("broken", Hourly());
        _world.Pipelines["broken"] = _world.Pipelines["broken"] with { FileJson = "{\"id\":\"broken\",\"activities\":{\"a\":{\"type\":\"gone\"}}}" };
        _world.Apply("p", Hourly());
        await LookAsync();
        await AdvanceAsync(hours: 1);
        Assert.Equal("p", Assert.Single(_world.Runs.Values).Pipeline);
        Assert.StartsWith("TRIG-023: ", (await _stand.Reader.ListAsync(Cancel)).Problems["broken"]);
    }

    [Fact]
    public async Task A_claim_of_a_removed_pipeline_is_dropped()
    {
        _world.Apply("p", Hourly(maxActiveRuns: 1));
        await LookAsync();
        await AdvanceAsync(hours: 1);
        await AdvanceAsync(hours: 1);
        _world.Pipelines.Remove("p");
        await LookAsync();
        Assert.Equal("TRIG-027: the pipeline was removed", Assert.Single(_world.Claims.Values, c => c.Dropped is not null).Dropped);
    }

    [Fact]
    public async Task A_run_of_another_replica_is_started_by_that_replica_alone()
    {
        _world.Apply("p", Hourly());
        await LookAsync();
        _world.Time.Advance(TimeSpan.FromHours(1));
        string key = TriggerInstant.Text(Utc("2026-01-01T01:00"));
        _world.Claims[("p/0", key)] = new TriggerClaim("p/0", key, new RunId(Guid.NewGuid()), Utc("2026-01-01T01:00"))
        {
            LogicalDate = Utc("2026-01-01T01:00"),
            Owner = "b",
            FactsJson = TriggerFacts.Cron("p/0", new CronTrigger { Cron = "0 * * * *" }, Utc("2026-01-01T01:00")),
        };
        await LookAsync();
        Assert.Empty(_world.Runs);
        _world.TakeOver("b", "a");
        await LookAsync();
        Assert.Single(_world.Runs);
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private Task<CycleReport> LookAsync() => _stand.Cycle.RunOnceAsync(Cancel);

    private Task<CycleReport> AdvanceAsync(int hours)
    {
        _world.Time.Advance(TimeSpan.FromHours(hours));
        return LookAsync();
    }

    private static object Hourly(int? maxActiveRuns = null) =>
        new { triggers = new[] { new { type = "cron", cron = "0 * * * *" } }, maxActiveRuns = maxActiveRuns ?? 10 };
}
