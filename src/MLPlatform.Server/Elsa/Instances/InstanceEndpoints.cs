using System.Security.Claims;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using MLPlatform.Core.Elsa;
using MLPlatform.Core.Runs;
using MLPlatform.Engine.Runs;
using MLPlatform.Server.Access;
using MLPlatform.Server.Problems;
using MLPlatform.Server.Runs;

namespace MLPlatform.Server.Elsa.Instances;

/// <summary>Instances: our runs.</summary>
internal static class InstanceEndpoints
{
    public static void MapInstances(this IEndpointRouteBuilder api)
    {
        RouteGroupBuilder instances = api.MapGroup("/workflow-instances").RequireAuthorization(Permissions.View);
        instances.MapPost("/", ListAsync);
        instances.MapGet("/{id}", FindAsync);
        instances.MapGet("/{id}/variables", VariablesAsync);
        instances.MapGet("/{id}/execution-state", StateAsync);
        instances.MapPost("/{id}/journal", JournalAsync);
        instances.MapGet("/{id}/export", ExportAsync);
        instances.MapDelete("/{id}", Keep).RequireAuthorization(Permissions.Edit);
        api.MapPost("/cancel/workflow-instances/{id}", CancelAsync).RequireAuthorization(Permissions.Edit);
        api.MapPost("/bulk-actions/cancel/workflow-instances/by-id", CancelManyAsync).RequireAuthorization(Permissions.Edit);
        api.MapPost("/bulk-actions/delete/workflow-instances/by-id", () => Keep("")).RequireAuthorization(Permissions.Edit);
    }

    public static ProblemHttpResult None(string id) => Problem.NotFound($"workflow instance '{id}'", "Go back to the list: runs are removed when they are old.");

    private static async Task<ContentHttpResult> ListAsync([FromBody] JsonElement body, InstanceDesk desk, InstanceVersions versions, CancellationToken cancel)
    {
        (IReadOnlyList<RunRow> page, int total) = await desk.ListAsync(InstanceFilter.Of(body), cancel);
        List<JsonNode> items = [];
        foreach (RunRow run in page)
        {
            string version = await versions.IdOfAsync(run, cancel);
            items.Add(InstanceViews.Summary(run, version, (await versions.FindAsync(version, cancel))?.Version.Head.Version ?? 1));
        }
        return ElsaAnswer.Json(ElsaAnswer.Paged(items, total));
    }

    private static async Task<Results<ContentHttpResult, ProblemHttpResult>> FindAsync(string id, InstanceDesk desk, CancellationToken cancel) =>
        await desk.FindAsync(id, cancel) is { } instance ? ElsaAnswer.Json(InstanceViews.Detail(instance)) : None(id);

    private static async Task<Results<ContentHttpResult, ProblemHttpResult>> VariablesAsync(string id, InstanceDesk desk, CancellationToken cancel) =>
        await desk.FindAsync(id, cancel) is { } instance ? ElsaAnswer.List(InstanceViews.Variables(instance.Run)) : None(id);

    private static async Task<Results<ContentHttpResult, ProblemHttpResult>> StateAsync(string id, InstanceDesk desk, CancellationToken cancel) =>
        await desk.FindAsync(id, cancel) is { } instance ? ElsaAnswer.Json(InstanceViews.State(instance.Run)) : None(id);

    private static async Task<Results<ContentHttpResult, ProblemHttpResult>> JournalAsync(
        string id, InstanceDesk desk, CancellationToken cancel, [FromBody(EmptyBodyBehavior = Microsoft.AspNetCore.Mvc.ModelBinding.EmptyBodyBehavior.Allow)] JsonElement? body = null, int skip = 0, int take = 100)
    {
        if (await desk.FindAsync(id, cancel) is not { } instance)
            return None(id);
        JsonElement filter = body is { ValueKind: JsonValueKind.Object } given && given.TryGetProperty("filter", out JsonElement f) ? f : default;
        string[]? nodes = Words(filter, "activityNodeIds"), events = Words(filter, "eventNames"), without = Words(filter, "excludedActivityTypes");
        JsonObject[] all = [.. InstanceJournal.Of(instance).Where(e => nodes?.Contains((string?)e["nodeId"]) is not false && events?.Contains((string?)e["eventName"]) is not false && without?.Contains((string?)e["activityType"]) is not true)];
        return ElsaAnswer.Json(ElsaAnswer.Paged(all.Skip(Math.Max(0, skip)).Take(Math.Clamp(take, 0, 1000)), all.Length));
    }

    private static async Task<Results<FileContentHttpResult, ProblemHttpResult>> ExportAsync(string id, InstanceDesk desk, CancellationToken cancel)
    {
        if (await desk.FindAsync(id, cancel) is not { } instance)
            return None(id);
        JsonObject all = new()
        {
            ["workflowState"] = InstanceViews.Detail(instance)["workflowState"]!.DeepClone(),
            ["executionLogRecords"] = new JsonArray([.. InstanceJournal.Of(instance)]),
            ["activityExecutionRecords"] = new JsonArray([.. ActivityExecutions.Of(instance)]),
        };
        return TypedResults.File(Encoding.UTF8.GetBytes(ElsaJson.Print(all)), "application/json", $"workflow-instance-{id}.json");
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> CancelAsync(string id, ClaimsPrincipal user, RunCommands commands, RunDoor door, CancellationToken cancel)
    {
        if (!Guid.TryParse(id, out Guid run))
            return None(id);
        return (await door.DoAsync(run, user, "run.cancel", null, commands.CancelAsync(new RunId(run), user.Name, cancel), cancel)).Result is ProblemHttpResult problem ? problem : TypedResults.NoContent();
    }

    private static async Task<ContentHttpResult> CancelManyAsync([FromBody] JsonElement body, ClaimsPrincipal user, RunCommands commands, RunDoor door, CancellationToken cancel)
    {
        int cancelled = 0;
        foreach (string id in Words(body, "ids") ?? [])
            cancelled += (await CancelAsync(id, user, commands, door, cancel)).Result is NoContent ? 1 : 0;
        return ElsaAnswer.Json(new JsonObject { ["cancelledCount"] = cancelled });
    }

    private static ProblemHttpResult Keep(string id) =>
        Problem.Conflict("ELSA-032", $"Runs are the platform's history{(id.Length > 0 ? $", {id} too," : "")} and are not deleted here.", "Retention removes what nobody needs any more.");

    private static string[]? Words(JsonElement filter, string name) =>
        filter.ValueKind == JsonValueKind.Object && filter.TryGetProperty(name, out JsonElement list) && list.ValueKind == JsonValueKind.Array && list.GetArrayLength() > 0
            ? [.. list.EnumerateArray().Where(v => v.ValueKind == JsonValueKind.String).Select(v => v.GetString()!)] : null;
}
