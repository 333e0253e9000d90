using System.Net;
using System.Net.ServerSentEvents;
using System.Text.Json;
using Xunit;

namespace MLPlatform.IntegrationTests.Server;

/// <summary>Logs over REST and as server-sent events: pieces, last lines, searches, errors.</summary>
public sealed class LogTests(TestPlatform platform) : IClassFixture<TestPlatform>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_log_is_searched_in_pages_and_its_first_error_is_told()
    {
        string log = await RunAsync("log-search", """for i in $(seq 1 500); do echo "step $i loss 0.$i"; done; echo 'ValueError: no such column'; echo bye; exit 3""", "failed");
        List<long> lines = [];
        for ((long offset, long line) = (0, 1); ;)
        {
            JsonElement page = await platform.GetJsonAsync($"{log}/search?text=loss%200%5C.%5Cd%2B7%24&regex=true&limit=20&offset={offset}&line={line}");
            lines.AddRange(page.GetProperty("matches").EnumerateArray().Select(m => m.GetProperty("line").GetInt64()));
            (offset, line) = (page.GetProperty("next").GetInt64(), page.GetProperty("nextLine").GetInt64());
            if (!page.GetProperty("more").GetBoolean())
            {
                Assert.True(page.GetProperty("complete").GetBoolean());
                break;
            }
        }
        Assert.Equal(Enumerable.Range(10, 491).Where(i => i % 10 == 7).Select(i => (long)i), lines);

        JsonElement last = await platform.GetJsonAsync($"{log}/search?text=loss&last=true&limit=2");
        Assert.Equal([499, 500], last.GetProperty("matches").EnumerateArray().Select(m => m.GetProperty("line").GetInt32()));
        last = await platform.GetJsonAsync($"{log}/search?text=loss&last=true&limit=2&offset={last.GetProperty("next").GetInt64()}");
        Assert.Equal([497, 498], last.GetProperty("matches").EnumerateArray().Select(m => m.GetProperty("line").GetInt32()));

        JsonElement one = (await platform.GetJsonAsync($"{log}/search?text=STEP%20400&limit=1")).GetProperty("matches")[0];
        JsonElement piece = await platform.GetJsonAsync($"{log}?offset={one.GetProperty("offset").GetInt64()}&limit=8");
        Assert.Equal((400, 1, "step 400"), (one.GetProperty("line").GetInt32(), one.GetProperty("column").GetInt32(), piece.GetProperty("text").GetString()!));
        JsonElement counted = await platform.GetJsonAsync($"{log}/search?text=step%20401&offset={one.GetProperty("offset").GetInt64()}");
        Assert.Equal(401, counted.GetProperty("matches")[0].GetProperty("line").GetInt32());

        JsonElement errors = await platform.GetJsonAsync($"{log}/errors");
        Assert.Equal((true, 501), (errors.GetProperty("found").GetBoolean(), errors.GetProperty("line").GetInt32()));
        Assert.StartsWith("ValueError", errors.GetProperty("lines")[0].GetString(), StringComparison.Ordinal);
        foreach (string bad in (string[])["text=", "text=(a)%5C1&regex=true", "text=(&regex=true", "text=a&limit=0", "text=a&offset=-1", "text=" + new string('a', 1001)])
        {
            using HttpResponseMessage refused = await platform.Client.GetAsync($"{log}/search?{bad}", Cancel);
            await ProblemAssert.IsAsync(refused, 400, "API-003");
        }
    }

    [Fact]
    public async Task A_search_follows_a_log_that_grows_and_goes_on_where_a_reader_left()
    {
        string go = Path.Combine(Directory.CreateTempSubdirectory("mlp-log-").FullName, "go");
        string log = await RunAsync("log-follow", $"echo noise; echo loss 1; while [ ! -e {go} ]; do sleep 0.02; done; echo noise; echo Loss 2; printf 'loss 3'", "running");
        List<(string? Id, long Line, string Text)> seen = [];
        string? id = null;
        await foreach (SseItem<string> item in FollowAsync($"{log}/stream?search=loss", null))
        {
            if (item.EventType == "match")
            {
                (id, JsonElement match) = (item.EventId, JsonElement.Parse(item.Data));
                seen.Add((id, match.GetProperty("line").GetInt64(), match.GetProperty("text").GetString()!));
                break;
            }
        }
        await File.WriteAllTextAsync(go, "", Cancel);
        await foreach (SseItem<string> item in FollowAsync($"{log}/stream?search=loss", id))
        {
            if (item.EventType == "match")
                seen.Add((item.EventId, JsonElement.Parse(item.Data).GetProperty("line").GetInt64(), JsonElement.Parse(item.Data).GetProperty("text").GetString()!));
        }
        Assert.Equal([(2, "loss 1"), (4, "Loss 2"), (5, "loss 3")], seen.Select(s => ((int)s.Line, s.Text)));
        Assert.Equal("loss 3", JsonElement.Parse(await LastAsync($"{log}/stream?offset={seen[1].Id}")).GetProperty("text").GetString());
        using HttpResponseMessage refused = await platform.Client.GetAsync($"{log}/stream?search=(&regex=true", Cancel);
        Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
        Directory.Delete(Path.GetDirectoryName(go)!, recursive: true);
    }

    private async Task<string> LastAsync(string path)
    {
        string last = "";
        await foreach (SseItem<string> item in FollowAsync(path, null))
            last = item.EventType == "log" ? item.Data : last;
        return last;
    }

    private async IAsyncEnumerable<SseItem<string>> FollowAsync(string path, string? after)
    {
        using CancellationTokenSource deadline = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        deadline.CancelAfter(Eventually.Patience);
        using HttpRequestMessage request = new(HttpMethod.Get, path);
        if (after is not null)
            request.Headers.Add("Last-Event-ID", after);
        using HttpResponseMessage response = await platform.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, deadline.Token);
        await foreach (SseItem<string> item in SseParser.Create(await response.Content.ReadAsStreamAsync(deadline.Token)).EnumerateAsync(deadline.Token))
            yield return item;
    }

    private async Task<string> RunAsync(string id, string script, string state)
    {
        Guid run = await platform.StartAsync(JsonSerializer.Serialize(new
        {
            id,
            activities = new { train = new { type = "train.script", inputs = new { command = (string[])["sh", "-c", script] } } },
        }));
        await platform.WaitAsync(run, state, "train");
        return $"api/v1/runs/{run}/activities/train/log";
    }
}
