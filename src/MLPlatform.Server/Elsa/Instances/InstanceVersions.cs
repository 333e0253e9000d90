using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.Json.Nodes;
using MLPlatform.Core.Elsa;
using MLPlatform.Core.Pipelines;
using MLPlatform.Core.Runs;
using MLPlatform.Server.Elsa.Definitions;

namespace MLPlatform.Server.Elsa.Instances;

/// <summary>Which version of a definition a run is of. A run of a file that was never registered is shown as its plan.</summary>
internal sealed class InstanceVersions(DefinitionDesk desk, IPipelineStore pipelines, IRunStore runs)
{
    private const string OfRun = "run@";
    private const int Most = 10_000;
    private readonly ConcurrentDictionary<string, string> _pipelineOfPlan = new(StringComparer.Ordinal);

    /// <summary>The id of the version that the run is of.</summary>
    public async Task<string> IdOfAsync(RunRow run, CancellationToken cancel)
    {
        string hash = await HashAsync(run.PlanHash, cancel);
        if ((await pipelines.ListRevisionsAsync(run.Pipeline, cancel)).FirstOrDefault(r => r.Hash == hash) is not { } revision)
            return OfRun + run.Id;
        IReadOnlyList<DefinitionVersion> versions = await desk.ListAsync(run.Pipeline, cancel);
        return versions.LastOrDefault(v => v.Head.Revision == revision.Revision)?.Head.Id ?? DefinitionDesk.IdOf(run.Pipeline, revision.Revision);
    }

    /// <summary>A version by its id, that of a run included.</summary>
    public async Task<(DefinitionVersion Version, JsonObject Bare)?> FindAsync(string id, CancellationToken cancel)
    {
        if (!id.StartsWith(OfRun, StringComparison.Ordinal) || !Guid.TryParse(id[OfRun.Length..], out Guid run))
            return await desk.FindVersionAsync(id, cancel);
        if (await runs.FindRunAsync(new RunId(run), cancel) is not { } row || await runs.FindPlanAsync(row.PlanHash, cancel) is not { } plan)
            return null;
        ElsaVersion head = new(id, row.Pipeline, 1, row.Pipeline, true, null, row.CreatedAt, "run");
        return (new DefinitionVersion(head, IsLatest: false), DefinitionDesk.Bare(ElsaJson.Print(FileOf(JsonElement.Parse(plan)))));
    }

    private async Task<string> HashAsync(string plan, CancellationToken cancel)
    {
        if (_pipelineOfPlan.TryGetValue(plan, out string? known))
            return known;
        byte[]? json = await runs.FindPlanAsync(plan, cancel);
        string hash = json is not null && JsonElement.Parse(json).TryGetProperty("pipelineHash", out JsonElement of) ? of.GetString()! : "";
        if (_pipelineOfPlan.Count >= Most)
            _pipelineOfPlan.Clear();
        return _pipelineOfPlan[plan] = hash;
    }

    // As much of the file as a plan still tells.
    private static JsonObject FileOf(JsonElement plan)
    {
        JsonElement[] nodes = [.. plan.GetProperty("nodes").EnumerateArray()];
        string[] names = [.. nodes.Select(n => n.GetProperty("name").GetString()!)];
        JsonObject activities = [];
        for (int i = 0; i < nodes.Length; i++)
        {
            if (!Names.IsActivity(names[i]))
                continue; // A wait that the plan put in.
            activities[names[i]] = new JsonObject
            {
                ["type"] = nodes[i].GetProperty("type").GetString(),
                ["inputs"] = JsonObject.Create(nodes[i].GetProperty("inputs")),
                ["dependsOn"] = new JsonArray([.. nodes[i].GetProperty("dependsOn").EnumerateArray().Select(d => names[d.GetInt32()]).Where(Names.IsActivity).Select(n => (JsonNode)n)]),
            };
        }
        return new JsonObject { ["id"] = plan.GetProperty("pipeline").GetString(), ["activities"] = activities };
    }
}
