using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Xunit;

namespace MLPlatform.IntegrationTests.Server;

public sealed class RunTests(TestPlatform platform) : IClassFixture<TestPlatform>
{
    [Fact]
    public async Task A_file_is_run_and_its_run_tells_everything()
    {
        Guid run = await platform.StartAsync(Flows.Chain, new { size = "7", data = "/in.csv" });
        JsonElement ended = await platform.WaitAsync(run, "succeeded");
        Assert.Equal("chain", ended.GetProperty("pipeline").GetString());
        Assert.Equal(7, ended.GetProperty("outputs").GetProperty("size").GetInt32());
        Assert.Equal("manual", ended.GetProperty("trigger").GetProperty("type").GetString());
        Assert.Equal("local", ended.GetProperty("trigger").GetProperty("by").GetString());
        Assert.True(ended.GetProperty("seconds").GetDouble() >= 0);
        Assert.Equal(["first", "each", "last", "each[0]", "each[1]"], Names(ended.GetProperty("activities")));
        Assert.All(ended.GetProperty("activities").EnumerateArray(), a => Assert.Equal("succeeded", a.GetProperty("state").GetString()));
        Assert.Equal(5, ended.GetProperty("counts").GetProperty("succeeded").GetInt32());

        JsonElement attempts = await platform.GetJsonAsync($"api/v1/runs/{run}/attempts?activity=first");
        Assert.Equal($"{run:N}-0-1", attempts[0].GetProperty("id").GetString());
        await ProblemAssert.IsAsync(await platform.Client.GetAsync($"api/v1/runs/{run}/attempts?activity=none"), 404, "API-004");
        Assert.Equal(0, (await platform.GetJsonAsync($"api/v1/runs/{run}/artifacts")).GetArrayLength());
        Assert.Equal(0, (await platform.GetJsonAsync($"api/v1/runs/{run}/metrics")).GetArrayLength());
    }

    [Fact]
    public async Task The_journal_pages_through_every_event_in_order()
    {
        Guid run = await platform.StartAsync(Flows.Chain);
        await platform.WaitAsync(run, "succeeded");
        List<long> sequences = [];
        List<string> events = [];
        string? cursor = "0";
        while (cursor is not null)
        {
            JsonElement page = await platform.GetJsonAsync($"api/v1/runs/{run}/journal?limit=1&cursor={cursor}");
            foreach (JsonElement entry in page.GetProperty("items").EnumerateArray())
            {
                sequences.Add(entry.GetProperty("sequence").GetInt64());
                events.AddRange(entry.GetProperty("events").EnumerateArray().Select(e => e.GetProperty("e").GetString()!));
            }
            cursor = page.TryGetProperty("next", out JsonElement next) ? next.GetString() : null;
        }
        Assert.Equal(Enumerable.Range(1, sequences.Count).Select(i => (long)i), sequences);
        Assert.Equal("created", events[0]);
        Assert.Equal("ended", events[^1]);
    }

    [Fact]
    public async Task Lists_filter_and_page_by_cursor()
    {
        List<Guid> started = [];
        for (int i = 0; i < 5; i++)
            started.Add(await platform.StartAsync(Flows.Chain.Replace("\"chain\"", "\"paged\"", StringComparison.Ordinal)));
        foreach (Guid run in started)
            await platform.WaitAsync(run, "succeeded");
        List<Guid> seen = [];
        string query = "api/v1/runs?pipeline=paged&state=succeeded&limit=2";
        string? cursor = "";
        while (cursor is not null)
        {
            JsonElement page = await platform.GetJsonAsync(query + cursor);
            seen.AddRange(page.GetProperty("items").EnumerateArray().Select(r => r.GetProperty("id").GetGuid()));
            cursor = page.TryGetProperty("next", out JsonElement next) ? "&cursor=" + Uri.EscapeDataString(next.GetString()!) : null;
        }
        Assert.Equal(Enumerable.Reverse(started), seen);
        Assert.Equal(0, (await platform.GetJsonAsync("api/v1/runs?pipeline=paged&state=failed")).GetProperty("items").GetArrayLength());
    }

    [Fact]
    public async Task Activities_are_paged_and_filtered()
    {
        Guid run = await platform.StartAsync(Flows.Chain);
        await platform.WaitAsync(run, "succeeded");
        JsonElement first = await platform.GetJsonAsync($"api/v1/runs/{run}/activities?limit=3");
        Assert.Equal(["first", "each", "last"], Names(first.GetProperty("items")));
        JsonElement rest = await platform.GetJsonAsync($"api/v1/runs/{run}/activities?limit=3&cursor={first.GetProperty("next").GetString()}");
        Assert.Equal(["each[0]", "each[1]"], Names(rest.GetProperty("items")));
        Assert.Empty(Names((await platform.GetJsonAsync($"api/v1/runs/{run}/activities?state=failed")).GetProperty("items")));
    }

    [Fact]
    public async Task A_run_is_cancelled_and_a_finished_one_cannot_be()
    {
        Guid run = await platform.StartAsync(Flows.Long);
        await platform.WaitAsync(run, "waiting", "wait");
        Assert.Equal(HttpStatusCode.OK, (await platform.Client.PostAsync($"api/v1/runs/{run}/cancel", null)).StatusCode);
        await platform.WaitAsync(run, "cancelled");
        HttpResponseMessage again = await platform.Client.PostAsync($"api/v1/runs/{run}/cancel", null);
        Assert.Equal(HttpStatusCode.Conflict, again.StatusCode);
        Assert.StartsWith("urn:mlplatform:ENG-", (await again.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("type").GetString());
    }

    [Fact]
    public async Task A_run_is_paused_and_goes_on()
    {
        Guid run = await platform.StartAsync(Flows.Long);
        await platform.WaitAsync(run, "waiting", "wait");
        await platform.Client.PostAsync($"api/v1/runs/{run}/pause", null);
        await platform.WaitAsync(run, "paused");
        await platform.Client.PostAsync($"api/v1/runs/{run}/unpause", null);
        await platform.WaitAsync(run, "running");
        await platform.Client.PostAsync($"api/v1/runs/{run}/cancel", null);
        await platform.WaitAsync(run, "cancelled");
    }

    [Fact]
    public async Task A_failed_run_says_why_and_resumes_only_what_failed()
    {
        Guid run = await platform.StartAsync(Flows.Failing);
        JsonElement failed = await platform.WaitAsync(run, "failed");
        JsonElement bad = failed.GetProperty("activities").EnumerateArray().Single(a => a.GetProperty("name").GetString() == "bad");
        Assert.Equal("ENG-017", bad.GetProperty("failure").GetProperty("code").GetString());
        Assert.Equal("user", bad.GetProperty("failure").GetProperty("kind").GetString());

        Assert.Equal(HttpStatusCode.OK, (await platform.Client.PostAsync($"api/v1/runs/{run}/resume", null)).StatusCode);
        JsonElement again = await WaitForAttemptsAsync(run, "bad", 2);
        Assert.Equal(1, AttemptsOf(again, "good"));
    }

    [Fact]
    public async Task A_finished_run_runs_again_from_a_chosen_activity()
    {
        Guid run = await platform.StartAsync(Flows.Chain);
        await platform.WaitAsync(run, "succeeded");
        Assert.Equal(HttpStatusCode.OK, (await platform.Client.PostAsync($"api/v1/runs/{run}/rerun?from=last", null)).StatusCode);
        JsonElement again = await WaitForAttemptsAsync(run, "last", 2);
        Assert.Equal(1, AttemptsOf(again, "first"));
        await ProblemAssert.IsAsync(await platform.Client.PostAsync($"api/v1/runs/{run}/rerun?from=none", null), 404, "API-004");
    }

    [Fact]
    public async Task Every_change_leaves_a_line_in_the_audit_trail()
    {
        Guid run = await platform.StartAsync(Flows.Long);
        await platform.WaitAsync(run, "waiting", "wait");
        await platform.Client.PostAsync($"api/v1/runs/{run}/cancel", null);
        JsonElement audit = await platform.GetJsonAsync("api/v1/audit?limit=1000");
        List<string> actions = [.. audit.GetProperty("items").EnumerateArray()
            .Where(a => a.GetProperty("subject").GetString() == run.ToString()).Select(a => $"{a.GetProperty("by").GetString()} {a.GetProperty("action").GetString()}")];
        Assert.Equal(["local run.cancel", "local run.start"], actions);
    }

    [Fact]
    public async Task A_log_is_read_in_pieces_by_its_tail_and_as_a_stream()
    {
        Guid run = await platform.StartAsync(Flows.Chain);
        await platform.WaitAsync(run, "succeeded");
        string folder = Path.Combine(platform.Home, "attempts", $"{run:N}-0-1");
        Directory.CreateDirectory(folder);
        await File.WriteAllTextAsync(Path.Combine(folder, "log"), "one\ntwo\nth\0ree\n");
        await File.WriteAllTextAsync(Path.Combine(folder, "exit.json"), "{}");
        string path = $"api/v1/runs/{run}/activities/first/log";

        JsonElement whole = await platform.GetJsonAsync(path);
        Assert.StartsWith("one\ntwo\nth", whole.GetProperty("text").GetString());
        Assert.DoesNotContain('\0', whole.GetProperty("text").GetString()!);
        Assert.True(whole.GetProperty("complete").GetBoolean());
        JsonElement piece = await platform.GetJsonAsync($"{path}?offset=4&limit=3");
        Assert.Equal("two", piece.GetProperty("text").GetString());
        Assert.Equal(7, piece.GetProperty("next").GetInt64());
        Assert.StartsWith("two\n", (await platform.GetJsonAsync($"{path}?tail=2")).GetProperty("text").GetString());
        await ProblemAssert.IsAsync(await platform.Client.GetAsync($"{path}?attempt=9"), 404, "API-004");

        using HttpRequestMessage request = new(HttpMethod.Get, $"{path}/stream") { Headers = { { "Last-Event-ID", "4" } } };
        string stream = await (await platform.Client.SendAsync(request)).Content.ReadAsStringAsync();
        Assert.StartsWith("id: 15\nevent: log\ndata: {\"text\":\"two", stream);
        Assert.EndsWith("event: end\ndata: {}\n\n", stream);
    }

    private Task<JsonElement> WaitForAttemptsAsync(Guid run, string activity, int attempts) => Eventually.SeeAsync(
        $"{attempts} attempts at {activity} and the end of {run}", () => platform.GetJsonAsync($"api/v1/runs/{run}"),
        now => AttemptsOf(now, activity) == attempts && now.GetProperty("state").GetString() is "failed" or "succeeded");

    private static int AttemptsOf(JsonElement run, string activity) => run.GetProperty("activities").EnumerateArray()
        .Where(a => a.GetProperty("name").GetString() == activity).Select(a => a.GetProperty("attempts").GetInt32()).FirstOrDefault();

    private static List<string> Names(JsonElement activities) => [.. activities.EnumerateArray().Select(a => a.GetProperty("name").GetString()!)];
}
