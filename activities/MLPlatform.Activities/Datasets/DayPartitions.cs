using System.Globalization;
using MLPlatform.Activities.Tables;
using MLPlatform.Core.Artifacts;
using ParquetSharp;

namespace MLPlatform.Activities.Datasets;

/// <summary>Adds to a table partitioned by day. No bytes are copied: both tables share their files.</summary>
internal static class DayPartitions
{
    /// <summary>The days of <paramref name="added"/>, and those of <paramref name="table"/> that it does not have.</summary>
    /// <param name="table">Null where there is nothing yet.</param>
    /// <param name="merge">Whether a day that both have holds the files of both, instead of the new ones alone.</param>
    public static async Task<ArtifactRef> AddAsync(ArtifactRef? table, ArtifactRef added, bool merge, IArtifactStore artifacts, CancellationToken cancel)
    {
        List<ArtifactFile> news = await DaysAsync(added, "The table", artifacts, cancel).ConfigureAwait(false);
        List<ArtifactFile> olds = table is null ? [] : await DaysAsync(table, "The latest version", artifacts, cancel).ConfigureAwait(false);
        if (olds.Count + news.Count == 0)
            return added;
        HashSet<string?> days = [.. news.Select(f => TableFooters.DayOf(f.Path))];
        IEnumerable<ArtifactFile> files = merge && olds.Count > 0 ? Merged(olds, news) : [.. olds.Where(f => !days.Contains(TableFooters.DayOf(f.Path))), .. news];
        return await artifacts.ComposeAsync([.. files], added.Kind, cancel).ConfigureAwait(false);
    }

    /// <summary>The old files under their names, and the new ones that their day has not got yet, under names that sort behind and say their content.</summary>
    internal static List<ArtifactFile> Merged(IReadOnlyList<ArtifactFile> olds, IReadOnlyList<ArtifactFile> news)
    {
        List<ArtifactFile> all = [.. olds];
        Dictionary<string, int> parts = olds.CountBy(f => TableFooters.DayOf(f.Path)!).ToDictionary(StringComparer.Ordinal);
        Dictionary<(string, string), int> held = olds.CountBy(f => (TableFooters.DayOf(f.Path)!, f.Hash)).ToDictionary();
        foreach (ArtifactFile file in news)
        {
            string day = TableFooters.DayOf(file.Path)!;
            int copies = held.GetValueOrDefault((day, file.Hash));
            held[(day, file.Hash)] = copies - 1;
            if (copies > 0)
                continue;
            int part = parts.GetValueOrDefault(day);
            parts[day] = part + 1;
            // The whole hash: no other content has that name.
            string name = string.Create(CultureInfo.InvariantCulture, $"part-{part:D5}-{file.Hash[(file.Hash.IndexOf(':', StringComparison.Ordinal) + 1)..]}.parquet");
            all.Add(file with { Path = $"{file.Path[..file.Path.IndexOf('/', StringComparison.Ordinal)]}/{name}" });
        }
        return all;
    }

    private static async Task<List<ArtifactFile>> DaysAsync(ArtifactRef table, string what, IArtifactStore artifacts, CancellationToken cancel)
    {
        List<ArtifactFile> days = [];
        foreach (ArtifactFile file in await TableFooters.FilesAsync(table, artifacts, cancel).ConfigureAwait(false))
        {
            if (TableFooters.DayOf(file.Path) is not null)
                days.Add(file);
            else if (!await IsEmptyAsync(file, artifacts, cancel).ConfigureAwait(false)) // A table without rows has no days, but a file for its columns.
                throw DataErrors.Bad("DSET-004", $"{what} is not partitioned by day: it holds '{file.Path}'. Give bees.collect an eventTime, or publish with mode replace.");
        }
        return days;
    }

    private static async Task<bool> IsEmptyAsync(ArtifactFile file, IArtifactStore artifacts, CancellationToken cancel)
    {
        using ParquetFileReader reader = new(await artifacts.FetchAsync(file, cancel).ConfigureAwait(false));
        return reader.FileMetaData.NumRows == 0;
    }
}
