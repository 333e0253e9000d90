using System.Globalization;
using System.Text.Json.Nodes;
using MLPlatform.Core.Runs;

namespace MLPlatform.Server.Elsa.Instances;

/// <summary>What happened to the activities of a run, in order: an attempt starts and ends.</summary>
internal static class InstanceJournal
{
    private sealed record Entry(DateTimeOffset At, InstanceActivity Activity, int Attempt, string Event, string? Message, JsonNode? Payload);

    public static List<JsonObject> Of(Instance instance) =>
        [.. instance.Activities.SelectMany(Entries).OrderBy(e => e.At).ThenBy(e => e.Activity.Row.Node).ThenBy(e => e.Attempt).ThenBy(e => e.Event == "Started" ? 0 : 1).Select((e, i) => View(instance, e, i))];

    private static IEnumerable<Entry> Entries(InstanceActivity activity)
    {
        ActivityRow row = activity.Row;
        foreach (AttemptRow attempt in activity.Attempts)
        {
            yield return new Entry(attempt.StartedAt, activity, attempt.Id.Number, "Started", attempt.Id.Number > 1 ? $"Attempt {attempt.Id.Number}" : null, null);
            if (attempt.EndedAt is { } ended)
                yield return new Entry(ended, activity, attempt.Id.Number, attempt.Status == AttemptStatus.Failed ? "Faulted" : "Completed",
                    (string?)InstanceViews.Exception(attempt.FailureJson)?["message"], Outputs(row, attempt.Status == AttemptStatus.Succeeded));
        }
        if (activity.Attempts.Count > 0 || row.EndedAt is not { } at || !row.Status.IsTerminal())
            yield break;
        if (row.Status.HasOutputs())
            yield return new Entry(row.StartedAt ?? row.ReadyAt ?? at, activity, 0, "Started", null, null);
        yield return new Entry(at, activity, 0, row.Status.HasOutputs() ? "Completed" : row.Status == ActivityStatus.Failed ? "Faulted" : "Canceled",
            row.Status == ActivityStatus.Succeeded ? null : Why(row), Outputs(row, true));
    }

    private static string Why(ActivityRow row) => row.Status switch
    {
        ActivityStatus.Cached => "An earlier result was used: " + row.Note,
        ActivityStatus.Skipped => "Skipped: " + row.Note,
        ActivityStatus.UpstreamFailed => "Something before it failed.",
        ActivityStatus.Failed => (string?)InstanceViews.Exception(row.FailureJson)?["message"] ?? "It failed.",
        _ => "Cancelled.",
    };

    private static JsonObject? Outputs(ActivityRow row, bool has) => has && row.OutputsJson is { } json ? new JsonObject { ["outputs"] = JsonNode.Parse(json) } : null;

    private static JsonObject View(Instance instance, Entry entry, int sequence) => new()
    {
        ["id"] = string.Create(CultureInfo.InvariantCulture, $"{instance.Run.Id}-{entry.Activity.Row.Node}-{entry.Attempt}-{entry.Event}"),
        ["activityInstanceId"] = ActivityExecutions.IdOf(instance.Run.Id, entry.Activity.Row.Node, entry.Attempt),
        ["parentActivityInstanceId"] = null,
        ["activityId"] = entry.Activity.Node.Id,
        ["activityType"] = entry.Activity.Row.Type,
        ["activityTypeVersion"] = 1,
        ["activityName"] = entry.Activity.Row.Name,
        ["nodeId"] = entry.Activity.Node.NodeId,
        ["timestamp"] = ElsaAnswer.Time(entry.At),
        ["sequence"] = sequence,
        ["eventName"] = entry.Event,
        ["message"] = entry.Message,
        ["source"] = null,
        ["activityState"] = instance.Inputs.State(entry.Activity, entry.Activity.Attempts.FirstOrDefault(t => t.Id.Number == entry.Attempt), entry.Event == "Completed"),
        ["payload"] = entry.Payload,
    };
}
