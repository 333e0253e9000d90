using Microsoft.Extensions.Logging;
using MLPlatform.Core.Datasets;
using MLPlatform.Core.Runs;
using MLPlatform.Core.Triggers;

namespace MLPlatform.Engine.Triggers;

/// <summary>Claims a firing for each version of a dataset that was published since the trigger stands in its pipeline.</summary>
internal sealed partial class DatasetClaims(
    PipelineShelf shelf, ITriggerStore triggers, IRunStore runs, IDatasetStore datasets, TriggerReplica replica, TriggerOptions options, ILogger<DatasetClaims> log)
{
    // Since when each trigger counts, under the revision that said so, and the versions claimed already.
    private readonly Dictionary<string, (string Hash, DateTimeOffset Since, HashSet<string> Claimed)> _seen = new(StringComparer.Ordinal);

    /// <summary>Claims what is due of one pipeline. Returns the pipelines that publish what it follows: their ends are worth a look.</summary>
    public async Task<IReadOnlySet<string>> ClaimAsync(ShelvedPipeline pipeline, DateTimeOffset now, CancellationToken cancel)
    {
        HashSet<string> publishers = new(StringComparer.Ordinal);
        foreach ((string key, DatasetTrigger trigger) in pipeline.Triggers<DatasetTrigger>())
        {
            IReadOnlyList<DatasetVersion> versions = await datasets.ListVersionsAsync(trigger.Dataset, cancel).ConfigureAwait(false);
            publishers.UnionWith(versions.Select(v => v.Pipeline));
            if (!_seen.TryGetValue(key, out var seen) || seen.Hash != pipeline.Revision.Hash)
                _seen[key] = seen = (pipeline.Revision.Hash,
                    await shelf.SinceAsync(pipeline, key, other => other is DatasetTrigger same && same.Dataset == trigger.Dataset, now - options.UpstreamLookback, cancel).ConfigureAwait(false),
                    [.. (await triggers.ListAsync(key, Math.Max(1, versions.Count), cancel).ConfigureAwait(false)).Select(c => c.Instant)]);
            foreach (DatasetVersion version in versions.Where(v => v.CreatedAt >= seen.Since).OrderBy(v => v.Version))
            {
                if (seen.Claimed.Add(InstantOf(version)))
                    await ClaimAsync(pipeline, key, trigger, version, now, cancel).ConfigureAwait(false);
            }
        }
        return publishers;
    }

    private async Task ClaimAsync(ShelvedPipeline pipeline, string key, DatasetTrigger trigger, DatasetVersion version, DateTimeOffset now, CancellationToken cancel)
    {
        RunRow? publisher = await runs.FindRunAsync(version.Attempt.Run, cancel).ConfigureAwait(false);
        string facts = TriggerFacts.Dataset(key, trigger, version, publisher);
        string? dropped = pipeline.Revision.Paused ? "TRIG-026: the pipeline's triggers were paused"
            : TriggerFacts.Depth(facts) > options.MaxUpstreamDepth
                ? $"TRIG-025: {options.MaxUpstreamDepth} runs have started each other before it; the chain is cut here"
            : null;
        TriggerClaim claim = new(key, InstantOf(version), new RunId(Guid.CreateVersion7(now)), now)
        {
            LogicalDate = publisher?.LogicalDate ?? version.CreatedAt,
            Owner = replica.Name(),
            FactsJson = facts,
            Dropped = dropped,
        };
        if (!await triggers.ClaimAsync(claim, cancel).ConfigureAwait(false))
            return;
        if (dropped is null)
            LogClaimed(log, key, version.Dataset, version.Version);
        else
            LogDropped(log, key, dropped);
    }

    private static string InstantOf(DatasetVersion version) =>
        string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{version.Dataset}@{version.Version}");

    [LoggerMessage(3013, LogLevel.Information, "Trigger {Trigger} fires for {Dataset} version {Version}")]
    private static partial void LogClaimed(ILogger logger, string trigger, string dataset, int version);

    [LoggerMessage(3014, LogLevel.Warning, "Trigger {Trigger} starts no run: {Reason}")]
    private static partial void LogDropped(ILogger logger, string trigger, string reason);
}
