using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using MLPlatform.Core.Runs;
using MLPlatform.Core.Triggers;
using MLPlatform.Engine.Triggers;
using Xunit;
using static MLPlatform.Tests.Triggers.CronCases;

namespace MLPlatform.Tests.Triggers;

/// <summary>What starts runs besides cron: webhooks, upstream runs and backfills.</summary>
public class TriggerStartTests
{
    private readonly TriggerWorld _world = new("2026-01-01T00:30");
    private TriggerStand _stand;

    public TriggerStartTests() => _stand = _world.Stand("a");

    [Fact]
    public async Task A_webhook_call_starts_a_run_that_knows_its_body_and_a_repeated_call_gives_the_same_run()
    {
        _world.Apply("p", Webhook(new { type = "webhook", name = "push" }));
        WebhookCall call = new("p/push", "{\"ref\":\"main\"}"u8.ToArray(), "delivery-1");
        var first = Assert.IsType<WebhookResult.Accepted>(await _stand.Webhooks.FireAsync(call, Cancel));
        Assert.Equal(first with { Again = true }, await _stand.Webhooks.FireAsync(call, Cancel));
        await LookAsync();
        RunRow run = Assert.Single(_world.Runs.Values);
        Assert.Equal(first.Run, run.Id);
        Assert.Equal("main", JsonElement.Parse(run.TriggerJson).GetProperty("body").GetProperty("ref").GetString());
    }

    [Fact]
    public async Task A_signed_webhook_takes_only_the_right_signature()
    {
        _world.Apply("p", Webhook(new { type = "webhook", name = "push", secretRef = "hub" }));
        byte[] body = "{}"u8.ToArray();
        string right = "sha256=" + Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes("s3cret"), body));
        foreach (string? wrong in (string?[])[null, "", "sha256=", "sha256=zz", right[..^2], right + "00", right.Replace(right[^1], right[^1] == '0' ? '1' : '0')])
            Assert.Equal("TRIG-031", Assert.IsType<WebhookResult.Unauthorized>(await _stand.Webhooks.FireAsync(new("p/push", body, null, wrong), Cancel)).Code);
        Assert.Empty(_world.Claims);
        Assert.IsType<WebhookResult.Accepted>(await _stand.Webhooks.FireAsync(new("p/push", body, null, right), Cancel));
        Assert.True(await _stand.Webhooks.IsSignedAsync("p/push", Cancel));
    }

    [Fact]
    public async Task What_alertmanager_repeats_starts_one_run_a_further_alert_another_and_its_end_none()
    {
        _world.Apply("p", Webhook(new { type = "webhook", name = "am" }));
        string one = Alerts("firing", ("f1", "firing")), two = Alerts("firing", ("f2", "firing"), ("f1", "firing")), over = Alerts("resolved", ("f1", "resolved"), ("f2", "resolved"));
        var first = Assert.IsType<WebhookResult.Accepted>(await CallAsync(one));
        Assert.Equal(first with { Again = true }, await CallAsync(one.Replace("http://am", "http://other", StringComparison.Ordinal)));
        var second = Assert.IsType<WebhookResult.Accepted>(await CallAsync(two));
        Assert.NotEqual(first.Run, second.Run);
        Assert.Equal(second with { Again = true }, await CallAsync(Alerts("firing", ("f1", "firing"), ("f2", "firing"), ("f3", "resolved")))); // Neither order nor what is over matters.
        Assert.IsType<WebhookResult.Nothing>(await CallAsync(over));
        Assert.Equal(2, _world.Claims.Count);
        Assert.IsType<WebhookResult.Accepted>(await CallAsync("{\"version\":\"4\",\"status\":\"resolved\"}")); // Somebody else's JSON.

        Task<WebhookResult> CallAsync(string body) => _stand.Webhooks.FireAsync(new("p/am", Encoding.UTF8.GetBytes(body)), Cancel);
        static string Alerts(string status, params (string Fingerprint, string Status)[] alerts) => JsonSerializer.Serialize(new
        {
            version = "4",
            groupKey = "{}:{alertname=\"X\"}",
            truncatedAlerts = 0,
            status,
            receiver = "mlp",
            externalURL = "http://am",
            alerts = alerts.Select(a => new { status = a.Status, labels = new { alertname = "X" }, startsAt = "2026-01-01T00:00:00Z", endsAt = "0001-01-01T00:00:00Z", fingerprint = a.Fingerprint }),
        });
    }

    [Theory]
    [InlineData("p/none", "{}", null, "TRIG-030")]
    [InlineData("none", "{}", null, "TRIG-030")]
    [InlineData("p/unset", "{}", null, "TRIG-032")]
    [InlineData("p/push", "{", null, "TRIG-033")]
    [InlineData("p/push", "{}", "", "TRIG-033")]
    [InlineData("p/push", """{"x":"\ud800"}""", null, "TRIG-033")]
    public async Task A_wrong_call_is_refused_with_its_code(string trigger, string body, string? key, string code)
    {
        _world.Apply("p", Webhook(new { type = "webhook", name = "push" }, new { type = "webhook", name = "unset", secretRef = "nobody" }));
        WebhookResult result = await _stand.Webhooks.FireAsync(new(trigger, Encoding.UTF8.GetBytes(body), key), Cancel);
        Assert.Equal(code, result switch { WebhookResult.NotFound r => r.Code, WebhookResult.Unreadable r => r.Code, WebhookResult.Refused r => r.Code, _ => result.ToString() });
        Assert.Empty(_world.Claims);
    }

    [Fact]
    public async Task A_paused_pipeline_and_a_huge_body_refuse_the_call()
    {
        _world.Apply("p", Webhook(new { type = "webhook", name = "push" }));
        byte[] huge = new byte[_world.Options.MaxWebhookBytes + 1];
        Assert.Equal("TRIG-033", Assert.IsType<WebhookResult.Refused>(await _stand.Webhooks.FireAsync(new("p/push", huge), Cancel)).Code);
        _world.Pause("p", true);
        Assert.Equal("TRIG-034", Assert.IsType<WebhookResult.Refused>(await _stand.Webhooks.FireAsync(new("p/push", "{}"u8.ToArray()), Cancel)).Code);
    }

    [Fact]
    public async Task A_run_that_ends_as_asked_starts_one_of_the_next_pipeline_about_the_same_date()
    {
        _world.Apply("b", Upstream("a", "succeeded"));
        await LookAsync();
        RunId run = _world.Manual("a", "2025-12-31T03:00");
        RunId failed = _world.Manual("a", "2025-12-30T03:00", RunStatus.Failed);
        await LookAsync();
        Assert.Equal(2, _world.Runs.Count);
        _world.End(run, RunStatus.Succeeded);
        await LookAsync();
        await LookAsync();
        RunRow started = Assert.Single(_world.Runs.Values, r => r.Pipeline == "b");
        Assert.Equal(Utc("2025-12-31T03:00"), started.LogicalDate);
        JsonElement facts = JsonElement.Parse(started.TriggerJson);
        Assert.Equal((run.ToString(), 0.9, 1), (facts.GetProperty("run").GetString(), facts.GetProperty("outputs").GetProperty("auc").GetDouble(), facts.GetProperty("depth").GetInt32()));
        _world.End(failed, RunStatus.Succeeded); // it was resumed
        await LookAsync();
        Assert.Equal(2, _world.Runs.Values.Count(r => r.Pipeline == "b"));
    }

    [Fact]
    public async Task Ends_that_nobody_saw_are_found_after_a_restart_but_none_from_before_the_trigger_was_registered()
    {
        _world.Manual("a", "2025-12-30", RunStatus.Succeeded);
        _world.Time.Advance(TimeSpan.FromMinutes(1));
        _world.Apply("b", Upstream("a", "succeeded", "failed"));
        _world.Time.Advance(TimeSpan.FromMinutes(1));
        _world.Manual("a", "2025-12-31", RunStatus.Failed);
        await LookAsync();
        Assert.Equal(Utc("2025-12-31"), Assert.Single(_world.Runs.Values, r => r.Pipeline == "b").LogicalDate);
        RunId missed = _world.Manual("a", "2026-01-01", RunStatus.Succeeded);
        _world.Time.Advance(TimeSpan.FromDays(2));
        _stand = _world.Stand("a");
        await LookAsync();
        Assert.Contains(("b/0", missed.ToString()), _world.Claims.Keys);
        Assert.Equal(2, _world.Runs.Values.Count(r => r.Pipeline == "b"));
    }

    [Fact]
    public async Task A_chain_of_runs_that_start_each_other_is_cut()
    {
        // Registration refuses the circle; here it was registered all the same, by two servers at once.
        _world.Options.MaxUpstreamDepth = 3;
        _world.Apply("a", Upstream("b", "succeeded"));
        _world.Apply("b", Upstream("a", "succeeded"));
        await LookAsync();
        _world.Manual("a", "2026-01-01", RunStatus.Succeeded);
        for (int i = 0; i < 10; i++)
        {
            await LookAsync();
            foreach (RunRow run in _world.Runs.Values.Where(r => !r.Status.IsTerminal()).ToList())
                _world.End(run.Id, RunStatus.Succeeded);
        }
        Assert.Equal(4, _world.Runs.Count);
        Assert.StartsWith("TRIG-025: ", Assert.Single(_world.Claims.Values, c => c.Dropped is not null).Dropped);
        Assert.Equal("TRIG-006", Assert.Single(await _stand.Reader.CheckAsync(
            "a", new PipelineSchedule { Triggers = [new UpstreamTrigger { Pipeline = "b" }] }, Cancel)).Code);
    }

    [Fact]
    public async Task A_backfill_runs_every_date_once_with_as_many_at_a_time_as_asked_and_goes_on_after_a_restart()
    {
        _world.Apply("p", new { triggers = new[] { new { type = "cron", cron = "0 3 * * *", timeZone = "Asia/Shanghai" } } });
        BackfillRequest request = new("p", BackfillRange.Days(new(2025, 12, 1), new(2025, 12, 5)), Limit: 2, By: "ada");
        var dry = Assert.IsType<BackfillResult.Started>(await _stand.Backfills.StartAsync(request with { DryRun = true }, Cancel));
        Assert.Equal((5, null), (dry.Dates.Count, dry.Id));
        Assert.Empty(_world.Claims);
        var started = Assert.IsType<BackfillResult.Started>(await _stand.Backfills.StartAsync(request, Cancel));
        Assert.Equal(5, started.Dates.Count);
        for (int round = 0; round < 5; round++)
        {
            _stand = _world.Stand("a");
            await LookAsync();
            List<RunRow> active = [.. _world.Runs.Values.Where(r => !r.Status.IsTerminal())];
            Assert.True(active.Count <= 2);
            if (active.Count > 0)
                _world.End(active[0].Id, RunStatus.Succeeded);
        }
        Assert.Equal(started.Dates.Select(d => (d.Run, d.LogicalDate)), _world.Runs.Values.OrderBy(r => r.LogicalDate).Select(r => ((RunId?)r.Id, r.LogicalDate)));
        Assert.Equal(["backfill.start p"], _world.Audit);

        var overlap = Assert.IsType<BackfillResult.Started>(
            await _stand.Backfills.StartAsync(request with { Range = BackfillRange.Days(new(2025, 12, 4), new(2025, 12, 6)) }, Cancel));
        Assert.Equal((1, 2), (overlap.Dates.Count, overlap.DoneBefore.Count));
        var again = Assert.IsType<BackfillResult.Started>(await _stand.Backfills.StartAsync(request with { Again = true }, Cancel));
        Assert.Equal(5, again.Dates.Count);
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private Task<CycleReport> LookAsync() => _stand.Cycle.RunOnceAsync(Cancel);

    private static object Webhook(params object[] triggers) => new { triggers };

    private static object Upstream(string pipeline, params string[] on) => new { triggers = new[] { new { type = "upstream", pipeline, on } } };
}
