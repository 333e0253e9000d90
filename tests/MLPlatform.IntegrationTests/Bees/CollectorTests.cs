using System.IO.Compression;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using MLPlatform.Core.Artifacts;
using MLPlatform.IntegrationTests.Server;
using Xunit;

namespace MLPlatform.IntegrationTests.Bees;

/// <summary>From a request to a table: what is acknowledged is collected, once.</summary>
public sealed class CollectorTests(TestPlatform platform) : IClassFixture<TestPlatform>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Batches_sent_again_cut_anew_and_with_a_hole_are_collected_once_each()
    {
        await RegisterAsync("clicks");
        byte[] first = BatchesFor.Frame("clicks", "file:1", 0, """{"id":1}""", """{"id":2}""");
        Assert.Equal(["stored 18"], await SendAsync(first));
        Assert.Equal(["duplicate 18"], await SendAsync(first));
        Assert.Equal(["hole 18"], await SendAsync(BatchesFor.Frame("clicks", "file:1", 27, """{"id":4}""")));
        Assert.Equal(["stored 36", "stored 9"], await SendAsync(
            [.. BatchesFor.Frame("clicks", "file:1", 9, """{"id":2}""", """{"id":3}""", """{"id":4}"""), .. BatchesFor.Frame("clicks", "file:2", 0, """{"id":9}""")], gzip: true));
        Assert.Equal(["1", "2", "3", "4", "9"], await CollectAsync("clicks", "id"));
        Assert.Equal(5, (await platform.GetJsonAsync("api/v1/bees/sources/clicks")).GetProperty("records").GetInt64());
        JsonElement channels = (await platform.GetJsonAsync("api/v1/bees/sources/clicks/channels?agent=tester")).GetProperty("channels");
        Assert.Equal(["file:1 36", "file:2 9"], channels.EnumerateArray().Select(c => $"{c.GetProperty("channel").GetString()} {c.GetProperty("durable").GetInt64()}"));
    }

    [Fact]
    public async Task Only_what_is_new_is_taken_after_a_run_that_succeeded()
    {
        await RegisterAsync("new");
        await LinesAsync("new", "{\"id\":1}\n");
        Assert.Equal(["1"], await CollectAsync("new", "id", "new"));
        await LinesAsync("new", "{\"id\":2}\n{\"id\":3}\n");
        Assert.Equal(["2", "3"], await CollectAsync("new", "id", "new"));
        Assert.Equal([], await CollectAsync("new", "id", "new"));
        Assert.Equal(["1", "2", "3"], await CollectAsync("new", "id"));
    }

    [Fact]
    public async Task Rows_say_when_they_arrived_and_late_ones_lie_in_the_partition_of_their_own_day()
    {
        await RegisterAsync("late");
        DateTime before = DateTime.UnixEpoch + TimeSpan.FromTicks(TimeProvider.System.GetUtcNow().UtcTicks - DateTime.UnixEpoch.Ticks);
        await LinesAsync("late", "{\"id\":1,\"at\":\"2026-03-02T10:00:00Z\"}\n{\"id\":2,\"at\":\"2026-03-01T10:00:00Z\"}\n");
        JsonElement outputs = await RunAsync("late", "all", ", \"eventTime\": \"at\"");
        Assert.Equal(["2026-03-01", "2026-03-02"], outputs.GetProperty("days").EnumerateArray().Select(d => d.GetString()));
        ArtifactManifest manifest = (await platform.Get<IArtifactStore>().FindAsync(CollectedTable.Hash(outputs), Cancel))!;
        Assert.Contains(manifest.Files, f => f.Path.Contains("day=2026-03-01", StringComparison.Ordinal));
        foreach (string arrived in await ColumnAsync<DateTime?>(outputs, "_arrived", t => t!.Value.ToString("O")))
            Assert.InRange(DateTime.Parse(arrived, null, System.Globalization.DateTimeStyles.AssumeUniversal | System.Globalization.DateTimeStyles.AdjustToUniversal), before.AddSeconds(-1), before.AddMinutes(5));
    }

    [Fact]
    public async Task Csv_files_keep_their_headers_and_a_slice_without_one_is_told()
    {
        await RegisterAsync("csv");
        await SendAsync([.. BatchesFor.Frame("csv", "a.csv", 0, "id,name", "1,one"), .. BatchesFor.Frame("csv", "b.csv", 0, "id,name", "2,\"two", "lines\"")]);
        Assert.Equal(["one", "two\nlines"], await CollectAsync("csv", "name", "new", ", \"format\": \"csv\""));
        await SendAsync(BatchesFor.Frame("csv", "a.csv", 14, "3,three"));
        Guid run = await StartAsync("csv", "new", ", \"format\": \"csv\"");
        Assert.Contains("BEES-062", (await platform.WaitAsync(run, "failed")).ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Records_of_many_lines_are_one_row_each_as_text()
    {
        await RegisterAsync("traces");
        string trace = "[2026-03-01 10:00:00] failed\n  at A.b()\n\n  at C.d()";
        await SendAsync([.. BatchesFor.Frame("traces", "app.log", 0, "[2026-03-01 09:59:59] started", trace), .. BatchesFor.Frame("traces", "app.log", 30 + trace.Length + 1, "", "[2026-03-01 10:00:01] \0", "[2026-03-01 10:00:02] ended")]);
        JsonElement outputs = (await platform.WaitAsync(await platform.StartAsync("""
            { "id": "traces", "activities": { "collect": { "type": "bees.collect", "inputs": { "source": "source:traces", "format": "text", "lineage": true } } }, "outputs": { "collect": "${{ activities.collect.outputs }}" } }
            """), "succeeded")).GetProperty("outputs").GetProperty("collect");
        Assert.Equal(["[2026-03-01 09:59:59] started", trace, "", "[2026-03-01 10:00:02] ended"], await ColumnAsync<string>(outputs, "text", v => v));
        Assert.Equal(["0", "30", $"{31 + trace.Length}", $"{31 + trace.Length + 1 + 24}"], await ColumnAsync<long?>(outputs, "_offset", v => $"{v}"));
        Assert.Equal(1, outputs.GetProperty("rejected").GetInt64());
        Assert.Equal(4, (await ColumnAsync<DateTime?>(outputs, "_arrived", t => t!.Value.ToString("O"))).Count);
    }

    [Fact]
    public async Task Requests_that_are_not_what_was_sent_are_refused_whole()
    {
        await RegisterAsync("strict");
        byte[] frame = BatchesFor.Frame("strict", "file:1", 0, "{}", "{}");
        await RefusedAsync([.. frame, .. frame[..^1]], 400, "BEES-050");
        frame[^1] ^= 1;
        await RefusedAsync([.. BatchesFor.Frame("strict", "file:0", 0, "{}"), .. frame], 400, "BEES-051");
        await RefusedAsync("not a batch"u8.ToArray(), 400, "BEES-051");
        await RefusedAsync(BatchesFor.Write(BatchesFor.Batch("strict", "x", 0, "{}") is var b ? b with { Header = b.Header with { Agent = "../x" } } : default), 400, "BEES-052");
        await RefusedAsync("not gzip"u8.ToArray(), 400, "BEES-056", "gzip");
        await RefusedAsync("x"u8.ToArray(), 400, "BEES-056", "rot13");
        Assert.Empty((await platform.GetJsonAsync("api/v1/bees/sources/strict/channels")).GetProperty("channels").EnumerateArray());
        Assert.Equal(["refused 0"], await SendAsync(BatchesFor.Frame("nobody", "x", 0, "{}")));
    }

    [Fact]
    public async Task A_small_body_that_unfolds_into_a_huge_one_is_refused()
    {
        await RegisterAsync("bomb");
        using MemoryStream packed = new();
        await using (GZipStream gzip = new(packed, CompressionLevel.SmallestSize, leaveOpen: true))
        {
            byte[] zeros = new byte[1 << 20];
            for (int i = 0; i < 80; i++)
                gzip.Write(zeros);
        }
        await RefusedAsync(packed.ToArray(), 400, "BEES-056", "gzip");
    }

    [Fact]
    public async Task A_source_that_is_not_registered_fails_the_step_with_what_to_do()
    {
        Guid run = await StartAsync("absent", "all");
        Assert.Contains("BEES-053", (await platform.WaitAsync(run, "failed")).ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_silent_agent_and_a_wrong_clock_are_seen()
    {
        DateTimeOffset now = TimeProvider.System.GetUtcNow();
        using HttpResponseMessage response = await platform.Client.PutAsJsonAsync("api/v1/bees/agents/web-1", new
        {
            version = "1",
            host = "web",
            startedAt = now,
            sentAt = now.AddMinutes(2),
            everySeconds = 0.1,
            sources = new[] { new { source = "clicks", files = 1, lagBytes = 5, lagSeconds = 3.5, records = 1, bytes = 2, cutRecords = 0, skippedRecords = 0, lostBytes = 7 } },
        }, Cancel);
        JsonElement answer = await response.Content.ReadFromJsonAsync<JsonElement>(Cancel);
        Assert.InRange(answer.GetProperty("skewSeconds").GetDouble(), 100, 120);
        JsonElement agent;
        do
            agent = (await platform.GetJsonAsync("api/v1/bees/agents")).EnumerateArray().Single();
        while (!agent.GetProperty("silent").GetBoolean());
        Assert.Equal((5, 3.5), (agent.GetProperty("lagBytes").GetInt64(), agent.GetProperty("lagSeconds").GetDouble()));
        using HttpResponseMessage bad = await platform.Client.PutAsJsonAsync("api/v1/bees/agents/..%2Fx", new { version = "1", host = "h", startedAt = now, sentAt = now, everySeconds = 1, sources = Array.Empty<object>() }, Cancel);
        await ProblemAssert.IsAsync(bad, 400, "API-003");
    }

    private async Task RegisterAsync(string name)
    {
        using HttpResponseMessage response = await platform.Client.PutAsJsonAsync($"api/v1/bees/sources/{name}", new { name }, Cancel);
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync(Cancel));
    }

    private async Task<HttpResponseMessage> PostAsync(byte[] body, string? encoding)
    {
        ByteArrayContent content = new(body);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/vnd.mlplatform.bees");
        if (encoding is not null)
            content.Headers.ContentEncoding.Add(encoding);
        return await platform.Client.PostAsync("api/v1/bees/batches", content, Cancel);
    }

    private async Task<string[]> SendAsync(byte[] body, bool gzip = false)
    {
        if (gzip)
        {
            using MemoryStream packed = new();
            await using (GZipStream stream = new(packed, CompressionLevel.Fastest, leaveOpen: true))
                stream.Write(body);
            body = packed.ToArray();
        }
        using HttpResponseMessage response = await PostAsync(body, gzip ? "gzip" : null);
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync(Cancel));
        JsonElement answer = await response.Content.ReadFromJsonAsync<JsonElement>(Cancel);
        return [.. answer.GetProperty("batches").EnumerateArray().Select(b => $"{b.GetProperty("outcome").GetString()} {b.GetProperty("durable").GetInt64()}")];
    }

    private async Task RefusedAsync(byte[] body, int status, string code, string? encoding = null)
    {
        using HttpResponseMessage response = await PostAsync(body, encoding);
        await ProblemAssert.IsAsync(response, status, code);
    }

    private async Task LinesAsync(string source, string lines)
    {
        using HttpResponseMessage response = await platform.Client.PostAsync($"api/v1/bees/sources/{source}/lines", new ByteArrayContent(System.Text.Encoding.UTF8.GetBytes(lines)), Cancel);
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync(Cancel));
    }

    private async Task<Guid> StartAsync(string source, string take, string more = "")
    {
        string inputs = $$"""{ "source": "source:{{source}}", "take": "{{take}}", "columns": [{ "name": "id", "type": "int64" }]{{more}} }""";
        string pipeline = $$$"""{ "id": "{{{source}}}-{{{take}}}", "activities": { "collect": { "type": "bees.collect", "inputs": {{{inputs}}} } }, "outputs": { "collect": "${{ activities.collect.outputs }}" } }""";
        return await platform.StartAsync(pipeline);
    }

    private async Task<JsonElement> RunAsync(string source, string take, string more = "") =>
        (await platform.WaitAsync(await StartAsync(source, take, more), "succeeded")).GetProperty("outputs").GetProperty("collect");

    private async Task<List<string>> CollectAsync(string source, string column, string take = "all", string more = "")
    {
        JsonElement outputs = await RunAsync(source, take, more);
        Assert.Equal(0, outputs.GetProperty("rejected").GetInt64());
        return column == "id" ? await ColumnAsync<long?>(outputs, column, v => $"{v}") : await ColumnAsync<string>(outputs, column, v => v);
    }

    private Task<List<string>> ColumnAsync<T>(JsonElement outputs, string column, Func<T, string> text) => CollectedTable.ColumnAsync(platform, outputs, column, text);
}
