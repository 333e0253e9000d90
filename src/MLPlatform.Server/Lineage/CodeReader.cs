using System.Text.Json;
using MLPlatform.Core.Lineage.OpenLineage;
using MLPlatform.Core.Pipelines;
using MLPlatform.Core.Plans;
using MLPlatform.Core.Runs;

namespace MLPlatform.Server.Lineage;

/// <summary>Tells the code of a run and of its activities, from its plan and the registered file.</summary>
internal sealed class CodeReader(IRunStore runs, IPipelineStore pipelines)
{
    private const string Querying = "data.sql";

    // Runs of one pipeline follow each other, mostly with the same plan.
    private (string Hash, RunCode Code)? _last;

    /// <param name="Of">By the activity's name.</param>
    public sealed record RunCode(JobCode Pipeline, IReadOnlyDictionary<string, JobCode> Of)
    {
        /// <summary>The code of an activity or of an instance of it, such as <c>train[3]</c>.</summary>
        public JobCode ForActivity(string name) => Of.GetValueOrDefault(name.Split('[')[0], JobCode.None);
    }

    public async Task<RunCode> ReadAsync(RunRow run, CancellationToken cancel)
    {
        if (_last is { } last && last.Hash == run.PlanHash)
            return last.Code;
        RunCode code = new(JobCode.None, new Dictionary<string, JobCode>());
        if (await runs.FindPlanAsync(run.PlanHash, cancel) is { } bytes)
        {
            RunPlan plan = PlanJson.Deserialize(bytes);
            string? file = (await pipelines.ListRevisionsAsync(run.Pipeline, cancel)).FirstOrDefault(r => r.Hash == plan.PipelineHash)?.FileJson;
            code = new RunCode(new JobCode(plan.Code, "json", file),
                plan.Nodes.Select(n => (n.Name, Code: OfNode(n, plan))).Where(n => n.Code != JobCode.None).DistinctBy(n => n.Name).ToDictionary(n => n.Name, n => n.Code));
        }
        _last = (run.PlanHash, code);
        return code;
    }

    private static JobCode OfNode(PlannedNode node, RunPlan plan) => node.Type == Querying && node.Inputs.TryGetProperty("sql", out JsonElement sql) && sql.ValueKind == JsonValueKind.String
        ? new JobCode(plan.Code, "sql", sql.GetString()) : new JobCode(node.Code ?? plan.Code, null, null);
}
