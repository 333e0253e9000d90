using Microsoft.Extensions.Options;
using MLPlatform.Core.Artifacts;
using MLPlatform.Core.Datasets;
using MLPlatform.Server.Hosting;
using MLPlatform.Server.Lineage;
using MLPlatform.Storage;
using MLPlatform.Storage.Artifacts;
using MLPlatform.Storage.Code;

namespace MLPlatform.Server.Retention;

/// <summary>
/// Removes artifacts that nobody needs. Needed is what kept versions of datasets hold, what registered models were made of to
/// the beginning, what kept and unfinished runs name, and what was stored lately. Checkpoints and fetched repositories go with them.
/// Killed anywhere, it goes on the next time.
/// </summary>
internal sealed class ArtifactCollector(
    IRetentionStore store, ArtifactSweep sweep, LineageDesk lineage, CheckpointCollector checkpoints, GitRepositories repositories,
    IOptions<RetentionOptions> options, IOptions<StorageOptions> storage, HostSettings host, TimeProvider time) : IDisposable
{
    private readonly SemaphoreSlim _one = new(1, 1);

    public async Task<GcReport> RunAsync(bool dryRun, CancellationToken cancel)
    {
        await _one.WaitAsync(cancel);
        try
        {
            GcReport report = await CollectAsync(dryRun, cancel);
            DateTimeOffset now = time.GetUtcNow();
            RemovedFolders kept = await checkpoints.RunAsync(now - options.Value.KeepRuns, dryRun, cancel);
            (int fetched, long bytes) = await repositories.CollectAsync(now - options.Value.Grace, dryRun, cancel);
            return report with { Checkpoints = kept.Count, Repositories = fetched, FolderBytes = kept.Bytes + bytes };
        }
        finally
        {
            _one.Release();
        }
    }

    public void Dispose() => _one.Dispose();

    // An embedded command that carries no runs on has the home to itself: nobody can be about to use a result.
    private TimeSpan Settle => host is { Embedded: true, CarriesRunsOn: false } && storage.Value.Provider == StorageProvider.Sqlite
        ? TimeSpan.Zero : options.Value.Settle;

    private async Task<GcReport> CollectAsync(bool dryRun, CancellationToken cancel)
    {
        // 1. See: what a crash left aside, what documents tell that may go, and who needs what.
        sweep.Recover();
        await lineage.IndexAsync(cancel);
        DateTimeOffset now = time.GetUtcNow(), cutoff = now - options.Value.Grace;
        RetentionFacts facts = await store.ReadAsync(now - options.Value.KeepRuns, cancel);
        if (facts.OldestAttempt < cutoff)
            cutoff = facts.OldestAttempt.Value; // What it stored so far is written down only when it ends.

        // 2. Decide.
        GcPlan plan = GcPlan.Of(facts, now);
        List<string> unneeded = [.. sweep.StoredBefore(cutoff).Where(h => !plan.Needed.Contains(h))];
        string[] versions = [.. plan.GiveUp.Select(v => $"{v.Dataset}@{v.Version}")];
        if (dryRun)
        {
            (int files, long bytes) = await sweep.RemoveBlobsAsync(cutoff, dryRun: true, unneeded.ToHashSet(), cancel);
            return new GcReport(true, versions, unneeded.Count, unneeded.Count, files, bytes);
        }

        // 3. Commit: versions are given up and results forgotten first; bytes go only when nobody asked for them meanwhile.
        await store.GiveUpAsync(plan.GiveUp, cancel);
        IReadOnlyCollection<string> due = await store.CondemnAsync(unneeded, Settle, cancel);
        List<string> removed = [.. due.Where(h => sweep.RemoveManifest(h, cutoff))];
        await store.ForgetAsync(removed, cancel);
        (int blobs, long freed) = await sweep.RemoveBlobsAsync(cutoff, dryRun: false, new HashSet<string>(), cancel);
        return new GcReport(false, versions, unneeded.Count, removed.Count, blobs, freed);
    }
}

/// <summary>What a collection did, or would do.</summary>
/// <param name="VersionsGivenUp">Versions of datasets past their retention, as name@version.</param>
/// <param name="Unneeded">Artifacts that nobody needs.</param>
/// <param name="Removed">Those of them that are gone; the others go when they are still unneeded a while later.</param>
/// <param name="Files">Files removed.</param>
/// <param name="Bytes">Their size.</param>
/// <param name="Checkpoints">Runs that ended long ago whose trainings' checkpoints are gone.</param>
/// <param name="Repositories">Fetched repositories that are gone; who asks for them again fetches them again.</param>
/// <param name="FolderBytes">The size of these checkpoints and repositories.</param>
public sealed record GcReport(
    bool DryRun, IReadOnlyList<string> VersionsGivenUp, int Unneeded, int Removed, int Files, long Bytes, int Checkpoints = 0, int Repositories = 0, long FolderBytes = 0);
