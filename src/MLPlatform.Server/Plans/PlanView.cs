using MLPlatform.Core.Activities;
using MLPlatform.Core.Plans;

namespace MLPlatform.Server.Plans;

/// <summary>What would run, in which order, what is cached, what it asks for and what decides how long it takes.</summary>
/// <param name="Nodes">In plan order.</param>
/// <param name="Levels">Activities of one level could run at once.</param>
/// <param name="CriticalPath">The longest way, first to last.</param>
/// <param name="CriticalSeconds">How long the run takes with unlimited resources.</param>
/// <param name="TotalSeconds">The sum of all activities.</param>
/// <param name="Total">What all activities ask for together.</param>
/// <param name="Peak">The most that is asked for at one moment.</param>
public sealed record PlanView(
    string Pipeline, IReadOnlyList<PlanNodeView> Nodes, int Levels, IReadOnlyList<string> CriticalPath, double CriticalSeconds,
    double TotalSeconds, ResourceView Total, ResourceView Peak)
{
    public static PlanView From(RunPlan plan, PlanKnowledge knowledge)
    {
        PlanPreview preview = PlanPreview.Of(plan, knowledge);
        return new PlanView(
            plan.Pipeline, [.. preview.Nodes.Select(n => PlanNodeView.From(n, plan))], preview.Levels, preview.CriticalPath,
            preview.CriticalSeconds, preview.TotalSeconds, ResourceView.From(preview.Total), ResourceView.From(preview.Peak));
    }
}

/// <summary>One activity of a plan.</summary>
/// <param name="Seconds">How long it took the last time; 1 where that is not known, 0 for a cached one.</param>
/// <param name="Critical">Whether the run gets longer where this activity does.</param>
/// <param name="Slack">How many seconds later it could start without making the run longer.</param>
/// <param name="Cache">hit, miss or unknown.</param>
/// <param name="CacheNote">Which attempt the result comes from, why it misses, or why it is not known.</param>
public sealed record PlanNodeView(
    string Name, string Type, ActivityPlacement Placement, IReadOnlyList<string> DependsOn, int Level, double Seconds, bool SecondsKnown,
    double EarliestStart, double Slack, bool Critical, string Cache, string CacheNote, ResourceView Resources, bool ForEach, string? When)
{
    internal static PlanNodeView From(NodePreview n, RunPlan plan)
    {
        (string cache, string note) = n.Cache switch
        {
            CacheVerdict.Hit hit => ("hit", hit.Source),
            CacheVerdict.Miss miss => ("miss", miss.Why),
            CacheVerdict.Unknown unknown => ("unknown", unknown.Why),
            _ => throw new InvalidOperationException($"{n.Cache} is not a known verdict"),
        };
        return new PlanNodeView(
            n.Node.Name, n.Node.Type, n.Node.Placement, [.. n.Node.DependsOn.Select(d => plan.Nodes[d].Name)], n.Level, n.Seconds, n.SecondsKnown,
            n.EarliestStart, n.Slack, n.IsCritical, cache, note, ResourceView.From(n.Node.Resources), n.Node.ForEach is not null, n.Node.When);
    }
}

/// <summary>What is asked for.</summary>
/// <param name="MemoryBytes">0 where nothing is declared.</param>
public sealed record ResourceView(double Cpu, long MemoryBytes, double Gpu)
{
    internal static ResourceView From(ResourceRequest r) => new(r.MilliCpu / 1000.0, r.MemoryBytes, r.MilliGpu / 1000.0);
}
