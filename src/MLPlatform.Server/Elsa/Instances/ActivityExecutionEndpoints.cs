using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using MLPlatform.Server.Access;

namespace MLPlatform.Server.Elsa.Instances;

/// <summary>Executions of activities: our attempts.</summary>
internal static class ActivityExecutionEndpoints
{
    public static void MapActivityExecutions(this IEndpointRouteBuilder api)
    {
        RouteGroupBuilder all = api.MapGroup("").RequireAuthorization(Permissions.View);
        all.MapPost("/activity-executions/report", ReportAsync);
        all.MapGet("/activity-executions/list", ListAsync);
        all.MapGet("/activity-execution-summaries/list", ListAsync);
        all.MapGet("/activity-executions/by-id", FindAsync);
        all.MapGet("/activity-executions/{id}/call-stack", (string id) => ElsaAnswer.Json(new JsonObject { ["activityExecutionId"] = id, ["items"] = new JsonArray(), ["totalCount"] = 0 }));
    }

    private static async Task<Results<ContentHttpResult, ProblemHttpResult>> ReportAsync([FromBody] JsonElement body, InstanceDesk desk, CancellationToken cancel)
    {
        string id = body.TryGetProperty("workflowInstanceId", out JsonElement run) ? run.GetString() ?? "" : "";
        if (await desk.FindAsync(id, cancel) is not { } instance)
            return InstanceEndpoints.None(id);
        HashSet<string> wanted = body.TryGetProperty("activityNodeIds", out JsonElement nodes) && nodes.ValueKind == JsonValueKind.Array ? [.. nodes.EnumerateArray().Select(n => n.GetString()!)] : [];
        return ElsaAnswer.Json(ActivityExecutions.Report(instance.Activities.Where(a => wanted.Count == 0 || wanted.Contains(a.Node.NodeId))));
    }

    private static async Task<Results<ContentHttpResult, ProblemHttpResult>> ListAsync(InstanceDesk desk, CancellationToken cancel, string workflowInstanceId = "", string? activityNodeId = null) =>
        await desk.FindAsync(workflowInstanceId, cancel) is { } instance
            ? ElsaAnswer.List(ActivityExecutions.Of(instance with { Activities = [.. instance.Activities.Where(a => activityNodeId is null || a.Node.NodeId == activityNodeId)] }))
            : InstanceEndpoints.None(workflowInstanceId);

    private static async Task<Results<ContentHttpResult, ProblemHttpResult>> FindAsync(InstanceDesk desk, CancellationToken cancel, string id = "") =>
        ActivityExecutions.RunOf(id) is { } run && await desk.FindAsync(run, cancel) is { } instance && ActivityExecutions.Of(instance).FirstOrDefault(e => (string?)e["id"] == id) is { } found
            ? ElsaAnswer.Json(found)
            : InstanceEndpoints.None(id);
}
