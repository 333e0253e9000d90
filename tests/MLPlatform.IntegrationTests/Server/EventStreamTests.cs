using System.Net;
using System.Net.ServerSentEvents;
using System.Text.Json;
using Xunit;

namespace MLPlatform.IntegrationTests.Server;

public sealed class EventStreamTests(TestPlatform platform) : IClassFixture<TestPlatform>
{
    [Fact]
    public async Task A_run_is_told_from_its_first_event_to_its_end()
    {
        Guid run = await platform.StartAsync(Flows.Chain);
        List<SseItem<string>> all = await ReadAsync(run, null, _ => false);
        Assert.Equal("end", all[^1].EventType);
        Assert.Equal(Enumerable.Range(1, Journal(all).Count).Select(i => (long)i), Journal(all).Select(j => j.Sequence));
        List<string> events = [.. Journal(all).SelectMany(j => j.Events)];
        Assert.Equal("created", events[0]);
        Assert.Equal("ended", events[^1]);
        Assert.Equal("succeeded", JsonElement.Parse(all.Last(e => e.EventType == "run").Data).GetProperty("state").GetString());
        Dictionary<string, string> last = [];
        foreach (SseItem<string> item in all.Where(e => e.EventType == "activity"))
            last[JsonElement.Parse(item.Data).GetProperty("name").GetString()!] = JsonElement.Parse(item.Data).GetProperty("state").GetString()!;
        Assert.Equal(5, last.Count);
        Assert.All(last.Values, state => Assert.Equal("succeeded", state));
    }

    [Fact]
    public async Task The_log_of_a_step_inside_the_server_ends_with_the_step()
    {
        Guid run = await platform.StartAsync(Flows.Long);
        await platform.WaitAsync(run, "waiting", "wait");
        string log = $"api/v1/runs/{run}/activities/wait/log";
        Assert.False((await platform.GetJsonAsync(log)).GetProperty("complete").GetBoolean());
        Task<string> following = platform.Client.GetStringAsync($"{log}/stream", TestContext.Current.CancellationToken);
        await platform.Client.PostAsync($"api/v1/runs/{run}/cancel", null);
        await platform.WaitAsync(run, "cancelled");
        Assert.EndsWith("event: end\ndata: {}\n\n", await following, StringComparison.Ordinal);
        Assert.True((await platform.GetJsonAsync(log)).GetProperty("complete").GetBoolean());
        JsonElement attempt = Assert.Single((await platform.GetJsonAsync($"api/v1/runs/{run}/attempts")).EnumerateArray());
        Assert.Equal(("failed", "cancelled"), (attempt.GetProperty("state").GetString(), attempt.GetProperty("failure").GetProperty("kind").GetString()));
    }

    [Fact]
    public async Task A_reader_sees_the_change_while_it_listens()
    {
        Guid run = await platform.StartAsync(Flows.Long);
        await platform.WaitAsync(run, "waiting", "wait");
        Task<List<SseItem<string>>> reading = ReadAsync(run, null, _ => false);
        await platform.Client.PostAsync($"api/v1/runs/{run}/cancel", null);
        List<SseItem<string>> all = await reading;
        Assert.Contains("cancel", Journal(all).SelectMany(j => j.Events));
        Assert.Equal("cancelled", JsonElement.Parse(all.Last(e => e.EventType == "run").Data).GetProperty("state").GetString());
    }

    [Fact]
    public async Task A_reader_that_comes_back_misses_nothing_and_sees_nothing_twice()
    {
        Guid run = await platform.StartAsync(Flows.Long);
        await platform.WaitAsync(run, "waiting", "wait");
        List<SseItem<string>> first = await ReadAsync(run, null, e => e.EventType == "journal");
        string seen = first.Last(e => e.EventId is not null).EventId!;
        await platform.Client.PostAsync($"api/v1/runs/{run}/cancel", null);
        await platform.WaitAsync(run, "cancelled");

        List<SseItem<string>> rest = await ReadAsync(run, seen, _ => false);
        long[] sequences = [.. Journal(first).Concat(Journal(rest)).Select(j => j.Sequence)];
        Assert.Equal(Enumerable.Range(1, sequences.Length).Select(i => (long)i), sequences);
        JsonElement journal = await platform.GetJsonAsync($"api/v1/runs/{run}/journal");
        Assert.Equal(journal.GetProperty("items").GetArrayLength(), sequences.Length);

        using HttpRequestMessage request = new(HttpMethod.Get, $"api/v1/runs/{run}/events") { Headers = { { "Last-Event-ID", $"{sequences[^1]}" } } };
        Assert.Equal(HttpStatusCode.NoContent, (await platform.Client.SendAsync(request)).StatusCode);
    }

    private async Task<List<SseItem<string>>> ReadAsync(Guid run, string? last, Func<SseItem<string>, bool> enough)
    {
        using HttpRequestMessage request = new(HttpMethod.Get, $"api/v1/runs/{run}/events");
        if (last is not null)
            request.Headers.Add("Last-Event-ID", last);
        using CancellationTokenSource deadline = new(TimeSpan.FromSeconds(30));
        using HttpResponseMessage response = await platform.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, deadline.Token);
        Assert.Equal("text/event-stream", response.Content.Headers.ContentType?.MediaType);
        List<SseItem<string>> all = [];
        await foreach (SseItem<string> item in SseParser.Create(await response.Content.ReadAsStreamAsync(deadline.Token)).EnumerateAsync(deadline.Token))
        {
            all.Add(item);
            if (enough(item))
                break;
        }
        return all;
    }

    private static List<(long Sequence, List<string> Events)> Journal(List<SseItem<string>> items) =>
        [.. items.Where(i => i.EventType == "journal").Select(i => JsonElement.Parse(i.Data)).Select(j => (
            j.GetProperty("sequence").GetInt64(), j.GetProperty("events").EnumerateArray().Select(e => e.GetProperty("e").GetString()!).ToList()))];
}
