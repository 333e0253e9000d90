using Microsoft.AspNetCore.Http.HttpResults;
using MLPlatform.Core.Bees;
using MLPlatform.Server.Access;
using MLPlatform.Server.Problems;

namespace MLPlatform.Server.Bees;

/// <summary>Heartbeats of agents.</summary>
internal static class AgentEndpoints
{
    public static void MapAgents(this IEndpointRouteBuilder app)
    {
        RouteGroupBuilder agents = app.MapGroup("/api/v1/bees/agents").WithTags("Bees").RequireAuthorization(Permissions.View);
        agents.MapGet("/", ListAgents).WithName(nameof(ListAgents)).WithSummary("Agents, how far they are behind, and which are silent.");
        agents.MapPut("/{agent}", ReportAgent).WithName(nameof(ReportAgent)).RequireAuthorization(Permissions.Edit)
            .WithSummary("An agent's heartbeat.").ProducesProblem(400);
    }

    private static async Task<Ok<List<AgentView>>> ListAgents(ISourceStore store, IAgentConfigStore configs, TimeProvider time, CancellationToken cancel)
    {
        DateTimeOffset now = time.GetUtcNow();
        Dictionary<string, int> wanted = (await configs.ListAsync(cancel)).ToDictionary(c => c.Agent, c => c.Version, StringComparer.Ordinal);
        return TypedResults.Ok((await store.ListAgentsAsync(cancel)).Select(a => AgentView.From(a, wanted.TryGetValue(a.Agent, out int version) ? version : null, now)).ToList());
    }

    private static async Task<Results<Ok<AgentReportAnswer>, ProblemHttpResult>> ReportAgent(
        string agent, AgentReport report, ISourceStore store, TimeProvider time, CancellationToken cancel)
    {
        if ((BatchHeader.NameProblem("agent", agent) ?? report.Problem()) is { } wrong)
            return Problem.BadRequest($"The report cannot be taken: {wrong}.");
        DateTimeOffset now = time.GetUtcNow();
        await store.PutReportAsync(agent, report, now, cancel);
        return TypedResults.Ok(new AgentReportAnswer(now, report.SkewSeconds(now)));
    }
}
