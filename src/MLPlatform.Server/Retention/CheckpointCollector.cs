using MLPlatform.Core.Runs;
using MLPlatform.Server.Hosting;

namespace MLPlatform.Server.Retention;

/// <summary>
/// Removes what trainings kept between their attempts once nobody will resume them: their run ended long ago. Killed anywhere, it
/// goes on the next time.
/// </summary>
internal sealed class CheckpointCollector(IRunStore runs, HostSettings host)
{
    private const string Gone = ".gone";

    /// <param name="endedBefore">Runs that ended since then may still be resumed.</param>
    public async Task<RemovedFolders> RunAsync(DateTimeOffset endedBefore, bool dryRun, CancellationToken cancel)
    {
        RemovedFolders removed = new(0, 0);
        string all = Path.Combine(host.Home, "checkpoints");
        if (!Directory.Exists(all))
            return removed;
        foreach (string folder in Directory.GetDirectories(all))
        {
            bool interrupted = folder.EndsWith(Gone, StringComparison.Ordinal);
            if (!interrupted && !await MayGoAsync(folder, endedBefore, cancel))
                continue;
            removed = removed.And(folder);
            if (dryRun)
                continue;
            // Aside first: an attempt that begins now finds all of it or nothing.
            string aside = interrupted ? folder : folder + Gone;
            if (!interrupted)
                Directory.Move(folder, aside);
            Directory.Delete(aside, recursive: true);
        }
        return removed;
    }

    private async Task<bool> MayGoAsync(string folder, DateTimeOffset endedBefore, CancellationToken cancel)
    {
        if (!Guid.TryParseExact(Path.GetFileName(folder), "D", out Guid run))
            return false; // Not ours.
        RunRow? row = await runs.FindRunAsync(new RunId(run), cancel);
        return row is null ? Directory.GetLastWriteTimeUtc(folder) < endedBefore.UtcDateTime : row.Status.IsTerminal() && row.EndedAt < endedBefore;
    }
}

/// <summary>Folders that were removed, or would be.</summary>
internal sealed record RemovedFolders(int Count, long Bytes)
{
    public RemovedFolders And(string folder) =>
        new(Count + 1, Bytes + new DirectoryInfo(folder).EnumerateFiles("*", SearchOption.AllDirectories).Sum(f => f.Length));
}
