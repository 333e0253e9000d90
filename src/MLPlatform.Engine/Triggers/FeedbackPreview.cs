using MLPlatform.Core.Datasets;
using MLPlatform.Core.Deployments;
using MLPlatform.Core.Triggers;

namespace MLPlatform.Engine.Triggers;

/// <summary>Asks the past what a feedback trigger would have fired.</summary>
public sealed class FeedbackPreview(IFeedbackSource feedback, IDatasetStore datasets, IDeploymentStore deployments, TimeProvider time)
{
    // So many looks at most; a live trigger looks twice a minute.
    private const int Looks = 2000;

    /// <summary>The firings over the last days; null where there is no such deployment.</summary>
    public async Task<TriggerPreview?> RunAsync(FeedbackTrigger trigger, TimeSpan back, CancellationToken cancel)
    {
        if (await feedback.FindAsync(trigger.Deployment ?? trigger.Model, back + trigger.Window, cancel).ConfigureAwait(false) is not { } series)
            return null;
        if (series.Newest is not { } until || series.Oldest is not { } oldest)
            return new TriggerPreview(null, null, [], "nothing was asked or answered yet");
        DateTimeOffset from = until - back > oldest ? until - back : oldest;
        TimeSpan step = TimeSpan.FromMinutes(Math.Max(1, Math.Ceiling((until - from).TotalMinutes / Looks)));
        FeedbackFacts facts = await FeedbackFacts.ReadAsync(trigger, datasets, deployments, cancel).ConfigureAwait(false);
        List<PreviewedFiring> firings = [.. FeedbackPolicy.Preview(trigger, series, from, until, step, facts.At)
            .Select(f => new PreviewedFiring(f.At, f.Decision.Reasons, f.Decision.Picture))];
        DateTimeOffset? last = firings.Count > 0 ? firings[^1].At : null;
        return new TriggerPreview(from, until, firings, FeedbackPolicy.Decide(trigger, new FeedbackSituation(series, until, last, facts.At(time.GetUtcNow(), last))) switch
        {
            FeedbackDecision.Fire fire => "fires: " + string.Join("; ", fire.Reasons),
            FeedbackDecision.Quiet quiet => "quiet: " + quiet.Why,
            var other => throw new InvalidOperationException($"{other} is no decision"),
        });
    }
}
