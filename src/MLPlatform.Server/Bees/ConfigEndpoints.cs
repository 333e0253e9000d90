using System.Security.Claims;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http.HttpResults;
using MLPlatform.Core.Bees;
using MLPlatform.Core.Pipelines;
using MLPlatform.Server.Access;
using MLPlatform.Server.Problems;

namespace MLPlatform.Server.Bees;

/// <summary>What agents are to collect: set by people, asked for by agents.</summary>
internal static class ConfigEndpoints
{
    public static void MapConfigs(this IEndpointRouteBuilder app)
    {
        RouteGroupBuilder configs = app.MapGroup("/api/v1/bees/configs").WithTags("Bees").RequireAuthorization(Permissions.View);
        configs.MapGet("/", ListConfigs).WithName(nameof(ListConfigs)).WithSummary("What agents are to collect, the latest version of each.");
        configs.MapGet("/{agent}", GetConfig).WithName(nameof(GetConfig)).WithSummary("What an agent is to collect: a version, or the latest.").ProducesProblem(404);
        // It decides what is read on other machines.
        configs.MapPut("/{agent}", SetConfig).WithName(nameof(SetConfig)).RequireAuthorization(Permissions.Administer)
            .WithSummary("Say what an agent is to collect: a new version, unless nothing changes.").ProducesProblem(400);
    }

    private static async Task<Ok<List<AgentConfigView>>> ListConfigs(IAgentConfigStore store, CancellationToken cancel) =>
        TypedResults.Ok((await store.ListAsync(cancel)).Select(View).ToList());

    private static async Task<Results<Ok<AgentConfigView>, ProblemHttpResult>> GetConfig(string agent, IAgentConfigStore store, CancellationToken cancel, int? version = null) =>
        await store.FindAsync(agent, version, cancel) is { } row ? TypedResults.Ok(View(row))
            : Problem.Of(404, "BEES-072", $"There is no configuration{(version is null ? "" : $" {version}")} of the agent '{agent}'.", "'mlp bees configs list' shows those there are.");

    private static async Task<Results<Ok<AgentConfigView>, ProblemHttpResult>> SetConfig(
        string agent, JsonElement config, ClaimsPrincipal user, IAgentConfigStore store, Audit audit, CancellationToken cancel)
    {
        if (BatchHeader.NameProblem("agent", agent) is { } wrong)
            return Problem.BadRequest($"The configuration cannot be set: {wrong}.");
        string json = JsonSerializer.Serialize(config);
        if (json.Length > AgentConfig.MostBytes)
            return Problem.Of(400, "BEES-071", $"The configuration has {json.Length} characters; {AgentConfig.MostBytes} are the most.");
        (AgentConfig? read, IReadOnlyList<Diagnostic> problems) = AgentConfig.Read(Encoding.UTF8.GetBytes(json), agent);
        if (read is null)
            return Problem.Of(400, "BEES-071", $"The configuration of '{agent}' is not right: {string.Join("; ", problems.Select(p => $"{p.Path}: {p.Message}"))}.");
        AgentConfigRow row = await store.PutAsync(agent, json, user.Name, cancel);
        await audit.WriteAsync(user, "agent.configure", agent, new { row.Version }, cancel);
        return TypedResults.Ok(View(row));
    }

    private static AgentConfigView View(AgentConfigRow row) => new(row.Agent, row.Version, row.By, row.At, JsonElement.Parse(row.Json));
}
