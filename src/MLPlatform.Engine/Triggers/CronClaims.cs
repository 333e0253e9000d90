using Microsoft.Extensions.Logging;
using MLPlatform.Core.Runs;
using MLPlatform.Core.Triggers;

namespace MLPlatform.Engine.Triggers;

/// <summary>Claims the firings of cron triggers that are due.</summary>
internal sealed partial class CronClaims(
    ITriggerStore triggers, IRunStore runs, TriggerReplica replica, TriggerOptions options, ILogger<CronClaims> log)
{
    // When each trigger has to be looked at again, under the revision that said so.
    private readonly Dictionary<string, (string Hash, DateTimeOffset LookedAt, DateTimeOffset? Next)> _next = new(StringComparer.Ordinal);

    /// <summary>Claims what is due of one pipeline; returns the next instant at which something will be, or null.</summary>
    public async Task<DateTimeOffset?> ClaimAsync(
        ShelvedPipeline pipeline, IReadOnlyList<TriggerClaim> waiting, DateTimeOffset now, CancellationToken cancel)
    {
        DateTimeOffset? next = null;
        foreach ((string key, CronTrigger trigger) in pipeline.Triggers<CronTrigger>())
        {
            if (pipeline.Revision.Paused)
            {
                _next.Remove(key); // what it missed meanwhile is decided when it goes on
                continue;
            }
            bool quiet = _next.TryGetValue(key, out var known) && known.Hash == pipeline.Revision.Hash
                && now >= known.LookedAt && (known.Next is null || now < known.Next);
            if (!quiet)
            {
                known = (pipeline.Revision.Hash, now, await ClaimAsync(pipeline, key, trigger, waiting, now, cancel).ConfigureAwait(false));
                _next[key] = known;
            }
            if (known.Next is { } at && (next is null || at < next))
                next = at;
        }
        return next;
    }

    private async Task<DateTimeOffset?> ClaimAsync(
        ShelvedPipeline pipeline, string key, CronTrigger trigger, IReadOnlyList<TriggerClaim> waiting, DateTimeOffset now, CancellationToken cancel)
    {
        // 1. See.
        PipelineSchedule schedule = pipeline.Schedule;
        int? free = schedule is { WhenBusy: WhenBusy.Skip, MaxActiveRuns: { } most }
            ? most - (await runs.CountActiveAsync(pipeline.Id, cancel).ConfigureAwait(false)).Runs - waiting.Count(c => PipelineOf(c) == pipeline.Id)
            : null;
        CronSituation situation = new()
        {
            Trigger = trigger,
            Schedule = CronSchedule.Of(trigger),
            RegisteredAt = pipeline.Revision.AppliedAt,
            Last = await triggers.FindLastAsync(key, cancel).ConfigureAwait(false),
            Waiting = waiting.Count(c => c.Trigger == key),
            Free = free,
            Now = now,
            Lateness = options.Lateness,
            MaxWaiting = options.MaxWaiting,
        };

        // 2. Decide.
        TriggerDecision decision = TriggerPolicy.Decide(situation);

        // 3. Commit, in the order of time: what a crash leaves unclaimed is later than all that was claimed, and still due.
        List<DecidedFiring> dropped = [];
        foreach (DecidedFiring firing in decision.Firings)
        {
            if (!await triggers.ClaimAsync(Claim(key, trigger, firing, now), cancel).ConfigureAwait(false))
                continue; // another replica was first, and what it decided stands
            if (firing.Dropped is null)
                LogClaimed(log, key, TriggerInstant.Text(firing.Instant));
            else
                dropped.Add(firing);
        }
        foreach (IGrouping<string?, DecidedFiring> alike in dropped.GroupBy(d => d.Dropped))
            LogDropped(log, key, alike.Count(), TriggerInstant.Text(alike.Last().Instant), alike.Key!);
        return decision.Next;
    }

    private TriggerClaim Claim(string key, CronTrigger trigger, DecidedFiring firing, DateTimeOffset now) =>
        new(key, TriggerInstant.Text(firing.Instant), new RunId(Guid.CreateVersion7(now)), now)
        {
            LogicalDate = firing.Instant,
            Owner = replica.Name(),
            FactsJson = TriggerFacts.Cron(key, trigger, firing.Instant),
            Dropped = firing.Dropped,
        };

    /// <summary>The pipeline that a claim belongs to. Names of pipelines hold no slash.</summary>
    internal static string PipelineOf(TriggerClaim claim) => claim.Trigger[..claim.Trigger.IndexOf('/')];

    [LoggerMessage(3001, LogLevel.Information, "Trigger {Trigger} fires for {Instant}")]
    private static partial void LogClaimed(ILogger logger, string trigger, string instant);

    [LoggerMessage(3002, LogLevel.Warning, "Trigger {Trigger} starts no run for {Count} firings up to {Instant}: {Reason}")]
    private static partial void LogDropped(ILogger logger, string trigger, int count, string instant, string reason);
}
