using MLPlatform.Bees.Files;
using MLPlatform.Bees.Hosts;

namespace MLPlatform.Bees.Agents;

/// <summary>Looks around for one source, and hands what was seen to the rules.</summary>
internal sealed class Looker(Source source, FileScan scan, Problems problems, TimeProvider time)
{

    private Dictionary<FileKey, (long Size, DateTimeOffset ChangedAt, DateTimeOffset Since)> _strangers = [];
    private Dictionary<FileKey, (long Size, DateTimeOffset ChangedAt, DateTimeOffset Since)> _before = [];

    /// <summary>All there is of the source. Content that was opened for it and is not kept has to be closed.</summary>
    public IReadOnlyList<Sighting> Look()
    {
        DateTimeOffset now = time.GetUtcNow();
        ScanResult found = scan.Look();
        (_before, _strangers) = (_strangers, []);
        source.Folders = found.Folders;
        Dictionary<FileKey, Channel> known = source.Channels.Where(c => c.Known.Missing == MissingReason.None).ToDictionary(c => c.Known.Key);
        List<Sighting> seen = [];
        foreach ((string path, FileStatus status) in found.Wanted)
            Sight(path, status, wanted: true, known.GetValueOrDefault(status.Key), now, seen);

        // Files that are not where they were may have another name that nobody asked for.
        HashSet<FileKey> missing = [.. source.Channels.Where(c => !c.Known.Ended).Select(c => c.Known.Key).Except(seen.Select(s => s.Key))];
        if (missing.Count > 0)
        {
            HashSet<string> folders = [.. found.Folders, .. source.Channels.Where(c => missing.Contains(c.Known.Key)).Select(c => Path.GetDirectoryName(c.Known.Path)!)];
            foreach ((string path, FileStatus status) in FileScan.Everything(folders).Where(f => missing.Contains(f.Status.Key)))
                Sight(path, status, wanted: false, known.GetValueOrDefault(status.Key), now, seen);
        }
        Block(found, known.Values, seen);
        return seen;
    }

    private void Sight(string path, FileStatus status, bool wanted, Channel? channel, DateTimeOffset now, List<Sighting> seen)
    {
        TimeSpan unchanged = now - Since(status, channel, now);
        try
        {
            bool gzip = path.EndsWith(".gz", StringComparison.Ordinal);
            if (ContentOf(path, status, channel, gzip) is { } content)
            {
                seen.Add(new Sighting(path, status.Key, content, wanted, unchanged, gzip, Stamp: (status.Size, status.ChangedAt)));
                problems.Clear("BEES-021", path);
                problems.Clear("BEES-022", path);
            }
            else if (unchanged > TimeSpan.FromMinutes(1))
            {
                problems.Raise("BEES-022", path, $"'{path}' is no whole gzip file and does not change any more");
            }
        }
        catch (FileNotFoundException)
        {
            // It went away since; the next look tells where to.
        }
        catch (Exception e) when (e is UnauthorizedAccessException or IOException)
        {
            problems.Raise("BEES-021", path, $"'{path}' cannot be read: {e.Message}");
            seen.Add(new Sighting(path, status.Key, NoContent.Instance, wanted, unchanged, Blocked: true));
        }
    }

    // Changes that were seen count from then, by this clock; the file system's clock speaks only of what was before, and is
    // not believed where it is ahead.
    private DateTimeOffset Since(FileStatus status, Channel? channel, DateTimeOffset now)
    {
        if (channel is not null)
            return channel.ChangedAt;
        DateTimeOffset since = !_before.TryGetValue(status.Key, out var last) ? (status.ChangedAt < now ? status.ChangedAt : now)
            : (last.Size, last.ChangedAt) == (status.Size, status.ChangedAt) ? last.Since : now;
        _strangers[status.Key] = (status.Size, status.ChangedAt, since);
        return since;
    }

    private static IFileContent? ContentOf(string path, FileStatus status, Channel? channel, bool gzip)
    {
        // Nothing changed, not even a name, since it was compared: it is the same.
        if (channel is not null && channel.Verified == (status.Size, status.ChangedAt))
            return new UnchangedContent(channel.Content?.Length ?? channel.Known.Size);
        if (channel?.Content is { } open)
        {
            open.Look();
            return open;
        }
        FileContent? content = gzip ? GzipContent.Open(path, channel is { Known.Ended: true } ? channel.Known.Size : null) : PlainContent.Open(path);
        if (content is null || content.Look().Key == status.Key)
            return content;
        content.Dispose();
        throw new FileNotFoundException("another file has the name by now", path);
    }

    // What cannot be looked at is neither gone nor changed, as far as anybody knows.
    private void Block(ScanResult found, IEnumerable<Channel> known, List<Sighting> seen)
    {
        foreach (string path in found.BlockedPaths.Concat(found.Blocked))
            problems.Raise("BEES-021", path, $"'{path}' cannot be read");
        foreach (string folder in found.Folders.Except(found.Blocked))
            problems.Clear("BEES-021", folder);
        HashSet<FileKey> keys = [.. seen.Select(s => s.Key)];
        foreach (Channel channel in known.Where(c => !keys.Contains(c.Known.Key)))
        {
            string path = channel.Known.Path;
            if (found.BlockedPaths.Contains(path) || found.Blocked.Any(b => path.StartsWith(b + "/", StringComparison.Ordinal)))
                seen.Add(new Sighting(path, channel.Known.Key, NoContent.Instance, Wanted: true, TimeSpan.Zero, Blocked: true));
        }
    }

    private sealed class NoContent : IFileContent
    {
        public static NoContent Instance { get; } = new();

        public long Length => 0;

        public bool Bears(Mark mark) => false;
    }

    private sealed class UnchangedContent(long length) : IFileContent
    {
        public long Length => length;

        public bool Bears(Mark mark) => mark.End <= length;
    }
}
