using System.Security.Claims;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using MLPlatform.Core.Pipelines;
using MLPlatform.Core.Plans;
using MLPlatform.Core.Runs;
using MLPlatform.Engine.Runs;
using MLPlatform.Server.Access;
using MLPlatform.Server.Elsa.Definitions;
using MLPlatform.Server.Pipelines;
using MLPlatform.Server.Runs;

namespace MLPlatform.Server.Elsa.Instances;

/// <summary>Running a definition: a run of its pipeline starts and the answer comes at once.</summary>
internal static class ExecutionEndpoints
{
    private const string InstanceHeader = "x-elsa-workflow-instance-id";
    private const string RefusedHeader = "x-elsa-workflow-cannot-start";

    public static void MapExecution(this IEndpointRouteBuilder api)
    {
        foreach (string way in new[] { "execute", "dispatch" })
            api.MapPost($"/workflow-definitions/{{definitionId}}/{way}", ExecuteAsync).RequireAuthorization(Permissions.Edit);
    }

    private static async Task<Results<ContentHttpResult, ProblemHttpResult>> ExecuteAsync(
        string definitionId, HttpContext context, ClaimsPrincipal user, DefinitionDesk desk, DefinitionPublisher publisher, IPipelineStore pipelines, PipelineDesk compiler, GivenArtifacts artifacts,
        RunStarter starter, Audit audit, TimeProvider time, CancellationToken cancel,
        [FromBody(EmptyBodyBehavior = Microsoft.AspNetCore.Mvc.ModelBinding.EmptyBodyBehavior.Allow)] JsonElement? body = null)
    {
        string? options = body is { ValueKind: JsonValueKind.Object } b && b.TryGetProperty("versionOptions", out JsonElement o) && o.ValueKind == JsonValueKind.String ? o.GetString() : null;
        if (await desk.FindAsync(definitionId, string.IsNullOrEmpty(options) ? "LatestOrPublished" : options, cancel) is not var (version, bare))
            return Refuse(context, DefinitionReading.None(definitionId));
        string trigger = JsonSerializer.Serialize(new { type = "manual", by = user.Name }, JsonSerializerOptions.Web);
        DateTimeOffset now = time.GetUtcNow();
        (StartRequest? request, ProblemHttpResult? problem) = await RequestAsync(version, bare, body, publisher, pipelines, cancel);
        if (request is null)
            return Refuse(context, problem!);
        (RunPlan? plan, problem) = await RunStarting.PlanAsync(request, trigger, now, compiler, artifacts, cancel);
        if (plan is null)
            return Refuse(context, DefinitionPublisher.ForStudio(problem!));
        RunId run = await starter.StartAsync(new RunRequest(plan, trigger, now), cancel);
        await audit.WriteAsync(user, "run.start", run.ToString(), new { plan.Pipeline }, cancel);
        context.Response.Headers[InstanceHeader] = run.ToString();
        return ElsaAnswer.Json(new JsonObject { ["workflowInstanceId"] = run.ToString(), ["workflowState"] = new JsonObject { ["id"] = run.ToString(), ["status"] = "Running", ["subStatus"] = "Executing" } });
    }

    // What is published runs as it was registered; a draft runs as a file.
    private static async Task<(StartRequest? Request, ProblemHttpResult? Problem)> RequestAsync(
        DefinitionVersion version, JsonObject bare, JsonElement? body, DefinitionPublisher publisher, IPipelineStore pipelines, CancellationToken cancel)
    {
        JsonElement? input = body is { ValueKind: JsonValueKind.Object } b && b.TryGetProperty("input", out JsonElement given) && given.ValueKind == JsonValueKind.Object ? given : null;
        PipelineRevision? registered = await pipelines.FindAsync(version.Head.Definition, cancel);
        if (registered is not null && version.Head is { IsPublished: true, Revision: { } revision } && revision == registered.Revision)
            return (new StartRequest(Pipeline: version.Head.Definition, Parameters: input), null);
        (string? file, ProblemHttpResult? problem) = publisher.Read(version, bare);
        return file is null ? (null, problem)
            : (new StartRequest(File: new PipelineSource(JsonSerializer.SerializeToElement(file), version.Head.Definition + ".json", registered?.Folder), Parameters: input), null);
    }

    private static ProblemHttpResult Refuse(HttpContext context, ProblemHttpResult problem)
    {
        context.Response.Headers[RefusedHeader] = "true";
        return problem;
    }
}
