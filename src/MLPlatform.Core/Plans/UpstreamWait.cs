using System.Text.Json;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Pipelines;

namespace MLPlatform.Core.Plans;

/// <summary>
/// The node that carries out an activity's own <c>schedule.dependsOn</c>: it takes the activity's place among what comes
/// before, waits, and the activity follows it. Its name holds a colon, which no name in a file may.
/// </summary>
public static class UpstreamWait
{
    public const string Type = "control.upstream";

    // A person who starts a run means now: like the pipeline's dependencies, these hold back cron and backfill runs only.
    private const string IsScheduled = "${{ trigger.type == 'cron' || trigger.type == 'backfill' }}";
    private const string Zone = "${{ trigger.timeZone ?? null }}";

    internal static bool IsNeeded(ActivityDeclaration declared) => declared.Schedule is { DependsOn.Count: > 0 };

    internal static PlannedNode Before(PlannedNode activity, ActivityDeclaration declared) => new()
    {
        Name = activity.Name + ":upstream",
        Type = Type,
        Version = 1,
        Placement = ActivityPlacement.Inline,
        Cacheable = false,
        DependsOn = activity.DependsOn,
        Join = activity.Join,
        When = activity.When,
        Inputs = JsonSerializer.SerializeToElement(
            new { runs = declared.Schedule!.DependsOn, wait = IsScheduled, timeZone = Zone }, PlanSections.Written),
        Resources = ResourceRequest.None with { Priority = activity.Resources.Priority },
        Retry = activity.Retry,
    };

    internal static PlannedNode After(PlannedNode activity, int wait) =>
        activity with { DependsOn = [wait], Join = Join.All, When = null };
}
