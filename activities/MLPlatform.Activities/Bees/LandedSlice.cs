using System.Buffers.Binary;
using MLPlatform.Activities.Tables;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Bees;

namespace MLPlatform.Activities.Bees;

/// <summary>A slice of a registered source's log: its channels as files, each with its parts in order.</summary>
internal static class LandedSlice
{
    /// <param name="folder">The slice's segments.</param>
    /// <param name="source">What lineage calls the source.</param>
    /// <param name="headers">Whether each channel's first record names its columns, so that it must be there.</param>
    public static IReadOnlyList<SourceFile> Files(string folder, string source, bool headers, CancellationToken cancel)
    {
        Dictionary<string, Channel> channels = new(StringComparer.Ordinal);
        foreach (string segment in Directory.EnumerateFiles(folder).Order(StringComparer.Ordinal))
        {
            cancel.ThrowIfCancellationRequested();
            Scan(segment, channels);
        }
        if (headers && channels.Values.FirstOrDefault(c => c.From > c.Start) is { } headless)
            throw DataErrors.Bad("BEES-062", $"The records of '{headless.Name}' begin at {headless.From} in this slice, so the line that names its columns is not among them. "
                + "Set header to false and declare the columns, or take all.");
        return [.. channels.Values.OrderBy(c => c.Name, StringComparer.Ordinal).ThenBy(c => c.Id, StringComparer.Ordinal)
            .Select(c => new SourceFile(c.Id, c.Name, c.Bytes) { Landed = c.Parts, LandedTo = c.To, LineageName = $"{source}/{c.Name}" })];
    }

    private static void Scan(string segment, Dictionary<string, Channel> channels)
    {
        using FileStream file = new(segment, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 20, FileOptions.SequentialScan);
        byte[] frame = new byte[1 << 16];
        for (long offset = 0; offset < file.Length;)
        {
            file.ReadExactly(frame, 0, BatchFormat.PrefixBytes);
            long bytes = BatchFormat.PrefixBytes + BinaryPrimitives.ReadUInt32LittleEndian(frame.AsSpan(4)) + (long)BinaryPrimitives.ReadUInt32LittleEndian(frame.AsSpan(8));
            if (bytes > file.Length - offset)
                throw Damaged(segment, offset);
            if (frame.Length < bytes)
                Array.Resize(ref frame, (int)bytes);
            file.ReadExactly(frame, BatchFormat.PrefixBytes, (int)bytes - BatchFormat.PrefixBytes);
            if (BatchReading.Read(frame.AsMemory(0, (int)bytes)) is not BatchReading.Whole { Batch: var batch })
                throw Damaged(segment, offset);
            BatchHeader header = batch.Header;
            if (!channels.TryGetValue(header.Channel, out Channel? channel))
                channels.Add(header.Channel, channel = new Channel(header.Channel, header.Path ?? header.Channel, header.Start, header.From));
            if (batch.Count > 0)
                channel.Parts.Add(new LandedPart(segment, offset, (int)bytes));
            channel.Bytes += bytes;
            channel.To = header.To;
            offset += bytes;
        }
    }

    private static ActivityException Damaged(string segment, long offset) =>
        DataErrors.Bad("BEES-061", $"The segment '{Path.GetFileName(segment)}' holds no whole batch at byte {offset}. Its bytes in the artifact store were changed.");

    private sealed record Channel(string Id, string Name, long Start, long From)
    {
        public List<LandedPart> Parts { get; } = [];
        public long Bytes { get; set; }
        public long To { get; set; }
    }
}
