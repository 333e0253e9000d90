using MLPlatform.Core.Runs;
using MLPlatform.Core.Scheduling.Admission;
using MLPlatform.Engine.Runs;

namespace MLPlatform.Server.Runs;

/// <summary>Why an activity waits for resources.</summary>
/// <param name="Since">When it began to wait.</param>
/// <param name="Cause">Which kind of thing keeps it; null where another server looks after the run and has not told.</param>
/// <param name="What">The one thing that keeps it, in words.</param>
/// <param name="Release">What would let it start.</param>
/// <param name="Earliest">When that is expected, by the run times that are known; null where nobody knows.</param>
public sealed record WaitView(int Node, string Activity, DateTimeOffset? Since, WaitCause? Cause, string What, string Release, DateTimeOffset? Earliest)
{
    private const int Most = 100;

    internal static Task<List<WaitView>> OfAsync(RunRow run, IReadOnlyList<ActivityRow> activities, WaitReasons reasons, CancellationToken cancel) =>
        OfAsync(run, [.. activities.Where(a => a.Status == ActivityStatus.Queued).Take(Most).Select(a => (a.Node, a.Name, a.ReadyAt))], reasons, cancel);

    /// <param name="waiting">Activities that wait: their nodes, names and when they began to.</param>
    internal static async Task<List<WaitView>> OfAsync(RunRow run, IReadOnlyList<(int Node, string Name, DateTimeOffset? Since)> waiting, WaitReasons reasons, CancellationToken cancel)
    {
        if (run.Status != RunStatus.Running || waiting.Count == 0)
            return [];
        RunWaits waits = await reasons.OfAsync(run, cancel);
        List<WaitView> views = [];
        foreach ((int node, string name, DateTimeOffset? since) in waiting)
        {
            if (waits.ByNode.TryGetValue(node, out WaitReason? why))
                views.Add(new WaitView(node, name, since, why.Cause, why.What, why.Release, why.Earliest));
            else if (!waits.IsOwn)
                views.Add(new WaitView(node, name, since, null, RunWaits.Untold(run.Owner), $"that server's decision: 'mlp --server ADDRESS runs why {run.Id}' with the address of '{run.Owner}' tells", null));
        }
        return views;
    }
}
