using System.Diagnostics;
using System.Text.Json;
using Xunit;

namespace MLPlatform.IntegrationTests.Cli;

/// <summary><c>mlp validate --sarif</c>, as a pull request's check runs it.</summary>
public sealed class SarifTests : IDisposable
{
    private readonly Mlp _mlp = new();

    public void Dispose() => _mlp.Dispose();

    [Fact]
    public async Task Every_problem_has_its_code_level_line_column_and_path_in_the_repository()
    {
        Directory.CreateDirectory(Path.Combine(_mlp.Folder, "flows in git"));
        _mlp.Write("flows in git/bad.json", "{\n  \"id\": \"x\",\n  \"activities\": { \"a\": { \"type\": \"control.nop\" } }\n}\n");
        _mlp.Write("flows in git/good.json", """{ "id": "good", "activities": { "a": { "type": "control.noop" } } }""");
        _mlp.Write("flows in git/good.layout.json", """{ "nodes": {} }""");
        using (Process git = Process.Start(new ProcessStartInfo("git", ["init", "--quiet"]) { WorkingDirectory = _mlp.Folder })!)
            await git.WaitForExitAsync(TestContext.Current.CancellationToken);
        Outcome outcome = await _mlp.RunAsync("validate", "flows in git", "--sarif", "problems.sarif");
        outcome.Is(2);
        Assert.Contains("good.json: valid", outcome.Output, StringComparison.Ordinal);

        JsonElement log = JsonElement.Parse(await File.ReadAllTextAsync(Path.Combine(_mlp.Folder, "problems.sarif"), TestContext.Current.CancellationToken));
        Assert.Equal("2.1.0", log.GetProperty("version").GetString());
        JsonElement run = log.GetProperty("runs")[0];
        JsonElement result = Assert.Single(run.GetProperty("results").EnumerateArray());
        Assert.Equal("PIPE-013", result.GetProperty("ruleId").GetString());
        Assert.Equal("PIPE-013", run.GetProperty("tool").GetProperty("driver").GetProperty("rules")[result.GetProperty("ruleIndex").GetInt32()].GetProperty("id").GetString());
        Assert.Equal("error", result.GetProperty("level").GetString());
        Assert.Contains("control.noop", result.GetProperty("message").GetProperty("text").GetString(), StringComparison.Ordinal);
        JsonElement place = result.GetProperty("locations")[0].GetProperty("physicalLocation");
        Assert.Equal("flows%20in%20git/bad.json", place.GetProperty("artifactLocation").GetProperty("uri").GetString());
        Assert.Equal((3, 34), (place.GetProperty("region").GetProperty("startLine").GetInt32(), place.GetProperty("region").GetProperty("startColumn").GetInt32()));
        Assert.EndsWith("/", run.GetProperty("originalUriBaseIds").GetProperty("SRCROOT").GetProperty("uri").GetString()!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_problems_the_log_is_there_and_empty()
    {
        _mlp.Write("good.json", """{ "id": "good", "activities": { "a": { "type": "control.noop" } } }""");
        (await _mlp.RunAsync("validate", "good.json", "--sarif", "problems.sarif")).Is(0);
        JsonElement log = JsonElement.Parse(await File.ReadAllTextAsync(Path.Combine(_mlp.Folder, "problems.sarif"), TestContext.Current.CancellationToken));
        Assert.Equal(0, log.GetProperty("runs")[0].GetProperty("results").GetArrayLength());
    }
}
