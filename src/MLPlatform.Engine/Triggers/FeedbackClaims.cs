using Microsoft.Extensions.Logging;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Datasets;
using MLPlatform.Core.Deployments;
using MLPlatform.Core.Runs;
using MLPlatform.Core.Triggers;

namespace MLPlatform.Engine.Triggers;

/// <summary>
/// Claims a firing where the feedback on a deployment gives reason to. Instants are those of events: a story that stands
/// still fires nothing twice, and one that is told late is judged by its own time.
/// </summary>
internal sealed partial class FeedbackClaims(
    ITriggerStore triggers, IFeedbackSource feedback, IDatasetStore datasets, IDeploymentStore deployments, TriggerReplica replica, ILogger<FeedbackClaims> log)
{
    public async Task ClaimAsync(ShelvedPipeline pipeline, DateTimeOffset now, CancellationToken cancel)
    {
        if (pipeline.Revision.Paused)
            return;
        foreach ((string key, FeedbackTrigger trigger) in pipeline.Triggers<FeedbackTrigger>())
        {
            try
            {
                await ClaimAsync(key, trigger, now, cancel).ConfigureAwait(false);
            }
            catch (ActivityException e) // A log that cannot be read must not hold up the triggers of others.
            {
                LogUnread(log, key, e.Message);
            }
        }
    }

    private async Task ClaimAsync(string key, FeedbackTrigger trigger, DateTimeOffset now, CancellationToken cancel)
    {
        // 1. See.
        if (!await feedback.IsKeptHereAsync(trigger.Deployment ?? trigger.Model, cancel).ConfigureAwait(false))
            return; // The server that keeps it decides.
        FeedbackSeries? series = await feedback.FindAsync(trigger.Deployment ?? trigger.Model, trigger.Window + trigger.Window, cancel).ConfigureAwait(false);
        if (series?.Newest is not { } newest)
            return;
        DateTimeOffset at = newest < now ? newest : now;
        TriggerClaim? last = await triggers.FindLastAsync(key, cancel).ConfigureAwait(false);
        FeedbackFacts facts = await FeedbackFacts.ReadAsync(trigger, datasets, deployments, cancel).ConfigureAwait(false);

        // 2. Decide.
        FeedbackDecision decision = FeedbackPolicy.Decide(trigger, new FeedbackSituation(series, at, last?.LogicalDate, facts.At(now, last?.At)));
        if (decision is not FeedbackDecision.Fire fire)
            return;

        // 3. Commit: of several servers that see the same, one claims it.
        TriggerClaim claim = new(key, TriggerInstant.Text(at), new RunId(Guid.CreateVersion7(now)), now)
        {
            LogicalDate = at,
            Owner = replica.Name(),
            FactsJson = TriggerFacts.Feedback(key, trigger, at, fire),
        };
        if (await triggers.ClaimAsync(claim, cancel).ConfigureAwait(false))
            LogClaimed(log, key, string.Join("; ", fire.Reasons));
    }

    [LoggerMessage(3016, LogLevel.Error, "The feedback of trigger {Trigger} cannot be looked at: {Why}")]
    private static partial void LogUnread(ILogger logger, string trigger, string why);

    [LoggerMessage(3015, LogLevel.Information, "Trigger {Trigger} fires: {Reasons}")]
    private static partial void LogClaimed(ILogger logger, string trigger, string reasons);
}
