using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using MLPlatform.IntegrationTests.Cli;
using MLPlatform.IntegrationTests.Postgres;
using Xunit;

namespace MLPlatform.IntegrationTests.Alarms;

/// <summary>Two servers on one PostgreSQL, one of which is killed while it tells people.</summary>
public sealed class AlarmKillTests(PostgresServer postgres) : IAsyncLifetime
{
    private readonly ChannelReceiver _receiver = new();
    private readonly Mlp _first = new(), _second = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => await _receiver.StartAsync();

    public async ValueTask DisposeAsync()
    {
        _first.Dispose();
        _second.Dispose();
        await _receiver.DisposeAsync();
    }

    [Fact]
    public async Task Every_breach_is_one_alarm_and_is_told_though_a_server_is_killed_while_it_tells()
    {
        using HttpClient first = await ServeAsync(_first, await postgres.CreateDatabaseAsync(Cancel)), second = await ServeAsync(_second, _first.Variables["MLP_Storage__ConnectionString"]);
        _receiver.Hold();
        List<(Guid Run, string Event)> breaches = [];
        for (int i = 0; i < 6; i++)
        {
            breaches.Add((await StartAsync(first, $"a{i}"), "failed"));
            breaches.Add((await StartAsync(second, $"b{i}"), "failed"));
        }
        await _receiver.NextAsync(_ => true, Cancel); // Somebody is told, and does not answer.
        breaches.Add((await StartAsync(first, "long", """ "on": ["running"], "longerThan": "PT1S" """, """ { "duration": "PT1H" } """), "running"));
        for (int i = 0; i < 4; i++)
            breaches.Add((await StartAsync(first, $"c{i}"), "failed")); // These end about when it dies.
        _first.Kill();
        _receiver.Release();

        await Eventually.IsSoAsync(async () =>
        {
            List<JsonElement> alarms = await AlarmsAsync(second);
            return alarms.Count >= breaches.Count && alarms.All(a => Told().Contains(Text(a, "id"))) && await UnsentAsync(second) == 0;
        });
        List<JsonElement> opened = await AlarmsAsync(second);
        Assert.Equal(breaches.Select(b => $"{b.Run} {b.Event}").Order(), opened.Select(a => $"{Text(a, "run")} {Text(a, "event")}").Order());
        Assert.Equal(opened.Select(a => Text(a, "id")).Order(), Told().Order());
    }

    /// <summary>The ids of alarms that somebody was told of.</summary>
    private HashSet<string> Told() =>
        [.. _receiver.All.Where(r => Text(r.Body, "kind") == "opened").SelectMany(r => r.Body.GetProperty("alarms").EnumerateArray().Select(a => Text(a, "id")).ToList())];

    private static async Task<List<JsonElement>> AlarmsAsync(HttpClient server) =>
        [.. (await server.GetFromJsonAsync<JsonElement>("api/v1/alarms?limit=100", Cancel)).GetProperty("items").EnumerateArray()];

    private static async Task<int> UnsentAsync(HttpClient server)
    {
        int unsent = 0;
        foreach (JsonElement alarm in await AlarmsAsync(server))
            unsent += (await server.GetFromJsonAsync<JsonElement>($"api/v1/alarms/{Text(alarm, "id")}", Cancel)).GetProperty("deliveries").EnumerateArray().Count(d => Text(d, "state") != "sent");
        return unsent;
    }

    // control.wait takes a duration or an instant, not neither.
    private static async Task<Guid> StartAsync(HttpClient server, string id, string rule = """ "on": ["failed"] """, string inputs = "{}")
    {
        string pipeline = $$"""{ "id": "{{id}}", "alarms": [ { {{rule}}, "to": ["hook"] } ], "activities": { "a": { "type": "control.wait", "inputs": {{inputs}} } } }""";
        using HttpResponseMessage response = await server.PostAsJsonAsync("api/v1/runs", new { file = new { pipeline } }, Cancel);
        JsonElement run = await response.Content.ReadFromJsonAsync<JsonElement>(Cancel);
        Assert.True(response.StatusCode == HttpStatusCode.Created, run.ToString());
        return run.GetProperty("id").GetGuid();
    }

    private async Task<HttpClient> ServeAsync(Mlp mlp, string database)
    {
        foreach ((string name, string value) in new (string, string)[]
        {
            ("Storage__Provider", "postgres"), ("Storage__ConnectionString", database), ("Engine__Lease", "00:00:02"),
            ("Alarms__Recheck", "00:00:00.300"), ("Alarms__GroupWait", "00:00:00.050"), ("Alarms__Timeout", "00:00:00.500"), // The lease of a delivery follows from it.
            ("Alarms__FirstRetry", "00:00:00.100"), ("Alarms__LongestRetry", "00:00:00.500"),
            ("Alarms__Channels__hook__Type", "webhook"), ("Alarms__Channels__hook__Url", _receiver.Address + "/hook"),
        })
            mlp.Variables["MLP_" + name] = value;
        return new HttpClient { BaseAddress = new Uri((await mlp.ServeAsync()).TrimEnd('/') + "/") };
    }

    private static string Text(JsonElement of, string name) => of.GetProperty(name).ToString();
}
