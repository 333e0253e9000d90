using System.Text.Json;
using Xunit;

namespace MLPlatform.IntegrationTests.Alarms;

/// <summary>From a table whose values moved to whoever is told, through the real check.</summary>
public sealed class DriftAlarmTests(AlarmPlatform platform) : IClassFixture<AlarmPlatform>, IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("mlp-drift-").FullName;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Values_that_move_are_told_with_the_column_and_the_index_and_a_run_as_before_ends_it()
    {
        Write("before.csv", i => i % 10);
        Write("same.csv", i => (i + 3) % 10);
        Write("moved.csv", i => 7 + i % 10);
        Guid run = await RunAsync("moved.csv");
        JsonElement alarm = await ToldAsync("opened");
        Assert.Equal((run.ToString(), "drift", "check"), (Text(alarm, "run"), Text(alarm, "event"), Text(alarm, "subject")));
        Assert.StartsWith("drifting has drifted: the stability index of price is ", Text(alarm, "summary"), StringComparison.Ordinal);
        Assert.EndsWith(", above 0.25", Text(alarm, "summary"), StringComparison.Ordinal);
        Assert.True(alarm.GetProperty("metrics").EnumerateObject().Single(m => m.Name == "psi.price").Value.GetDouble() > 0.25);
        await RunAsync("same.csv");
        Assert.Equal(Text(alarm, "id"), Text(await ToldAsync("resolved"), "id"));
    }

    private void Write(string name, Func<int, int> price) =>
        File.WriteAllLines(Path.Combine(_folder, name), Enumerable.Range(0, 1000).Select(i => $"{i},{price(i)}").Prepend("id,price"));

    private async Task<Guid> RunAsync(string file)
    {
        static string Collect(string path) => $$"""
            { "type": "bees.collect", "inputs": { "source": {{JsonSerializer.Serialize(path)}}, "format": "csv",
              "columns": [ { "name": "id", "type": "int64" }, { "name": "price", "type": "double" } ] } }
            """;
        Guid run = await platform.StartAsync($$$"""
            { "id": "drifting", "alarms": [ { "on": ["drift"], "above": 0.25, "to": ["hook"] } ],
              "activities": {
                "before": {{{Collect(Path.Combine(_folder, "before.csv"))}}},
                "now": {{{Collect(Path.Combine(_folder, file))}}},
                "check": { "type": "data.check", "inputs": { "table": "${{ activities.now.outputs.table }}", "reference": "${{ activities.before.outputs.table }}",
                  "expectations": [ { "drift": { "columns": ["price"] }, "severity": "warning" } ] } } } }
            """);
        await platform.WaitAsync(run, "succeeded");
        return run;
    }

    private async Task<JsonElement> ToldAsync(string kind) => (await platform.Receiver.NextAsync(
        r => r.Path == "/hook" && Text(r.Body, "kind") == kind && r.Body.GetProperty("alarms").EnumerateArray().Any(IsOurs), Cancel)).Body.GetProperty("alarms").EnumerateArray().First(IsOurs);

    private static bool IsOurs(JsonElement alarm) => alarm.TryGetProperty("pipeline", out JsonElement of) && of.GetString() == "drifting";

    private static string Text(JsonElement of, string name) => of.GetProperty(name).ToString();
}
