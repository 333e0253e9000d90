using MLPlatform.Activities.Tables;
using MLPlatform.Core.Artifacts;

namespace MLPlatform.Activities.Datasets;

/// <summary>Adds days to a table partitioned by day. No bytes are copied: both tables share their files.</summary>
internal static class DayPartitions
{
    /// <summary>The days of <paramref name="added"/>, and those of <paramref name="table"/> that it does not have.</summary>
    /// <param name="table">Null where there is nothing yet.</param>
    public static async Task<ArtifactRef> AddAsync(ArtifactRef? table, ArtifactRef added, IArtifactStore artifacts, CancellationToken cancel)
    {
        List<ArtifactFile> news = await DaysAsync(added, "The table", artifacts, cancel).ConfigureAwait(false);
        HashSet<string?> days = [.. news.Select(f => TableFooters.DayOf(f.Path))];
        List<ArtifactFile> olds = table is null ? [] : await DaysAsync(table, "The latest version", artifacts, cancel).ConfigureAwait(false);
        return await artifacts.ComposeAsync([.. olds.Where(f => !days.Contains(TableFooters.DayOf(f.Path))), .. news], added.Kind, cancel).ConfigureAwait(false);
    }

    private static async Task<List<ArtifactFile>> DaysAsync(ArtifactRef table, string what, IArtifactStore artifacts, CancellationToken cancel)
    {
        List<ArtifactFile> files = await TableFooters.FilesAsync(table, artifacts, cancel).ConfigureAwait(false);
        return files.Find(f => TableFooters.DayOf(f.Path) is null) is { } loose
            ? throw DataErrors.Bad("DSET-004", $"{what} is not partitioned by day: it holds '{loose.Path}'. Give bees.collect an eventTime, or publish with mode replace.")
            : files;
    }
}
