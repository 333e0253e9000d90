using System.Text.Json;
using MLPlatform.Core.Plans;

namespace MLPlatform.Core.Scheduling.Budgets;

/// <summary>For whom a plan's attempts use what they hold, and what each of its activities holds.</summary>
/// <param name="Group">As in <c>basic.group</c>; empty for none.</param>
/// <param name="Person">As in <c>basic.owner</c>; empty for none.</param>
public sealed record PlanConsumer(string Group, string Person, IReadOnlyDictionary<string, ResourceRequest> Activities)
{
    public static PlanConsumer Of(RunPlan plan) =>
        new(GroupOf(plan), PersonOf(plan), plan.Nodes.Where(n => !Amount.Of(n.Resources).IsZero).ToDictionary(n => n.Name, n => n.Resources, StringComparer.Ordinal));

    public static string GroupOf(RunPlan plan) => Said(plan, "group");

    public static string PersonOf(RunPlan plan) => Said(plan, "owner");

    /// <summary>What an activity holds, or an instance of it by forEach such as <c>train[3]</c>; null for nothing.</summary>
    public ResourceRequest? Find(string activity) =>
        Activities.GetValueOrDefault(activity) ?? (activity.IndexOf('[', StringComparison.Ordinal) is > 0 and var end ? Activities.GetValueOrDefault(activity[..end]) : null);

    private static string Said(RunPlan plan, string name) =>
        plan.Basic.ValueKind == JsonValueKind.Object && plan.Basic.TryGetProperty(name, out JsonElement said) && said.ValueKind == JsonValueKind.String ? said.GetString()! : "";
}
