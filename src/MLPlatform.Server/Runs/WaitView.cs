using MLPlatform.Core.Runs;
using MLPlatform.Core.Scheduling.Admission;
using MLPlatform.Engine.Runs;

namespace MLPlatform.Server.Runs;

/// <summary>Why an activity waits for resources.</summary>
/// <param name="Since">When it began to wait.</param>
/// <param name="Cause">Which kind of thing keeps it; null where another server knows.</param>
/// <param name="What">The one thing that keeps it, in words.</param>
/// <param name="Release">What would let it start.</param>
/// <param name="Earliest">When that is expected, by the run times that are known; null where nobody knows.</param>
public sealed record WaitView(int Node, string Activity, DateTimeOffset? Since, WaitCause? Cause, string What, string Release, DateTimeOffset? Earliest)
{
    private const int Most = 100;

    internal static Task<List<WaitView>> OfAsync(RunRow run, IReadOnlyList<ActivityRow> activities, EngineLoop engine) =>
        OfAsync(run, [.. activities.Where(a => a.Status == ActivityStatus.Queued).Take(Most).Select(a => (a.Node, a.Name, a.ReadyAt))], engine);

    /// <param name="waiting">Activities that wait: their nodes, names and when they began to.</param>
    internal static async Task<List<WaitView>> OfAsync(RunRow run, IReadOnlyList<(int Node, string Name, DateTimeOffset? Since)> waiting, EngineLoop engine)
    {
        if (run.Status != RunStatus.Running || waiting.Count == 0)
            return [];
        if (await engine.WhyAsync(run.Id) is not { } reasons)
            return [.. waiting.Select(w => new WaitView(w.Node, w.Name, w.Since, null, $"server {run.Owner} looks after the run and decides", $"ask {run.Owner}", null))];
        // Those that are not among the reasons were admitted this very moment.
        return [.. waiting.Where(w => reasons.ContainsKey(w.Node)).Select(w => (w, Why: reasons[w.Node])).Select(p =>
            new WaitView(p.w.Node, p.w.Name, p.w.Since, p.Why.Cause, p.Why.What, p.Why.Release, p.Why.Earliest))];
    }
}
