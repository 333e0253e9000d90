using System.Text.Json;
using MLPlatform.Core.Plans;
using MLPlatform.Server.Plans;

namespace MLPlatform.Server.Runs;

/// <summary>What a run carries out.</summary>
/// <param name="Nodes">In plan order; instances of a forEach are not here, for they are known only while it runs.</param>
public sealed record RunPlanView(IReadOnlyList<RunPlanNode> Nodes)
{
    internal static RunPlanView From(RunPlan plan) => new([.. plan.Nodes.Select(n => new RunPlanNode(
        n.Name, n.Type, [.. n.DependsOn.Select(d => plan.Nodes[d].Name)], n.Join, n.When, n.ForEach is not null, n.Inputs, n.Cache, n.Retry.MaxAttempts,
        n.Timeout?.TotalSeconds, ResourceView.From(n.Resources), n.Resources.Pool))]);
}

/// <summary>An activity as a run carries it out.</summary>
/// <param name="DependsOn">Names of the activities it depends on, by reference or declared.</param>
/// <param name="Inputs">As declared: expressions are not evaluated.</param>
/// <param name="MaxAttempts">How often it is tried where its own fault fails it.</param>
/// <param name="TimeoutSeconds">Absent where one attempt may run for ever.</param>
public sealed record RunPlanNode(
    string Name, string Type, IReadOnlyList<string> DependsOn, Join Join, string? When, bool ForEach, JsonElement Inputs, CacheMode Cache, int MaxAttempts,
    double? TimeoutSeconds, ResourceView Resources, string? Pool);
