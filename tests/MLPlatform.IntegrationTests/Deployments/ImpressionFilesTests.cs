using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Time.Testing;
using MLPlatform.Bees.Agents;
using MLPlatform.Bees.Settings;
using MLPlatform.Bees.Sinks;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Bees;
using MLPlatform.Core.Deployments;
using MLPlatform.IntegrationTests.Server;
using MLPlatform.Server.Deployments;
using Xunit;

namespace MLPlatform.IntegrationTests.Deployments;

/// <summary>Impressions of <c>mlp serve-model</c>: in files, and by an agent to the platform.</summary>
public sealed class ImpressionFilesTests(TestPlatform platform) : IClassFixture<TestPlatform>, IDisposable
{
    private readonly string _name = "d" + Guid.NewGuid().ToString("N");
    private readonly string _folder = Directory.CreateTempSubdirectory("mlp-impressions-").FullName;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task What_another_process_answered_is_shipped_joined_and_counted()
    {
        await SmallModels.RegisterAsync(platform, _name, "a");
        await PostAsync(platform.Client, $"deployments/{_name}/deploy", new { version = 1 });
        await platform.Get<ServingSources>().IsKeptHereAsync(_name, Cancel); // A server's loop sees to it.
        string model = Path.Combine(_folder, "model"), log = Path.Combine(_folder, "log");
        SmallModels.Train(model, "a");
        await using (WebApplication app = ModelHost.Build(new ModelHostSettings(
            _name, new DeploymentSpec { Model = _name, Champion = 1 }, new Dictionary<int, string> { [1] = model }, "http://127.0.0.1:0", null)
        { Impressions = log }))
        {
            await app.StartAsync(Cancel);
            using HttpClient client = new() { BaseAddress = new Uri(app.Urls.First() + "/") };
            for (int i = 0; i < 5; i++)
                await PostAsync(client, $"deployments/{_name}/score", new { requestId = $"r{i}", rows = new[] { new { app = "a" }, new { app = "b" } } });
            await app.StopAsync(Cancel); // What waits is written.
        }
        await PostAsync(platform.Client, "feedback", new { deployment = _name, events = new[] { new { eventId = "e1", requestId = "r3" } } });
        await PostAsync(platform.Client, $"deployments/{_name}/score", new { requestId = "here", rows = new[] { new { app = "a" } } });

        AgentSettings settings = new()
        {
            Agent = "serving-1",
            Server = platform.Client.BaseAddress!.ToString(),
            Checkpoint = Path.Combine(_folder, "checkpoint.json"),
            Sources = [new SourceSettings { Name = $"impressions.{_name}", Paths = [Path.Combine(log, $"impressions.{_name}*.jsonl")] }],
            Sink = new HttpSinkSettings(),
        };
        List<AgentNotice> notices = [];
        await using (BeesAgent agent = new(settings, SinkFactory.Open(settings), new FakeTimeProvider(TimeProvider.System.GetUtcNow() - TimeSpan.FromDays(1)), notices.Add))
        {
            do
                agent.Notice();
            while ((await agent.CycleAsync(hurry: true, Cancel)).Busy);
        }
        Assert.Empty(notices);
        JsonElement figures = default;
        while (figures.ValueKind == JsonValueKind.Undefined || figures.GetProperty("impressions").GetInt32() < 11) // The server's own one comes behind its answer.
            figures = (await platform.GetJsonAsync($"api/v1/deployments/{_name}/metrics?window=PT1H")).GetProperty("versions")[0].GetProperty("figures");
        Assert.Equal((11, 1), (figures.GetProperty("impressions").GetInt32(), figures.GetProperty("positives").GetInt32()));
    }

    [Fact]
    public async Task A_line_that_a_kill_tore_is_ended_and_large_files_are_moved_aside_and_go_when_they_are_many()
    {
        string file = Path.Combine(_folder, "impressions.shop.jsonl");
        await File.WriteAllTextAsync(file, """{"requestId":"whole"}""" + "\n" + """{"requestId":"to""", Cancel);
        FakeTimeProvider time = new();
        using ImpressionFiles files = new(_folder, time) { LargestFile = 60 };
        files.Open("shop");
        Deployment shop = new("shop", 1, new DeploymentSpec { Model = "m", Champion = 1 }, "t", DateTimeOffset.UnixEpoch);
        await files.KeepAsync(new GatheredImpressions(shop, ["{\"n\":0}"u8.ToArray()], [], new AskedCounts()), Cancel);
        string aside = Assert.Single(Directory.GetFiles(_folder));
        Assert.Equal(["""{"requestId":"whole"}""", """{"requestId":"to""", """{"n":0}"""], await File.ReadAllLinesAsync(aside, Cancel));
        for (int i = 0; i < 40; i++)
        {
            time.Advance(TimeSpan.FromMilliseconds(1));
            await files.KeepAsync(new GatheredImpressions(shop, [new byte[60]], [], new AskedCounts()), Cancel);
        }
        Assert.Equal(ImpressionFiles.MostFiles - 1, Directory.GetFiles(_folder).Length);
        Assert.False(File.Exists(aside));
    }

    [Fact]
    public void A_folder_that_cannot_be_written_is_told_at_the_start()
    {
        string file = Path.Combine(_folder, "file");
        File.WriteAllText(file, "");
        using ImpressionFiles files = new(file, TimeProvider.System);
        Assert.Equal("SERVE-015", Assert.Throws<ActivityException>(() => files.Open("shop")).Code);
    }

    private static async Task<JsonElement> PostAsync(HttpClient client, string path, object body)
    {
        using HttpResponseMessage response = await client.PostAsJsonAsync("api/v1/" + path, body, Cancel);
        JsonElement answer = await response.Content.ReadFromJsonAsync<JsonElement>(Cancel);
        Assert.True(response.IsSuccessStatusCode, answer.ToString());
        return answer;
    }
}
