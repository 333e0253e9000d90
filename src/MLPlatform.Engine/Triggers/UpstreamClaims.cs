using Microsoft.Extensions.Logging;
using MLPlatform.Core.Runs;
using MLPlatform.Core.Triggers;

namespace MLPlatform.Engine.Triggers;

/// <summary>Claims a firing for each run of an upstream pipeline that ended in the way asked for.</summary>
internal sealed partial class UpstreamClaims(
    PipelineShelf shelf, ITriggerStore triggers, IRunStore runs, TriggerReplica replica, TriggerOptions options, ILogger<UpstreamClaims> log)
{
    // An end is stamped before it is committed, so each look goes back over what the last one might have missed.
    private static readonly TimeSpan Overlap = TimeSpan.FromMinutes(10);
    private const int Remembered = 10_000;

    // Where each trigger's next look begins, under the revision that said so, and what was claimed since then.
    private readonly Dictionary<string, (string Hash, DateTimeOffset From, HashSet<string> Claimed)> _seen = new(StringComparer.Ordinal);

    /// <summary>Claims what is due of one pipeline.</summary>
    public async Task ClaimAsync(ShelvedPipeline pipeline, DateTimeOffset now, CancellationToken cancel)
    {
        foreach ((string key, UpstreamTrigger trigger) in pipeline.Triggers<UpstreamTrigger>())
        {
            if (!_seen.TryGetValue(key, out var seen) || seen.Hash != pipeline.Revision.Hash || seen.Claimed.Count > Remembered)
                seen = (pipeline.Revision.Hash, await shelf.SinceAsync(pipeline, key, other => other is UpstreamTrigger same && same.FiresLike(trigger), now - options.UpstreamLookback, cancel).ConfigureAwait(false),
                    [.. (await triggers.ListAsync(key, Remembered, cancel).ConfigureAwait(false)).Select(c => c.Instant)]);
            foreach (RunStatus status in trigger.On.Distinct().Select(Status))
                await foreach (RunRow run in runs.AllAsync(new RunFilter(trigger.Pipeline, status, EndedAfter: seen.From), cancel).ConfigureAwait(false))
                    if (!seen.Claimed.Contains(run.Id.ToString()))
                    {
                        await ClaimAsync(pipeline, key, trigger, run, now, cancel).ConfigureAwait(false);
                        seen.Claimed.Add(run.Id.ToString());
                    }
            DateTimeOffset from = now - Overlap;
            _seen[key] = seen with { From = from > seen.From ? from : seen.From };
        }
    }

    private async Task ClaimAsync(
        ShelvedPipeline pipeline, string key, UpstreamTrigger trigger, RunRow run, DateTimeOffset now, CancellationToken cancel)
    {
        string facts = TriggerFacts.Upstream(key, trigger, run);
        string? dropped = pipeline.Revision.Paused ? "TRIG-026: the pipeline's triggers were paused"
            : TriggerFacts.Depth(facts) > options.MaxUpstreamDepth
                ? $"TRIG-025: {options.MaxUpstreamDepth} runs have started each other before it; the chain is cut here"
            : null;
        TriggerClaim claim = new(key, run.Id.ToString(), new RunId(Guid.CreateVersion7(now)), now)
        {
            LogicalDate = run.LogicalDate,
            Owner = replica.Name(),
            FactsJson = facts,
            Dropped = dropped,
        };
        if (!await triggers.ClaimAsync(claim, cancel).ConfigureAwait(false))
            return;
        if (dropped is null)
            LogClaimed(log, key, run.Id);
        else
            LogDropped(log, key, dropped);
    }

    private static RunStatus Status(UpstreamEnd end) => end switch
    {
        UpstreamEnd.Succeeded => RunStatus.Succeeded,
        UpstreamEnd.Failed => RunStatus.Failed,
        _ => RunStatus.Cancelled,
    };

    [LoggerMessage(3011, LogLevel.Information, "Trigger {Trigger} fires for run {Run}")]
    private static partial void LogClaimed(ILogger logger, string trigger, RunId run);

    [LoggerMessage(3012, LogLevel.Warning, "Trigger {Trigger} starts no run: {Reason}")]
    private static partial void LogDropped(ILogger logger, string trigger, string reason);
}
