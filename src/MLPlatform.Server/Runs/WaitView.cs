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

    internal static async Task<List<WaitView>> OfAsync(RunRow run, IReadOnlyList<ActivityRow> activities, EngineLoop engine)
    {
        ActivityRow[] waiting = run.Status == RunStatus.Running ? [.. activities.Where(a => a.Status == ActivityStatus.Queued).Take(Most)] : [];
        if (waiting.Length == 0)
            return [];
        if (await engine.WhyAsync(run.Id) is not { } reasons)
            return [.. waiting.Select(a => new WaitView(a.Node, a.Name, a.ReadyAt, null, $"server {run.Owner} looks after the run and decides", $"ask {run.Owner}", null))];
        // Those that are not among the reasons were admitted this very moment.
        return [.. waiting.Where(a => reasons.ContainsKey(a.Node)).Select(a => (a, Why: reasons[a.Node])).Select(w =>
            new WaitView(w.a.Node, w.a.Name, w.a.ReadyAt, w.Why.Cause, w.Why.What, w.Why.Release, w.Why.Earliest))];
    }
}
