using System.Globalization;
using System.Text.Json.Nodes;
using MLPlatform.Core.Runs;

namespace MLPlatform.Server.Elsa.Instances;

/// <summary>Attempts as Elsa's executions of activities, and the figures that its canvas shows beside each.</summary>
internal static class ActivityExecutions
{
    public static string IdOf(RunId run, int node, int attempt) => string.Create(CultureInfo.InvariantCulture, $"{run}~{node}~{attempt}");

    /// <summary>The run that an execution's id names, or null.</summary>
    public static string? RunOf(string id) => id.Split('~') is [string run, _, _] ? run : null;

    public static IEnumerable<JsonObject> Of(Instance instance) => instance.Activities.SelectMany(a => a.Attempts.Count > 0
        ? a.Attempts.Select(t => View(instance, a, t))
        : a.Row.Status.IsTerminal() ? [View(instance, a, null)] : []);

    public static JsonObject Report(IEnumerable<InstanceActivity> activities) => new()
    {
        // Instances of a forEach are one activity of the canvas.
        ["stats"] = new JsonArray([.. activities.GroupBy(a => a.Node.NodeId).Select(Stats)]),
    };

    private static JsonObject Stats(IGrouping<string, InstanceActivity> node)
    {
        InstanceActivity[] all = [.. node];
        int started = all.Sum(a => Math.Max(a.Attempts.Count, a.Row.Status.HasOutputs() ? 1 : 0));
        int completed = all.Count(a => a.Row.Status.HasOutputs());
        return new JsonObject
        {
            ["activityId"] = all[0].Node.Id,
            ["activityNodeId"] = node.Key,
            ["startedCount"] = started,
            ["completedCount"] = completed,
            ["uncompletedCount"] = Math.Max(0, started - completed),
            ["isBlocked"] = Array.Exists(all, a => a.Row.Status is ActivityStatus.Waiting or ActivityStatus.Queued or ActivityStatus.Retrying),
            ["isFaulted"] = Array.Exists(all, a => a.Row.Status == ActivityStatus.Failed),
            ["aggregateFaultCount"] = all.Count(a => a.Row.Status == ActivityStatus.Failed),
            ["metadata"] = new JsonObject(),
        };
    }

    private static JsonObject View(Instance instance, InstanceActivity activity, AttemptRow? attempt)
    {
        ActivityRow row = activity.Row;
        bool last = attempt is null || attempt.Id.Number == row.Attempts;
        return new JsonObject
        {
            ["id"] = IdOf(instance.Run.Id, row.Node, attempt?.Id.Number ?? 0),
            ["workflowInstanceId"] = instance.Run.Id.ToString(),
            ["activityId"] = activity.Node.Id,
            ["activityNodeId"] = activity.Node.NodeId,
            ["activityType"] = row.Type,
            ["activityTypeVersion"] = 1,
            ["activityName"] = row.Name,
            ["activityState"] = instance.Inputs.State(activity, attempt, last),
            ["payload"] = attempt?.ExecutionJson is { } execution ? new JsonObject { ["execution"] = JsonNode.Parse(execution) } : null,
            ["outputs"] = last && row.OutputsJson is { } outputs ? JsonNode.Parse(outputs) : null,
            ["properties"] = new JsonObject { ["note"] = row.Note },
            ["metadata"] = new JsonObject(),
            ["exception"] = InstanceViews.Exception(attempt is null ? row.FailureJson : attempt.FailureJson),
            ["startedAt"] = ElsaAnswer.Time(attempt?.StartedAt ?? row.StartedAt ?? row.EndedAt ?? instance.Run.CreatedAt),
            ["completedAt"] = ElsaAnswer.Time(attempt is null ? row.EndedAt : attempt.EndedAt),
            ["hasBookmarks"] = false,
            ["status"] = attempt is null ? StatusOf(row.Status) : attempt.Status switch
            {
                AttemptStatus.Succeeded => "Completed",
                AttemptStatus.Failed => "Faulted",
                _ => "Running",
            },
            ["aggregateFaultCount"] = row.Status == ActivityStatus.Failed ? 1 : 0,
        };
    }

    private static string StatusOf(ActivityStatus status) => status switch
    {
        ActivityStatus.Succeeded or ActivityStatus.Cached => "Completed",
        ActivityStatus.Failed => "Faulted",
        _ => status.IsTerminal() ? "Canceled" : "Pending",
    };
}
