using System.Globalization;
using System.Text.Json;
using MLPlatform.Core.Bees;

namespace MLPlatform.Storage.Bees;

/// <summary>What a log's folder held when it was opened.</summary>
/// <param name="Active">The last segment where it may be written on.</param>
/// <param name="Dropped">Bytes of unfinished batches that were taken off its end.</param>
internal sealed record OpenedLog(LandingIndex Index, List<Segment> Sealed, Segment Active, long Dropped);

/// <summary>The files of one source's log.</summary>
internal sealed class LandingFolder(string path)
{
    private const string IndexFile = "index.json";

    public string Path => path;

    public string FileOf(long segment) => System.IO.Path.Combine(path, Segment.NameOf(segment));

    /// <summary>Finds out what is durable: from the last snapshot, and from every segment that came after it.</summary>
    public OpenedLog Open()
    {
        Directory.CreateDirectory(path);
        Posix.SyncFolder(System.IO.Path.GetDirectoryName(path)!);
        IndexSnapshot snapshot = ReadSnapshot();
        LandingIndex index = new();
        foreach (ChannelState channel in snapshot.Channels)
            index.Restore(channel.Channel, channel);
        List<Segment> all = [.. snapshot.Segments];
        long dropped = 0;
        foreach (long number in Numbers())
        {
            if (number > snapshot.Through)
                all.Add(Read(number, index, out dropped));
            else if (snapshot.Segments.All(s => s.Number != number))
                File.Delete(FileOf(number)); // Its removal was decided before a crash.
        }
        Segment active = Segment.Empty(Math.Max(snapshot.Through, all.Count == 0 ? 0 : all[^1].Number) + 1);
        if (all.Count > 0 && all[^1].Number > snapshot.Through)
        {
            active = all[^1];
            all.RemoveAt(all.Count - 1);
        }
        return new OpenedLog(index, all, active, dropped);
    }

    /// <summary>Writes the snapshot whole and durable.</summary>
    public void WriteSnapshot(IndexSnapshot snapshot)
    {
        string target = System.IO.Path.Combine(path, IndexFile), temporary = target + ".tmp";
        using (FileStream file = new(temporary, FileMode.Create, FileAccess.Write, FileShare.None, 1 << 16))
        {
            JsonSerializer.Serialize(file, snapshot, LandingJson.Default.IndexSnapshot);
            file.Flush(flushToDisk: true);
        }
        File.Move(temporary, target, overwrite: true);
        Posix.SyncFolder(path);
    }

    private IndexSnapshot ReadSnapshot()
    {
        string file = System.IO.Path.Combine(path, IndexFile);
        try
        {
            if (File.Exists(file) && JsonSerializer.Deserialize(File.ReadAllBytes(file), LandingJson.Default.IndexSnapshot) is { Segments: not null, Channels: not null } snapshot)
                return snapshot;
        }
        catch (JsonException)
        {
            // Everything that it said is in the segments as well.
        }
        return new IndexSnapshot(0, [], []);
    }

    private Segment Read(long number, LandingIndex index, out long dropped)
    {
        string file = FileOf(number);
        Segment segment = Segment.Empty(number);
        long whole = SegmentScan.Read(file, (batch, bytes) =>
        {
            index.Apply(batch.Header);
            segment = segment.With(batch, bytes);
        });
        dropped = new FileInfo(file).Length - whole;
        if (dropped > 0)
        {
            // Never acknowledged, unless the disk lied: kept beside it for whoever wants to know.
            File.Copy(file, file + ".torn", overwrite: true);
            using FileStream cut = new(file, FileMode.Open, FileAccess.Write);
            cut.SetLength(whole);
            cut.Flush(flushToDisk: true);
        }
        return segment;
    }

    private List<long> Numbers() =>
        [.. Directory.EnumerateFiles(path, "*" + Segment.Extension)
            .Select(f => long.TryParse(System.IO.Path.GetFileNameWithoutExtension(f), NumberStyles.None, CultureInfo.InvariantCulture, out long n) ? n : 0)
            .Where(n => n > 0).Order()];
}
