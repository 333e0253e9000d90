using MLPlatform.Core.Runs;
using MLPlatform.Core.Scheduling.Admission;
using MLPlatform.Core.Scheduling.Quotas;

namespace MLPlatform.Engine.Runs;

/// <summary>Why activities of a run wait.</summary>
/// <param name="ByNode">By the activity's node.</param>
/// <param name="IsOwn">Whether this server looks after the run: then who has no reason was admitted this very moment. Else it is what the other server told last.</param>
public sealed record RunWaits(IReadOnlyDictionary<int, WaitReason> ByNode, bool IsOwn)
{
    /// <summary>What is said of an activity of which another server has told nothing.</summary>
    public static string Untold(string owner) => $"the server '{owner}' looks after the run and has not told why; every few seconds it tells of the work that has waited longest";
}

/// <summary>Asks the server that looks after a run why it waits: this one, or another one through the database that they share.</summary>
public sealed class WaitReasons(EngineLoop engine, IQuotaStore quotas)
{
    public async Task<RunWaits> OfAsync(RunRow run, CancellationToken cancel)
    {
        if (await engine.WhyAsync(run.Id).ConfigureAwait(false) is { } own)
            return new RunWaits(own, IsOwn: true);
        return new RunWaits((await quotas.ListWaitsAsync(run.Owner, cancel).ConfigureAwait(false)).Where(w => w.Run == run.Id.Value).ToDictionary(w => w.Node, w => w.ToReason()), IsOwn: false);
    }
}
