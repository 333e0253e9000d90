using MLPlatform.Core.Datasets;
using MLPlatform.Core.Deployments;
using MLPlatform.Core.Triggers;

namespace MLPlatform.Engine.Triggers;

/// <summary>Reads what a feedback trigger wants to know beyond the feedback: about datasets, and since when the champion is one.</summary>
/// <param name="versions">Of the dataset of labels, by number.</param>
/// <param name="data">Of the dataset that is followed.</param>
/// <param name="history">The deployment's changes, newest first.</param>
internal sealed class FeedbackFacts(
    IReadOnlyList<DatasetVersion> versions, IReadOnlyList<DatasetVersion> data, IReadOnlyList<DeploymentRevision> history)
{
    public static async Task<FeedbackFacts> ReadAsync(FeedbackTrigger trigger, IDatasetStore datasets, IDeploymentStore deployments, CancellationToken cancel) => new(
        trigger.Labels is { } labels ? await datasets.ListVersionsAsync(labels.Dataset, cancel).ConfigureAwait(false) : [],
        trigger.Freshness is { } freshness ? await datasets.ListVersionsAsync(freshness.Dataset, cancel).ConfigureAwait(false) : [],
        trigger.Freshness is not null || trigger.Labels is not null
            ? await deployments.ListHistoryAsync(trigger.Deployment ?? trigger.Model, null, 1000, cancel).ConfigureAwait(false) : []);

    /// <summary>What was known at an instant of the clock.</summary>
    /// <param name="fired">When the trigger was claimed last, by the clock; null: never.</param>
    public ChampionFacts At(DateTimeOffset instant, DateTimeOffset? fired)
    {
        DateTimeOffset? since = ChampionSince(instant);
        long? rows = RowsAt(instant);
        return new ChampionFacts(
            since, rows is null ? null : rows - (RowsAt(fired ?? since ?? DateTimeOffset.MinValue) ?? 0),
            data.Where(v => v.CreatedAt <= instant).Select(v => (DateTimeOffset?)v.CreatedAt).Max());
    }

    private long? RowsAt(DateTimeOffset instant) => versions.Where(v => v.CreatedAt <= instant).MaxBy(v => v.Version)?.Rows;

    // Back to the change that made the champion of that instant one.
    private DateTimeOffset? ChampionSince(DateTimeOffset instant)
    {
        DeploymentRevision[] then = [.. history.Where(r => r.At <= instant && r.Spec is not null)];
        return then.TakeWhile(r => r.Spec!.Champion == then[0].Spec!.Champion).LastOrDefault()?.At;
    }
}
