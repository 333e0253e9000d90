using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using MLPlatform.Cli.Connection;
using MLPlatform.Cli.Runs;
using MLPlatform.Core.Runs;
using MLPlatform.Server.Deployments;
using MLPlatform.Server.Describe;
using MLPlatform.Server.Pipelines;
using MLPlatform.Server.Runs;
using MLPlatform.Server.Triggers;

namespace MLPlatform.Cli.Demo;

/// <summary>One day of the loop.</summary>
/// <param name="Retrained">The run that the day's feedback started, or null.</param>
internal sealed record DemoDay(int Number, JsonElement Looped, JsonElement Frozen, RunDetail? Retrained)
{
    /// <summary>Why it was retrained and what came of it; null where it was not.</summary>
    public string? Note() => Retrained is null ? null
        : $"{Retrained.Trigger!.Value.GetProperty("reasons")[0].GetString()}; {Outcome()}";

    /// <summary>What came of the retraining; null where there was none.</summary>
    public string? Outcome() => Retrained is null ? null
        : Retrained.State != RunStatus.Succeeded ? $"retraining {RunText.Word(Retrained.State)}: mlp runs show {Retrained.Id}"
        : Retrained.Outputs!.Value.GetProperty("passed").GetBoolean() ? "the retrained model was promoted" : "the gate stopped the retrained model";
}

/// <summary>
/// The second half of the demo: two deployments of the model that was just registered meet the same people, day by day. What
/// people do comes back as feedback; one of the two is retrained when its trigger says so.
/// </summary>
internal sealed class DemoLoop(PlatformClient client, RunDetail trained, int version)
{
    private const string Model = "appstore-demo", LoopPipeline = "appstore-loop";

    private string _looped = "";

    private string Frozen => _looped + "-frozen";

    /// <summary>Lives through the days; each is told as it ends.</summary>
    public async Task<IReadOnlyList<DemoDay>> RunAsync(int days, Action<DemoDay> tell, CancellationToken cancel)
    {
        // 1. Deploy the model twice; the one that stays comes first, so that the registry's champion follows the other.
        List<DeploymentView> known = await client.GetAsync<List<DeploymentView>>("api/v1/deployments", cancel);
        _looped = Enumerable.Range(1, int.MaxValue).Select(i => string.Create(CultureInfo.InvariantCulture, $"demo-{i}")).First(name => known.All(d => d.Name != name));
        foreach (string name in (string[])[Frozen, _looped])
        {
            await client.PostAsync<DeploymentView>($"api/v1/deployments/{name}/deploy",
                new { model = Model, version, settings = new { keyColumn = "userId", itemColumn = "appId", keepRows = true }, reason = "the demo" }, cancel);
        }
        // 2. Register what retrains it.
        JsonObject loop = DemoFiles.Read(DemoFiles.Loop);
        loop["parameters"]!["deployment"]!["default"] = _looped;
        JsonNode trigger = loop["schedule"]!["triggers"]![0]!;
        trigger["deployment"] = _looped;
        trigger["name"] = $"{trigger["name"]}-{_looped}"; // A trigger of its own: that of an earlier demo has fired after all these days.
        await client.PostAsync<JsonElement>("api/v1/pipelines", DemoFiles.Source(loop, DemoFiles.Loop), cancel);
        // 3. Live.
        List<DemoDay> lived = [];
        int first = Parameter("days", 7);
        for (int day = first; day < first + days; day++)
        {
            JsonElement outputs = (await RunAsync(DemoFiles.Read(DemoFiles.Day), DemoFiles.Day,
                [$"server={client.Address}", $"looped={_looped}", $"frozen={Frozen}", $"day={day}", $"users={Parameter("users", 1000)}", $"turnsFrom={first + 2}"], cancel)).Outputs!.Value;
            lived.Add(new DemoDay(day, outputs.GetProperty("looped"), outputs.GetProperty("frozen"), await RetrainAsync(cancel)));
            tell(lived[^1]);
        }
        return lived;
    }

    /// <summary>Draws the days on a page; returns its artifact and the figures over all days.</summary>
    public async Task<JsonElement> CompareAsync(IReadOnlyList<DemoDay> days, CancellationToken cancel)
    {
        JsonArray list = [.. days.Select(d => (JsonNode)new JsonObject
        {
            ["number"] = d.Number, ["looped"] = JsonNode.Parse(d.Looped.GetRawText()), ["frozen"] = JsonNode.Parse(d.Frozen.GetRawText()), ["note"] = d.Outcome(),
        })];
        JsonObject pipeline = new()
        {
            ["id"] = "appstore-story",
            ["activities"] = new JsonObject { ["compare"] = new JsonObject { ["type"] = "sample.appstore.compare", ["inputs"] = new JsonObject { ["days"] = list } } },
            ["outputs"] = new JsonObject { ["story"] = "${{ activities.compare.outputs }}" },
        };
        return (await RunAsync(pipeline, "appstore-story.json", [], cancel)).Outputs!.Value.GetProperty("story");
    }

    // The trigger looks by itself on a server; here it is asked, so that the next day meets what this one taught.
    private async Task<RunDetail?> RetrainAsync(CancellationToken cancel)
    {
        LookView look = await client.PostAsync<LookView>($"api/v1/triggers/look?pipeline={LoopPipeline}", new { }, cancel);
        PageView<RunView> newest = await client.GetAsync<PageView<RunView>>($"api/v1/runs?pipeline={LoopPipeline}&limit=1", cancel);
        if (newest.Items.Count == 0 || (look.Started == 0 && newest.Items[0].State.IsTerminal()))
            return null;
        return await EndAsync(newest.Items[0].Id, cancel);
    }

    private async Task<RunDetail> RunAsync(JsonObject pipeline, string file, IEnumerable<string> parameters, CancellationToken cancel)
    {
        RunView started = await client.PostAsync<RunView>("api/v1/runs", new StartRequest(null, DemoFiles.Source(pipeline, file), RunCommand.ParametersOf(parameters)), cancel);
        RunDetail run = await EndAsync(started.Id, cancel);
        return run.State == RunStatus.Succeeded ? run
            : throw new CliException("CLI-047", $"The run {run.Id} of {run.Pipeline} {RunText.Word(run.State)}: {run.Failure?.Code} {run.Failure?.Message}", $"'mlp runs show {run.Id}' tells more.", ExitCode.Failed);
    }

    private async Task<RunDetail> EndAsync(Guid run, CancellationToken cancel)
    {
        await foreach (object _ in RunFollowing.ChangesAsync(client, run, new RunPicture(), cancel))
        {
            // Only its end is of interest.
        }
        return await client.GetAsync<RunDetail>($"api/v1/runs/{run}", cancel);
    }

    private int Parameter(string name, int otherwise) =>
        trained.Parameters is { } given && given.TryGetProperty(name, out JsonElement value) && value.TryGetInt32(out int number) ? number : otherwise;
}
