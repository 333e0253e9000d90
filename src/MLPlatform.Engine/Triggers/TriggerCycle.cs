using Microsoft.Extensions.Logging;
using MLPlatform.Core.Triggers;

namespace MLPlatform.Engine.Triggers;

/// <summary>What one look found.</summary>
/// <param name="Next">The next instant at which a cron trigger is due, or null.</param>
/// <param name="Awaited">Pipelines whose runs something waits for: claims that are held, upstream triggers, or datasets that they publish.</param>
internal sealed record CycleReport(DateTimeOffset? Next, int Started, IReadOnlySet<string> Awaited);

/// <summary>
/// One look at all triggers: claim what is due, then start what may start. A crash between any two steps loses nothing
/// and doubles nothing: a claim is unique, and a claim without a run is found by the next look, here or elsewhere.
/// </summary>
internal sealed partial class TriggerCycle(
    PipelineShelf shelf, ITriggerStore triggers, CronClaims cron, UpstreamClaims upstream, DatasetClaims datasets, FeedbackClaims feedback, WaitingClaims waiting, ClaimStarter starter,
    TriggerReplica replica, TimeProvider time, ILogger<TriggerCycle> log) : IDisposable
{
    private readonly HashSet<string> _told = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim _one = new(1);

    /// <summary>One look; callers take turns.</summary>
    /// <param name="only">The one pipeline to look at; null: all.</param>
    public async Task<CycleReport> RunOnceAsync(CancellationToken cancel, string? only = null)
    {
        await _one.WaitAsync(cancel).ConfigureAwait(false);
        try
        {
            return await LookAsync(only, cancel).ConfigureAwait(false);
        }
        finally
        {
            _one.Release();
        }
    }

    public void Dispose() => _one.Dispose();

    private async Task<CycleReport> LookAsync(string? only, CancellationToken cancel)
    {
        // 1. See what is registered, and what waits.
        IReadOnlyList<ShelvedPipeline> pipelines = await shelf.ListAsync(cancel).ConfigureAwait(false);
        IReadOnlyList<TriggerClaim> queued = await triggers.ListWaitingAsync(cancel).ConfigureAwait(false);
        foreach (ShelvedPipeline pipeline in pipelines)
            if (pipeline.Problem is { } problem && _told.Add($"{pipeline.Id} {pipeline.Revision.Hash}"))
                LogProblem(log, pipeline.Id, problem);

        // 2. Claim what is due.
        DateTimeOffset now = time.GetUtcNow();
        DateTimeOffset? next = null;
        HashSet<string> publishers = new(StringComparer.Ordinal);
        foreach (ShelvedPipeline pipeline in pipelines.Where(p => only is null || p.Id == only))
        {
            next = Earlier(next, await cron.ClaimAsync(pipeline, queued, now, cancel).ConfigureAwait(false));
            await upstream.ClaimAsync(pipeline, now, cancel).ConfigureAwait(false);
            publishers.UnionWith(await datasets.ClaimAsync(pipeline, now, cancel).ConfigureAwait(false));
            await feedback.ClaimAsync(pipeline, now, cancel).ConfigureAwait(false);
        }

        // 3. Start what may start; each replica starts its own claims.
        StartDecision decision = await waiting.DecideAsync(pipelines, cancel).ConfigureAwait(false);
        List<TriggerClaim> own = [.. decision.Start.Where(c => c.Owner == replica.Name() && (only is null || CronClaims.PipelineOf(c) == only))];
        foreach (TriggerClaim claim in own)
            await starter.StartAsync(pipelines.First(p => p.Id == CronClaims.PipelineOf(claim)), claim, cancel).ConfigureAwait(false);
        await DropOrphansAsync(decision.Held, pipelines, cancel).ConfigureAwait(false);
        publishers.UnionWith(Awaited(decision.Held, pipelines));
        return new(next, own.Count, publishers);
    }

    // A pipeline may have been registered since the list was read, so what is missing from it is asked for once more.
    private async Task DropOrphansAsync(IReadOnlyList<HeldClaim> held, IReadOnlyList<ShelvedPipeline> pipelines, CancellationToken cancel)
    {
        foreach (TriggerClaim claim in held.Select(h => h.Claim).Where(c => c.Owner == replica.Name()))
        {
            string pipeline = CronClaims.PipelineOf(claim);
            if (pipelines.All(p => p.Id != pipeline) && await shelf.FindAsync(pipeline, cancel).ConfigureAwait(false) is null)
                await starter.DropAsync(claim, "TRIG-027: the pipeline was removed", cancel).ConfigureAwait(false);
        }
    }

    private static HashSet<string> Awaited(IReadOnlyList<HeldClaim> held, IReadOnlyList<ShelvedPipeline> pipelines)
    {
        HashSet<string> awaited = [.. held.Select(h => CronClaims.PipelineOf(h.Claim))];
        foreach (ShelvedPipeline pipeline in pipelines)
        {
            if (awaited.Contains(pipeline.Id))
                awaited.UnionWith(pipeline.Schedule.DependsOn.Select(d => d.Pipeline));
            awaited.UnionWith(pipeline.Triggers<UpstreamTrigger>().Select(t => t.Trigger.Pipeline));
        }
        return awaited;
    }

    private static DateTimeOffset? Earlier(DateTimeOffset? a, DateTimeOffset? b) => a is null || b < a ? b ?? a : a;

    [LoggerMessage(3031, LogLevel.Error, "Triggers of pipeline {Pipeline} rest: {Problem}")]
    private static partial void LogProblem(ILogger logger, string pipeline, string problem);
}
