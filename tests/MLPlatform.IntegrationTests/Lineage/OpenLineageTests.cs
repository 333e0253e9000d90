using System.Net.Http.Json;
using System.Text.Json;
using MLPlatform.IntegrationTests.Server;
using Xunit;

namespace MLPlatform.IntegrationTests.Lineage;

/// <summary>A platform that sends its lineage somewhere.</summary>
internal sealed class SendingPlatform(string url) : TestPlatform
{
    protected override Dictionary<string, string?> Overrides => new()
    {
        ["OpenLineage:Url"] = url,
        ["OpenLineage:ApiKey"] = "s3cret",
        ["OpenLineage:Pause"] = "00:00:00.050",
        ["OpenLineage:Timeout"] = "00:00:00.500",
    };
}

public sealed class OpenLineageTests(TestPlatform platform) : IClassFixture<TestPlatform>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_attempt_is_told_in_order_although_the_receiver_was_down_and_our_own_server_takes_all_of_it()
    {
        await using LineageReceiver receiver = new();
        await receiver.StartAsync();
        receiver.BeDown(2);
        await using SendingPlatform sender = new(receiver.Url);
        await sender.InitializeAsync();
        Guid good = await sender.StartAsync(Flows.Chain);
        Guid bad = await sender.StartAsync(Flows.Failing);
        await sender.WaitAsync(good, "succeeded");
        await sender.WaitAsync(bad, "failed");
        await Eventually.IsSoAsync(() => Ends(receiver, good) && Ends(receiver, bad));

        // 1. All of it has the shape of the specification and carries the token.
        JsonElement[] events = [.. receiver.Events];
        Assert.All(events, EventShape.Check);
        Assert.All(receiver.Tokens, t => Assert.Equal("Bearer s3cret", t));

        // 2. In the order of the run, each attempt with a start and one end below its run.
        string[] told = [.. events.Where(e => BelongsTo(e, good)).Select(e => $"{e.GetProperty("job").GetProperty("name")} {e.GetProperty("eventType")}").Distinct()];
        Assert.Equal(("chain START", "chain COMPLETE"), (told[0], told[^1]));
        foreach (string activity in (string[])["chain.first", "chain.each[0]", "chain.each[1]", "chain.last"])
            Assert.True(Array.IndexOf(told, activity + " START") < Array.IndexOf(told, activity + " COMPLETE") && told.Contains(activity + " START"), activity);
        Assert.True(Array.IndexOf(told, "chain.first COMPLETE") < Array.IndexOf(told, "chain.last START"));
        JsonElement failed = events.Last(e => e.GetProperty("job").GetProperty("name").GetString() == "failing.bad");
        Assert.Equal("FAIL", failed.GetProperty("eventType").GetString());
        Assert.NotEmpty(failed.GetProperty("run").GetProperty("facets").GetProperty("errorMessage").GetProperty("message").GetString()!);

        // 3. Our own server takes what we send.
        foreach (JsonElement e in events)
            Assert.Equal(201, (int)(await platform.Client.PostAsJsonAsync("api/v1/lineage", e, Cancel)).StatusCode);
    }

    [Fact]
    public async Task Jobs_of_others_stand_in_the_same_graph_and_the_same_event_changes_nothing()
    {
        object Event(string time, string job, string input, string output) => new
        {
            eventType = "COMPLETE",
            eventTime = time,
            producer = "https://example.com/spark",
            schemaURL = "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent",
            run = new { runId = "0195555d-0000-7000-8000-000000000001" },
            job = new { @namespace = "spark", name = job },
            inputs = new[] { new { @namespace = "hdfs://lake", name = input } },
            outputs = new[] { new { @namespace = "hdfs://lake", name = output } },
        };
        for (int i = 0; i < 2; i++)
            Assert.Equal(201, (int)(await platform.Client.PostAsJsonAsync("api/v1/lineage", Event("2026-03-01T10:00:00Z", "clean", "/raw", "/clean"), Cancel)).StatusCode);
        using HttpResponseMessage batch = await platform.Client.PostAsJsonAsync("api/v1/lineage/batch",
            new[] { Event("2026-03-01T11:00:00Z", "join", "/clean", "/joined"), new { eventTime = "never" } }, Cancel);
        JsonElement answer = await batch.Content.ReadFromJsonAsync<JsonElement>(Cancel);
        Assert.Equal(("partial_success", 1, 1), (answer.GetProperty("status").GetString(), answer.GetProperty("summary").GetProperty("successful").GetInt32(), answer.GetProperty("failedEvents")[0].GetProperty("index").GetInt32()));
        JsonElement down = await platform.GetJsonAsync("api/v1/lineage/external?namespace=hdfs://lake&name=/raw&down=true");
        Assert.Equal(["external:hdfs://lake//clean", "external:hdfs://lake//joined", "external:hdfs://lake//raw", "job:spark/clean", "job:spark/join"],
            down.GetProperty("nodes").EnumerateArray().Select(n => n.GetProperty("id").GetString()!).Order(StringComparer.Ordinal));
        Assert.Equal(4, down.GetProperty("edges").GetArrayLength());
        JsonElement up = await platform.GetJsonAsync("api/v1/lineage/external?namespace=hdfs://lake&name=/joined");
        Assert.Equal(5, up.GetProperty("nodes").GetArrayLength());
        await ProblemAssert.IsAsync(await platform.Client.PostAsJsonAsync("api/v1/lineage", new { eventType = "START" }, Cancel), 400, "LINE-002");
    }

    private static bool BelongsTo(JsonElement e, Guid run) =>
        e.GetProperty("run").GetProperty("runId").GetGuid() == run
        || (e.GetProperty("run").GetProperty("facets").TryGetProperty("parent", out JsonElement parent) && parent.GetProperty("run").GetProperty("runId").GetGuid() == run);

    private static bool Ends(LineageReceiver receiver, Guid run) =>
        receiver.Events.Any(e => e.GetProperty("run").GetProperty("runId").GetGuid() == run && e.GetProperty("eventType").GetString() is "COMPLETE" or "FAIL");
}
