using MLPlatform.Core.Triggers;

namespace MLPlatform.Engine.Triggers;

/// <summary>A registered trigger as people see it.</summary>
/// <param name="Key"><c>{pipeline}/{name or index}</c>.</param>
/// <param name="Next">The next instant at which it fires, for cron triggers that are not paused.</param>
/// <param name="Last">Its last firing, dropped or not.</param>
/// <param name="Waiting">Firings whose runs have not started.</param>
public sealed record TriggerState(
    string Key, string Pipeline, TriggerDefinition Definition, bool Paused, DateTimeOffset? Next, TriggerClaim? Last, IReadOnlyList<WaitingFiring> Waiting);

/// <param name="Reason">What it waits for, or null where it is about to start.</param>
public sealed record WaitingFiring(TriggerClaim Claim, string? Reason);

/// <summary>All triggers, and pipelines whose triggers rest because they do not compile.</summary>
/// <param name="Backfills">Dates of backfills that have not started.</param>
/// <param name="Problems">By pipeline, with their codes.</param>
public sealed record TriggerOverview(
    IReadOnlyList<TriggerState> Triggers, IReadOnlyList<WaitingFiring> Backfills, IReadOnlyDictionary<string, string> Problems);

/// <summary>Answers what people ask about triggers; on any replica, from what is stored.</summary>
public sealed class TriggerReader
{
    private readonly PipelineShelf _shelf;
    private readonly ITriggerStore _triggers;
    private readonly WaitingClaims _waiting;
    private readonly TimeProvider _time;

    internal TriggerReader(PipelineShelf shelf, ITriggerStore triggers, WaitingClaims waiting, TimeProvider time) =>
        (_shelf, _triggers, _waiting, _time) = (shelf, triggers, waiting, time);

    public async Task<TriggerOverview> ListAsync(CancellationToken cancel)
    {
        IReadOnlyList<ShelvedPipeline> pipelines = await _shelf.ListAsync(cancel).ConfigureAwait(false);
        StartDecision decision = await _waiting.DecideAsync(pipelines, cancel).ConfigureAwait(false);
        ILookup<string, WaitingFiring> waiting = decision.Held.Select(h => new WaitingFiring(h.Claim, h.Reason))
            .Concat(decision.Start.Select(c => new WaitingFiring(c, null)))
            .OrderBy(w => w.Claim.At).ThenBy(w => w.Claim.Instant, StringComparer.Ordinal)
            .ToLookup(w => w.Claim.Trigger, StringComparer.Ordinal);
        DateTimeOffset now = _time.GetUtcNow();
        List<TriggerState> states = [];
        foreach (ShelvedPipeline pipeline in pipelines)
            foreach ((string key, TriggerDefinition definition) in pipeline.Triggers<TriggerDefinition>())
                states.Add(new(
                    key, pipeline.Id, definition, pipeline.Revision.Paused,
                    definition is CronTrigger cron && !pipeline.Revision.Paused && CronSchedule.Of(cron).Next(now, 1) is [DateTimeOffset next] ? next : null,
                    await _triggers.FindLastAsync(key, cancel).ConfigureAwait(false),
                    [.. waiting[key]]));
        return new(
            states,
            [.. waiting.Where(g => g.Key.EndsWith("/" + ScheduleCheck.BackfillName, StringComparison.Ordinal)).SelectMany(g => g)],
            pipelines.Where(p => p.Problem is not null).ToDictionary(p => p.Id, p => p.Problem!));
    }

    /// <summary>The next firings of a cron trigger with what daylight saving does to them; null where there is no such cron trigger.</summary>
    /// <param name="after">Default: now.</param>
    public async Task<IReadOnlyList<CronOccurrence>?> NextAsync(string key, DateTimeOffset? after, int count, CancellationToken cancel)
    {
        int slash = key.IndexOf('/', StringComparison.Ordinal);
        ShelvedPipeline? pipeline = slash > 0 ? await _shelf.FindAsync(key[..slash], cancel).ConfigureAwait(false) : null;
        return pipeline?.Find(key) is CronTrigger cron ? CronSchedule.Of(cron).Preview(after ?? _time.GetUtcNow(), count) : null;
    }

    /// <summary>A trigger's firings, the last first.</summary>
    public Task<IReadOnlyList<TriggerClaim>> HistoryAsync(string key, int limit, CancellationToken cancel) => _triggers.ListAsync(key, limit, cancel);

    /// <summary>What is wrong with registering a pipeline beside those there are; for the endpoint that applies files.</summary>
    public async Task<IReadOnlyList<ScheduleProblem>> CheckAsync(string pipeline, PipelineSchedule schedule, CancellationToken cancel)
    {
        IReadOnlyList<ShelvedPipeline> others = await _shelf.ListAsync(cancel).ConfigureAwait(false);
        return PipelineCycles.Problems(pipeline, schedule, others.ToDictionary(
            p => p.Id, p => p.Compiled?.File.WithActivityDependencies() ?? PipelineSchedule.Empty));
    }
}
