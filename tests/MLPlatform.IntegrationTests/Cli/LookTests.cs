using System.Text.Json;
using MLPlatform.IntegrationTests.Server;
using MLPlatform.Server.Activities;
using Xunit;

namespace MLPlatform.IntegrationTests.Cli;

/// <summary>What people look up and look at: activity types, and what activities made.</summary>
public sealed class LookTests : IDisposable
{
    private const string Made = """
        { "id": "made", "activities": {
            "collect": { "type": "bees.collect", "inputs": { "source": "DATA/in.csv" } },
            "clean": { "type": "data.clean", "inputs": { "table": "${{ activities.collect.outputs.table }}", "rules": [{ "replace": { "column": "b", "map": { "x": null } } }, { "required": ["b"] }] } } },
          "outputs": { "table": "${{ activities.clean.outputs.table }}", "report": "${{ activities.clean.outputs.reportFile }}" } }
        """;

    private readonly Mlp _mlp = new();

    public void Dispose() => _mlp.Dispose();

    [Fact]
    public async Task Every_activity_type_is_listed_and_every_input_of_each_is_shown_with_its_meaning()
    {
        Outcome list = await _mlp.RunAsync("activities", "list", "--json");
        list.Is(0);
        string[] types = [.. list.Json.EnumerateArray().Select(a => a.GetProperty("type").GetString()!)];
        Assert.Equal(BuiltInActivities.Catalog().All.Select(d => d.Type).Order(StringComparer.Ordinal), types);
        Assert.False(Directory.Exists(_mlp.Home));

        Outcome show = await _mlp.RunAsync("activities", "show", "data.clean");
        show.Is(0);
        string[] lines = show.Output.Split('\n');
        Assert.Contains(lines, l => l.StartsWith("table ", StringComparison.Ordinal) && l.Contains("artifact, required", StringComparison.Ordinal));
        Assert.Contains(lines, l => l.StartsWith("rules[].range.min ", StringComparison.Ordinal) && l.Contains("The smallest value that is kept.", StringComparison.Ordinal));
        Assert.Contains(lines, l => l.StartsWith("rules[].cast.type ", StringComparison.Ordinal) && l.Contains("string | int64 | double | bool | timestamp", StringComparison.Ordinal));
        Assert.Contains(lines, l => l.StartsWith("report.kept ", StringComparison.Ordinal) && l.TrimEnd().EndsWith(" integer", StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_cannot_be_previewed_silenced_or_governed_is_told_in_words()
    {
        const string Trigger = """{ "id": "p", "schedule": { "triggers": [ { "type": "feedback", "model": "none", "minEvents": 5 } ] }, "activities": { } }""";
        foreach ((string code, string[] arguments) in new (string, string[])[]
        {
            ("API-004", ["triggers", "preview", _mlp.Write("feedback.json", Trigger)]),
            ("CLI-006", ["triggers", "preview", "nowhere.json"]),
            ("API-004", ["triggers", "preview", "no-such-pipeline"]),
            ("CLI-046", ["triggers", "preview", _mlp.Write("chain.json", Flows.Chain)]),
            ("CLI-046", ["triggers", "preview", _mlp.Write("odd.json", """{ "schedule": { "triggers": [ 5, { "type": 5 } ] } }""")]),
            ("CLI-049", ["triggers", "preview", _mlp.Write("half.json", "{")]),
            ("ALARM-022", ["alarms", "silence", "--for", "P9999999D", "--reason", "x"]),
            ("SERVE-006", ["deployments", "deploy", "d", "--version", "1", "--percent", "NaN"]),
            ("SERVE-011", ["deployments", "policy", "d", "--file", _mlp.Write("policy.json", """{ "guards": [], "unknown": 1 }""")]),
        })
        {
            Outcome told = await _mlp.RunAsync(arguments);
            told.Is(2);
            Assert.Contains($"error {code}:", told.Error, StringComparison.Ordinal);
            Assert.DoesNotContain("MLPlatform.", told.Error, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_misspelt_type_is_answered_with_the_nearest()
    {
        Outcome show = await _mlp.RunAsync("activities", "show", "data.claen");
        show.Is(2);
        Assert.Contains("error CLI-030: There is no activity type 'data.claen'.", show.Error, StringComparison.Ordinal);
        Assert.Contains("Did you mean 'data.clean'?", show.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_a_run_made_can_be_looked_at_and_taken_out_but_nothing_is_overwritten()
    {
        _mlp.Write("in.csv", "a,b\n1,x\n2,y\n");
        Outcome run = await _mlp.RunAsync("run", _mlp.Write("made.json", Made.Replace("DATA", _mlp.Folder, StringComparison.Ordinal)), "--json");
        run.Is(0);
        string Hash(string output) => run.Json.GetProperty("outputs").GetProperty(output).GetProperty("$artifact").GetString()!;

        Outcome show = await _mlp.RunAsync("artifacts", "show", Hash("table"), "--json");
        show.Is(0);
        Assert.Equal("part-00000.parquet", show.Json.GetProperty("files")[0].GetProperty("path").GetString());

        (await _mlp.RunAsync("artifacts", "get", Hash("report"), "--to", "out/report")).Is(0);
        string file = Path.Combine(_mlp.Folder, "out", "report", "report.json");
        Assert.Equal(1, JsonElement.Parse(await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken)).GetProperty("rejected").GetInt32());

        Outcome again = await _mlp.RunAsync("artifacts", "get", Hash("report"), "--to", "out/report");
        again.Is(2);
        Assert.Contains("CLI-031", again.Error, StringComparison.Ordinal);
        Outcome none = await _mlp.RunAsync("artifacts", "get", "sha256:" + new string('0', 64));
        none.Is(2);
        Assert.Contains("artifact sha256:0000", none.Error, StringComparison.Ordinal);
    }
}
