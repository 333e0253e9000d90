using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using MLPlatform.Core.Alarms.Messages;
using MLPlatform.IntegrationTests.Server;
using Xunit;

namespace MLPlatform.IntegrationTests.Alarms;

/// <summary>From a run that breaks to whoever is told, over HTTP.</summary>
public sealed class AlarmTests(AlarmPlatform platform) : IClassFixture<AlarmPlatform>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_failed_run_is_told_once_with_its_facts_and_the_next_success_ends_it()
    {
        platform.Receiver.BeDown(2); // Delivery is at least once, over any trouble.
        Guid run = await platform.StartAsync(Flow("told", """ { "name": "broken", "on": ["failed"], "severity": "critical", "to": ["hook"] } """, fails: true));
        await platform.WaitAsync(run, "failed");
        Received told = await HookAsync("told", "opened");
        Assert.Equal(WebhookMessage.Sign(told.Bytes, "s3cret"), told.Signature);
        JsonElement alarm = told.Body.GetProperty("alarms")[0];
        Assert.Equal((run.ToString(), "told#broken", "reco", "bad"), (Text(alarm, "run"), Text(alarm, "rule"), Text(alarm, "owner"), Text(alarm, "subject")));
        Assert.Equal($"http://ml.example/api/v1/alarms/{Text(alarm, "id")}", Text(alarm, "link"));
        JsonElement shown = (await platform.GetJsonAsync($"api/v1/runs/{run}")).GetProperty("alarms")[0];
        Assert.Equal((Text(alarm, "id"), "firing"), (Text(shown, "id"), Text(shown, "state")));
        // States are asked for as they are told.
        Assert.Contains((await platform.GetJsonAsync("api/v1/alarms?state=firing")).GetProperty("items").EnumerateArray(), a => Text(a, "id") == Text(alarm, "id"));
        Assert.Equal(HttpStatusCode.BadRequest, (await platform.Client.GetAsync("api/v1/alarms?state=burning", Cancel)).StatusCode);

        await platform.WaitAsync(await platform.StartAsync(Flow("told", "", fails: false)), "succeeded");
        Received over = await HookAsync("told", "resolved");
        Assert.Equal(Text(alarm, "id"), Text(over.Body.GetProperty("alarms")[0], "id"));
        Assert.Equal(2, platform.Receiver.All.Count(r => r.Path == "/hook" && r.Body.GetProperty("alarms").EnumerateArray().Any(a => a.TryGetProperty("pipeline", out JsonElement of) && of.GetString() == "told"))); // Alarms of agents and datasets have none.
        Assert.Equal("resolved", Text((await platform.GetJsonAsync($"api/v1/alarms/{Text(alarm, "id")}")).GetProperty("alarm"), "state"));
        await DeliveryAsync(run, "sent", kind: "resolved");
    }

    [Fact]
    public async Task Nobody_acknowledges_so_others_are_told_and_then_somebody_does()
    {
        Guid run = await platform.StartAsync(Flow("escalated", """ { "on": ["failed"], "to": ["hook"], "escalate": { "after": "PT0.5S", "to": ["boss"] } } """, fails: true));
        await platform.Receiver.NextAsync(r => r.Path == "/boss" && r.Body.ToString().Contains("escalated", StringComparison.Ordinal), Cancel);
        string id = Text((await platform.GetJsonAsync($"api/v1/alarms?pipeline=escalated&run={run}")).GetProperty("items")[0], "id");
        using HttpResponseMessage first = await platform.Client.PostAsync($"api/v1/alarms/{id}/acknowledge", null, Cancel);
        JsonElement taken = await first.Content.ReadFromJsonAsync<JsonElement>(Cancel);
        Assert.Equal(("acknowledged", "True"), (Text(taken, "state"), Text(taken, "escalated")));
        await ProblemAssert.IsAsync(await platform.Client.PostAsync($"api/v1/alarms/{id}/acknowledge", null, Cancel), 409, "ALARM-021");
        await ProblemAssert.IsAsync(await platform.Client.PostAsync("api/v1/alarms/none/acknowledge", null, Cancel), 404, "API-004");
        using HttpResponseMessage over = await platform.Client.PostAsJsonAsync($"api/v1/alarms/{id}/resolve", new { because = "it was a drill" }, Cancel);
        Assert.Equal("it was a drill", Text(await over.Content.ReadFromJsonAsync<JsonElement>(Cancel), "because"));
    }

    [Fact]
    public async Task What_is_silenced_is_told_when_the_silence_ends_and_it_still_fires()
    {
        using HttpResponseMessage made = await platform.Client.PostAsJsonAsync("api/v1/alarm-silences",
            new { pipeline = "quiet", reason = "planned", until = TimeProvider.System.GetUtcNow().AddHours(1) }, Cancel);
        string silence = Text(await made.Content.ReadFromJsonAsync<JsonElement>(Cancel), "id");
        Guid run = await platform.StartAsync(Flow("quiet", """ { "on": ["failed"], "to": ["hook"] } """, fails: true));
        await DeliveryAsync(run, "held");
        Assert.DoesNotContain(platform.Receiver.All, r => r.Body.ToString().Contains("quiet", StringComparison.Ordinal));
        Assert.True((await platform.Client.DeleteAsync($"api/v1/alarm-silences/{silence}", Cancel)).IsSuccessStatusCode);
        await HookAsync("quiet", "opened");
        await ProblemAssert.IsAsync(await platform.Client.DeleteAsync($"api/v1/alarm-silences/{silence}", Cancel), 404, "API-004");
        await ProblemAssert.IsAsync(await platform.Client.PostAsJsonAsync("api/v1/alarm-silences", new { reason = "x", until = "2020-01-01T00:00:00Z" }, Cancel), 400, "ALARM-022");
    }

    [Fact]
    public async Task A_channel_that_is_none_fails_visibly_and_is_warned_of_with_the_nearest_name()
    {
        string flow = Flow("lost", """ { "on": ["failed"], "to": ["hok"] } """, fails: true);
        using HttpResponseMessage checkedFile = await platform.Client.PostAsJsonAsync("api/v1/pipelines/validate", new { pipeline = flow }, Cancel);
        JsonElement warning = (await checkedFile.Content.ReadFromJsonAsync<JsonElement>(Cancel)).GetProperty("diagnostics").EnumerateArray().Single(d => Text(d, "code") == "PIPE-028");
        Assert.Equal("Did you mean \"hook\"?", Text(warning, "hint"));
        JsonElement failed = await DeliveryAsync(await platform.StartAsync(flow), "failed");
        Assert.StartsWith("ALARM-010", Text(failed, "error"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_dataset_that_nobody_has_is_warned_of()
    {
        async Task<List<string>> WarningsAsync(string activities)
        {
            string flow = $$"""{ "id": "watch", "alarms": [ { "on": ["stale"], "dataset": "never-published", "olderThan": "P1D", "to": ["hook"] } ], "activities": { {{activities}} } }""";
            using HttpResponseMessage answer = await platform.Client.PostAsJsonAsync("api/v1/pipelines/validate", new { pipeline = flow }, Cancel);
            return [.. (await answer.Content.ReadFromJsonAsync<JsonElement>(Cancel)).GetProperty("diagnostics").EnumerateArray().Select(d => Text(d, "code"))];
        }
        Assert.Contains("PIPE-030", await WarningsAsync(""" "a": { "type": "control.noop" } """));
        Assert.DoesNotContain("PIPE-030", await WarningsAsync("""
            "collect": { "type": "bees.collect", "inputs": { "source": "/x" } },
            "a": { "type": "dataset.publish", "inputs": { "table": "${{ activities.collect.outputs.table }}", "name": "never-published" } }
            """));
    }

    [Fact]
    public async Task Every_kind_of_channel_takes_a_test_and_none_shows_where_it_leads()
    {
        JsonElement channels = await platform.GetJsonAsync("api/v1/alarm-channels");
        Assert.Equal(["boss", "ding", "hook", "prometheus", "slack", "wrong"], channels.EnumerateArray().Select(c => Text(c, "name")));
        Assert.DoesNotContain("t0ken", channels.ToString(), StringComparison.Ordinal);
        foreach (string name in new[] { "boss", "ding", "hook", "prometheus", "slack" })
            Assert.True((await platform.Client.PostAsync($"api/v1/alarm-channels/{name}/test", null, Cancel)).IsSuccessStatusCode, name);
        Assert.Contains("&timestamp=", (await platform.Receiver.NextAsync(r => r.Path == "/ding", Cancel)).Query, StringComparison.Ordinal);
        Assert.Equal("Bearer am-token", (await platform.Receiver.NextAsync(r => r.Path == "/api/v2/alerts", Cancel)).Authorization);
        JsonElement problem = await ProblemAssert.IsAsync(await platform.Client.PostAsync("api/v1/alarm-channels/wrong/test", null, Cancel), 422, "ALARM-023");
        Assert.Contains("310000", problem.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("t0ken", problem.ToString(), StringComparison.Ordinal);
        await ProblemAssert.IsAsync(await platform.Client.PostAsync("api/v1/alarm-channels/none/test", null, Cancel), 404, "API-004");
    }

    private Task<Received> HookAsync(string pipeline, string kind) => platform.Receiver.NextAsync(
        r => r.Path == "/hook" && Text(r.Body, "kind") == kind && r.Body.GetProperty("alarms").EnumerateArray().Any(a => a.TryGetProperty("pipeline", out JsonElement p) && p.GetString() == pipeline), Cancel);

    private async Task<JsonElement> DeliveryAsync(Guid run, string state, string kind = "opened")
    {
        using CancellationTokenSource deadline = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        deadline.CancelAfter(Eventually.Patience);
        while (true)
        {
            if ((await platform.GetJsonAsync($"api/v1/alarms?run={run}")).GetProperty("items").EnumerateArray().ToList() is [JsonElement alarm, ..])
            {
                JsonElement deliveries = (await platform.GetJsonAsync($"api/v1/alarms/{Text(alarm, "id")}")).GetProperty("deliveries");
                if (deliveries.EnumerateArray().FirstOrDefault(d => Text(d, "kind") == kind && Text(d, "state") == state) is { ValueKind: JsonValueKind.Object } delivery)
                    return delivery;
            }
            await Task.Delay(20, deadline.Token);
        }
    }

    private static string Text(JsonElement of, string name) => of.GetProperty(name).ToString();

    // control.wait takes a duration or an instant, not neither.
    private static string Flow(string id, string alarm, bool fails) => $$"""
        { "id": "{{id}}", "basic": { "owner": "reco" }, "alarms": [ {{alarm}} ],
          "activities": { "bad": { "type": "control.{{(fails ? "wait" : "noop")}}" } } }
        """;
}
