using System.Globalization;
using System.Text.Json;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Pipelines;
using MLPlatform.Core.Plans;

namespace MLPlatform.Core.Alarms;

/// <summary>A rule where it stands.</summary>
/// <param name="Key"><c>pipeline#name</c> or <c>pipeline/activity#name</c>; the index stands for a missing name.</param>
/// <param name="Activity">The activity it is written at; null at the pipeline.</param>
public sealed record ScopedRule(string Key, string Pipeline, string? Activity, AlarmRule Rule)
{
    public bool Covers(string nodeName) =>
        Activity is null || nodeName == Activity || (nodeName.StartsWith(Activity, StringComparison.Ordinal) && nodeName[Activity.Length] == '[');
}

/// <summary>The alarm rules that a plan carries, and who answers for it.</summary>
public sealed record PlanAlarms(string Pipeline, string? Owner, IReadOnlyList<ScopedRule> Rules)
{
    /// <summary>Whether the activities of a run must be read, and not only its row.</summary>
    public bool LooksAtActivities { get; } = Rules.Any(r => r.Activity is not null || r.Rule.On.Any(e => e is AlarmEvent.Retried or AlarmEvent.Queued));

    /// <summary>Whether the metrics of a run must be read.</summary>
    public bool LooksAtMetrics { get; } = Rules.Any(r => r.Rule.On.Any(e => e is AlarmEvent.Metric or AlarmEvent.Drift));

    public static PlanAlarms Of(RunPlan plan)
    {
        List<ScopedRule> rules = [.. Read(plan.Pipeline, null, plan.Alarms)];
        foreach (PlannedNode node in plan.Nodes)
            if (node.Alarms is { } own)
                rules.AddRange(Read(plan.Pipeline, node.Name, own));
        string? owner = plan.Basic.ValueKind == JsonValueKind.Object && plan.Basic.TryGetProperty("owner", out JsonElement said) ? said.GetString() : null;
        return new PlanAlarms(plan.Pipeline, owner, rules);
    }

    public static PlanAlarms Of(PipelineFile file) => new(file.Id, file.Basic.Owner,
    [
        .. file.Alarms.Select((r, i) => Scope(file.Id, null, r, i)),
        .. file.Activities.SelectMany(a => a.Value.Alarms.Select((r, i) => Scope(file.Id, a.Key, r, i))),
    ]);

    private static IEnumerable<ScopedRule> Read(string pipeline, string? activity, JsonElement rules) => rules.ValueKind == JsonValueKind.Array
        ? rules.Deserialize<List<AlarmRule>>(ActivityJson.Options)!.Select((r, i) => Scope(pipeline, activity, r, i))
        : []; // Plans of benches have an empty object.

    private static ScopedRule Scope(string pipeline, string? activity, AlarmRule rule, int index) => new(
        string.Create(CultureInfo.InvariantCulture, $"{pipeline}{(activity is null ? "" : "/" + activity)}#{rule.Name ?? index.ToString(CultureInfo.InvariantCulture)}"),
        pipeline, activity, rule);
}
