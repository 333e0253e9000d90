using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using MLPlatform.Activities.Features;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Artifacts;
using MLPlatform.Core.Features;
using MLPlatform.IntegrationTests.Server;
using MLPlatform.Tests.Features;
using MLPlatform.Tests.Tables;
using Xunit;

namespace MLPlatform.IntegrationTests.Features;

/// <summary>From a table of values to what serving reads, through a server.</summary>
public sealed class PublishFeaturesTests(TestPlatform platform) : IClassFixture<TestPlatform>, IDisposable
{
    private static readonly string[] Spent = ["spent"];
    private static readonly string[] Nope = ["nope"];
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);
    private readonly TestActivityContext _context = new();
    private readonly string _id = "g" + Guid.NewGuid().ToString("N");

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _context.Dispose();

    [Fact]
    public async Task What_is_published_is_served_registered_described_and_equal_to_the_bit()
    {
        FeatureGroup group = FeatureHistories.Group(replaces: true, expires: true) with { Id = _id };
        List<HistoryRow> history = History(1);
        JsonElement outputs = await PublishAsync(await MakeAsync(group, history), verify: true);
        Assert.Equal((1, 1, true), (outputs.GetProperty("number").GetInt32(), outputs.GetProperty("version").GetInt32(), outputs.GetProperty("published").GetBoolean()));
        long entities = history.Select(r => r.User).Distinct().Count();
        Assert.Equal((entities, entities * group.Features.Count), (outputs.GetProperty("entities").GetInt64(), outputs.GetProperty("verified").GetInt64()));

        // The plainest reading of the history says the same as the server, to the bit.
        DateTimeOffset asOf = outputs.GetProperty("asOf").GetDateTimeOffset();
        long at = (asOf - DateTimeOffset.UnixEpoch).Ticks / 10;
        JsonElement served = await PostAsync($"api/v1/features/online/{_id}", new { keys = new object[] { new { user = "u0" }, new { user = "nobody" }, new { user = "u2" } } });
        JsonElement[] all = [.. served.GetProperty("entities").EnumerateArray()];
        Assert.Equal([true, false, true], all.Select(e => e.GetProperty("known").GetBoolean()));
        foreach ((JsonElement entity, string user) in new[] { (all[0], "u0"), (all[2], "u2") })
        {
            string values = "[" + string.Join(",", group.Features.Select(f => entity.GetProperty("values").GetProperty(f.Name).GetRawText())) + "]";
            Assert.Equal(FeatureOracle.At(history, group, user, at), OnlineText.Values(PlannedFeature.AllOf(group), values));
        }
        JsonElement one = await platform.GetJsonAsync($"api/v1/features/online/{_id}?user=u0");
        Assert.Equal(all[0].GetRawText(), one.GetProperty("entities")[0].GetRawText());
        JsonElement chosen = await PostAsync($"api/v1/features/online/{_id}", new { keys = new[] { new { user = "u0" } }, features = Spent, version = 1 });
        Assert.Equal(["spent"], chosen.GetProperty("entities")[0].GetProperty("values").EnumerateObject().Select(p => p.Name));
        Assert.Equal(0, (await PostAsync($"api/v1/features/online/{_id}/verify", new { })).GetProperty("different").GetInt64());

        // A second table has drift against the first.
        await PublishAsync(await MakeAsync(group, [.. history, .. History(2).Select(r => r with { EventTime = r.EventTime + (1000 * FeatureHistories.Second), Arrival = r.Arrival + (1000 * FeatureHistories.Second), Amount = 5 })]), verify: true);
        JsonElement[] tables = [.. (await platform.GetJsonAsync($"api/v1/features/groups/{_id}/tables")).EnumerateArray()];
        Assert.Equal([2, 1], tables.Select(t => t.GetProperty("number").GetInt32()));
        JsonElement spent = tables[0].GetProperty("features").EnumerateArray().First(f => f.GetProperty("profile").GetProperty("feature").GetString() == "spent");
        Assert.True(spent.GetProperty("drift").GetDouble() > 0);
        Assert.False(tables[1].GetProperty("features")[0].TryGetProperty("drift", out _));
    }

    [Fact]
    public async Task Publishing_again_changes_nothing_and_what_does_not_fit_is_refused()
    {
        FeatureGroup group = FeatureHistories.Group(replaces: false, expires: false) with { Id = _id };
        ArtifactRef table = await MakeAsync(group, History(3));
        Assert.True((await PublishAsync(table)).GetProperty("published").GetBoolean());
        Assert.False((await PublishAsync(table)).GetProperty("published").GetBoolean());
        Assert.Contains("FEAT-041", await FailedAsync(table, DateTimeOffset.UnixEpoch + Second), StringComparison.Ordinal);
        JsonElement passedOver = (await platform.WaitAsync(await StartAsync(table, DateTimeOffset.UnixEpoch + Second, true, onlyNewer: true), "succeeded")).GetProperty("outputs").GetProperty("all");
        Assert.Equal((false, 0, 0), (passedOver.GetProperty("published").GetBoolean(), passedOver.GetProperty("entities").GetInt32(), passedOver.GetProperty("verified").GetInt32()));
        Assert.False((await PublishAsync(table)).GetProperty("published").GetBoolean()); // Serving still knows the later instant.
        Assert.Contains("FEAT-040", await FailedAsync(await MakeAsync(group with { Description = "other" }, History(3)), null), StringComparison.Ordinal);
        Assert.Equal("FEAT-040", await ProblemAsync("api/v1/features/groups", new { group = JsonSerializer.SerializeToElement(group with { Owner = "else" }, ActivityJson.Options) }, HttpStatusCode.Conflict));
        Assert.Equal("API-012", await ProblemAsync("api/v1/features/groups", new { group = new { id = "x" } }, HttpStatusCode.UnprocessableEntity));
        Assert.Equal("FEAT-043", await ProblemAsync($"api/v1/features/online/{_id}", new { keys = new[] { new { name = "u" } } }, HttpStatusCode.BadRequest));
        Assert.Equal("FEAT-043", await ProblemAsync($"api/v1/features/online/{_id}", new { keys = new[] { new { user = 5 } } }, HttpStatusCode.BadRequest));
        Assert.Equal("FEAT-023", await ProblemAsync($"api/v1/features/online/{_id}", new { keys = new[] { new { user = "u" } }, features = Nope }, HttpStatusCode.BadRequest));
        Assert.Equal("API-004", await ProblemAsync("api/v1/features/online/nowhere", new { keys = new[] { new { user = "u" } } }, HttpStatusCode.NotFound));
        Assert.Equal("API-003", await ProblemAsync($"api/v1/features/online/{_id}", new { keys = Array.Empty<object>() }, HttpStatusCode.BadRequest));
    }

    [Fact]
    public async Task A_value_that_was_changed_behind_the_back_is_found_by_verify()
    {
        FeatureGroup group = FeatureHistories.Group(replaces: false, expires: false) with { Id = _id };
        await PublishAsync(await MakeAsync(group, History(4)));
        await using (Microsoft.Data.Sqlite.SqliteConnection file = new($"Data Source={Path.Combine(platform.Home, "features.db")}"))
        {
            await file.OpenAsync(Cancel);
            await using Microsoft.Data.Sqlite.SqliteCommand change = file.CreateCommand();
            change.CommandText = $"UPDATE online_values SET feature_values = replace(feature_values, '[', '[123456') WHERE entity_key = '[\"u0\"]' AND publication = (SELECT number FROM online_publications WHERE group_id = '{_id}')";
            Assert.Equal(1, await change.ExecuteNonQueryAsync(Cancel));
        }
        JsonElement report = await PostAsync($"api/v1/features/online/{_id}/verify", new { });
        Assert.True(report.GetProperty("different").GetInt64() > 0);
        Assert.Contains("u0", report.GetProperty("examples")[0].GetString(), StringComparison.Ordinal);
    }

    private static List<HistoryRow> History(int seed)
    {
        Random random = new(seed);
        return [.. Enumerable.Range(0, 200).Select(i => new HistoryRow($"u{i % 5}", random.Next(100) * FeatureHistories.Second, (random.Next(100) + 20) * FeatureHistories.Second, $"e{random.Next(150)}",
            random.Next(-8, 8) / 8d, random.Next(2) == 0 ? "buy" : "look", random.Next(5)))];
    }

    private async Task<ArtifactRef> MakeAsync(FeatureGroup group, List<HistoryRow> history)
    {
        AggregateFeatures.Outputs made = await _context.AggregateAsync(group, await _context.PutAsync(history));
        string folder = _context.NewFolder();
        await _context.Artifacts.LayOutAsync(made.Table.Hash, folder, Cancel);
        return await platform.Get<IArtifactStore>().PutFolderAsync(folder, "table", Cancel);
    }

    private async Task<JsonElement> PublishAsync(ArtifactRef table, bool verify = false)
    {
        JsonElement run = await platform.WaitAsync(await StartAsync(table, null, verify), "succeeded");
        return run.GetProperty("outputs").GetProperty("all");
    }

    private async Task<string> FailedAsync(ArtifactRef table, DateTimeOffset? asOf) => (await platform.WaitAsync(await StartAsync(table, asOf, false), "failed")).GetRawText();

    private Task<Guid> StartAsync(ArtifactRef table, DateTimeOffset? asOf, bool verify, bool onlyNewer = false) => platform.StartAsync(JsonSerializer.Serialize(new
    {
        id = "publish",
        activities = new { publish = new { type = "features.publish", inputs = new { features = JsonSerializer.SerializeToElement(table, ActivityJson.Options), asOf, verify, onlyNewer } } },
        outputs = new { all = "${{ activities.publish.outputs }}" },
    }));

    private async Task<JsonElement> PostAsync(string path, object body)
    {
        using HttpResponseMessage response = await platform.Client.PostAsJsonAsync(path, body, Cancel);
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync(Cancel));
        return await response.Content.ReadFromJsonAsync<JsonElement>(Cancel);
    }

    private async Task<string> ProblemAsync(string path, object body, HttpStatusCode status)
    {
        using HttpResponseMessage response = await platform.Client.PostAsJsonAsync(path, body, Cancel);
        JsonElement problem = await response.Content.ReadFromJsonAsync<JsonElement>(Cancel);
        Assert.True(response.StatusCode == status, problem.ToString());
        return problem.GetProperty("code").GetString()!;
    }
}
