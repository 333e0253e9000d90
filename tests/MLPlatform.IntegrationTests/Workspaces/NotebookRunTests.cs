using System.Text.Json;
using System.Text.Json.Nodes;
using MLPlatform.Core.Artifacts;
using MLPlatform.IntegrationTests.Server;
using Xunit;

namespace MLPlatform.IntegrationTests.Workspaces;

/// <summary>Notebooks as activities, with the real nbclient.</summary>
public sealed class NotebookRunTests(TestPlatform platform) : IClassFixture<TestPlatform>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_sample_runs_with_its_parameters_and_gives_values_a_notebook_and_harmless_html()
    {
        Jupyter.SkipUnlessInstalled();
        JsonElement run = await SampleAsync(new JsonObject { ["rows"] = 500, ["title"] = "it's <script>alert(1)</script>" }, null, "succeeded");
        JsonElement outputs = run.GetProperty("activities")[0].GetProperty("outputs");
        Assert.Equal(500, outputs.GetProperty("values").GetProperty("rows").GetInt32());
        Assert.InRange(outputs.GetProperty("values").GetProperty("slope").GetDouble(), 1.9, 2.1);
        string executed = await ReadAsync(outputs, "notebook"), html = await ReadAsync(outputs, "html");
        Assert.Contains("injected-parameters", executed, StringComparison.Ordinal);
        Assert.DoesNotContain("<script>alert", html, StringComparison.Ordinal);
        Assert.DoesNotContain("file:///", html, StringComparison.Ordinal);
        Assert.Contains("500", html, StringComparison.Ordinal);

        // Used again only where the file says that it may be.
        Assert.Equal("succeeded", (await SampleAsync(new JsonObject { ["rows"] = 500 }, null, "succeeded")).GetProperty("activities")[0].GetProperty("state").GetString());
        await SampleAsync(new JsonObject { ["rows"] = 400 }, i => i["cacheable"] = true, "succeeded");
        Assert.Equal("cached", (await SampleAsync(new JsonObject { ["rows"] = 400 }, i => i["cacheable"] = true, "succeeded")).GetProperty("activities")[0].GetProperty("state").GetString());
    }

    [Fact]
    public async Task A_cell_that_fails_is_the_users_fault_and_is_named_with_its_line_and_its_error()
    {
        Jupyter.SkipUnlessInstalled();
        JsonElement run = await SampleAsync(new JsonObject { ["rows"] = 0 }, null, "failed");
        JsonElement failure = run.GetProperty("activities")[0].GetProperty("failure");
        Assert.Equal("user", failure.GetProperty("kind").GetString());
        Assert.Contains("WORK-033 cell 4 failed at 'assert rows > 1", failure.GetProperty("message").GetString(), StringComparison.Ordinal);
        string log = await platform.Client.GetStringAsync($"api/v1/runs/{run.GetProperty("id").GetGuid()}/activities/notebook/log", Cancel);
        Assert.Contains("AssertionError", log, StringComparison.Ordinal);
        Assert.Contains("Traceback", log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_cell_that_takes_too_long_is_named()
    {
        Jupyter.SkipUnlessInstalled();
        JsonElement run = await SampleAsync(new JsonObject { ["pause"] = 600 }, i => i["cellTimeout"] = "PT3S", "failed");
        Assert.Contains("WORK-034 cell 4 took longer than 3 s", run.GetProperty("activities")[0].GetProperty("failure").GetProperty("message").GetString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("no-such.ipynb", "WORK-032")]
    [InlineData("README.md", "WORK-032")]
    public async Task What_is_no_notebook_is_said(string notebook, string code)
    {
        Jupyter.SkipUnlessInstalled();
        JsonElement run = await SampleAsync([], i => i["notebook"] = notebook, "failed");
        Assert.Contains(code, run.GetProperty("activities")[0].GetProperty("failure").GetProperty("message").GetString(), StringComparison.Ordinal);
    }

    private async Task<JsonElement> SampleAsync(JsonObject parameters, Action<JsonNode>? change, string state)
    {
        string folder = Path.Combine(Repository.Root, "samples", "notebook");
        JsonNode file = JsonNode.Parse(await File.ReadAllTextAsync(Path.Combine(folder, "pipeline.json"), Cancel))!;
        JsonNode inputs = file["activities"]!["notebook"]!["inputs"]!;
        foreach ((string name, JsonNode? value) in parameters)
            inputs["parameters"]![name] = value!.DeepClone();
        change?.Invoke(inputs);
        inputs["notebook"] = Path.Combine(folder, (string)inputs["notebook"]!);
        return await platform.WaitAsync(await platform.StartAsync(file.ToJsonString()), state);
    }

    private async Task<string> ReadAsync(JsonElement outputs, string name)
    {
        string hash = outputs.GetProperty(name).GetProperty("$artifact").GetString()!;
        ArtifactManifest manifest = (await platform.Get<IArtifactStore>().FindAsync(hash, Cancel))!;
        return await platform.Client.GetStringAsync($"api/v1/artifacts/{hash}/files/{manifest.Files[0].Path}", Cancel);
    }
}
