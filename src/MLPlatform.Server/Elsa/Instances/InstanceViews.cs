using System.Text.Json;
using System.Text.Json.Nodes;
using MLPlatform.Core.Runs;

namespace MLPlatform.Server.Elsa.Instances;

/// <summary>Runs in the shape of Elsa's instances.</summary>
internal static class InstanceViews
{
    public static (string Status, string SubStatus) StatusOf(RunStatus status) => status switch
    {
        RunStatus.Running or RunStatus.Cancelling => ("Running", "Executing"),
        RunStatus.Paused => ("Running", "Suspended"),
        RunStatus.Succeeded => ("Finished", "Finished"),
        RunStatus.Failed => ("Finished", "Faulted"),
        _ => ("Finished", "Cancelled"),
    };

    public static JsonObject Summary(RunRow run, string versionId, int version)
    {
        (string status, string subStatus) = StatusOf(run.Status);
        return new JsonObject
        {
            ["id"] = run.Id.ToString(),
            ["definitionId"] = run.Pipeline,
            ["definitionVersionId"] = versionId,
            ["version"] = version,
            ["status"] = status,
            ["subStatus"] = subStatus,
            ["correlationId"] = null,
            ["name"] = $"{run.Pipeline} {run.LogicalDate.UtcDateTime:yyyy-MM-dd HH:mm}",
            ["incidentCount"] = run.Counts.Failed,
            ["isSystem"] = false,
            ["createdAt"] = ElsaAnswer.Time(run.CreatedAt),
            ["updatedAt"] = ElsaAnswer.Time(run.EndedAt ?? run.CreatedAt),
            ["finishedAt"] = ElsaAnswer.Time(run.EndedAt),
        };
    }

    public static JsonObject Detail(Instance instance)
    {
        RunRow run = instance.Run;
        (string status, string subStatus) = StatusOf(run.Status);
        JsonObject detail = Summary(run, instance.VersionId, instance.Version);
        detail["workflowState"] = new JsonObject
        {
            ["id"] = run.Id.ToString(),
            ["definitionId"] = run.Pipeline,
            ["definitionVersionId"] = instance.VersionId,
            ["definitionVersion"] = instance.Version,
            ["status"] = status,
            ["subStatus"] = subStatus,
            ["bookmarks"] = new JsonArray(),
            ["incidents"] = new JsonArray([.. instance.Activities.Where(a => a.Row.Status == ActivityStatus.Failed).Select(Incident)]),
            ["completionCallbacks"] = new JsonArray(),
            ["activityExecutionContexts"] = new JsonArray(),
            ["input"] = JsonNode.Parse(run.ParametersJson),
            ["output"] = run.OutputsJson is null ? new JsonObject() : JsonNode.Parse(run.OutputsJson),
            ["properties"] = new JsonObject(),
            ["createdAt"] = ElsaAnswer.Time(run.CreatedAt),
            ["updatedAt"] = ElsaAnswer.Time(run.EndedAt ?? run.CreatedAt),
            ["finishedAt"] = ElsaAnswer.Time(run.EndedAt),
        };
        return detail;
    }

    public static JsonObject State(RunRow run)
    {
        (string status, string subStatus) = StatusOf(run.Status);
        return new JsonObject { ["status"] = status, ["workflowSubStatus"] = subStatus, ["updatedAt"] = ElsaAnswer.Time(run.EndedAt ?? run.CreatedAt) };
    }

    /// <summary>Parameters and outputs, which are what a run knows by name.</summary>
    public static IEnumerable<JsonNode> Variables(RunRow run)
    {
        foreach ((string kind, string? json) in new[] { ("parameters", run.ParametersJson), ("outputs", run.OutputsJson) })
        {
            foreach ((string name, JsonNode? value) in json is null ? [] : JsonNode.Parse(json) as JsonObject ?? [])
                yield return new JsonObject { ["id"] = $"{kind}.{name}", ["name"] = $"{kind}.{name}", ["value"] = value?.DeepClone() };
        }
    }

    /// <summary>Why something failed, as Elsa writes exceptions.</summary>
    public static JsonObject? Exception(string? failureJson)
    {
        if (failureJson is null || JsonNode.Parse(failureJson) is not JsonObject failure)
            return null;
        Dictionary<string, JsonNode?> members = failure.ToDictionary(m => m.Key, m => m.Value, StringComparer.OrdinalIgnoreCase);
        return new JsonObject { ["type"] = members.GetValueOrDefault("code")?.DeepClone(), ["message"] = members.GetValueOrDefault("message")?.DeepClone(), ["stackTrace"] = null, ["innerException"] = null };
    }

    private static JsonObject Incident(InstanceActivity activity) => new()
    {
        ["activityId"] = activity.Node.Id,
        ["activityNodeId"] = activity.Node.NodeId,
        ["activityType"] = activity.Row.Type,
        ["message"] = Exception(activity.Row.FailureJson)?["message"]?.DeepClone(),
        ["exception"] = Exception(activity.Row.FailureJson),
        ["timestamp"] = ElsaAnswer.Time(activity.Row.EndedAt),
    };
}
