using MLPlatform.Bees.Files;
using MLPlatform.Bees.Hosts;
using MLPlatform.Bees.Splitting;
using MLPlatform.Core.Bees;

namespace MLPlatform.Bees.Agents;

/// <summary>A batch with what becomes of its channel once it is durable.</summary>
internal sealed record PendingBatch(Channel Channel, BatchHeader Header, BatchWriter Records, Mark Anchor, bool InLongLine);

/// <summary>What reading a channel once gave.</summary>
internal abstract record ReadOutcome
{
    private ReadOutcome() { }

    /// <summary>Records to send.</summary>
    public sealed record Got(PendingBatch Batch) : ReadOutcome;

    /// <summary>There is nothing yet; look again when the file grows, or then.</summary>
    public sealed record Nothing(TimeSpan? Again) : ReadOutcome;

    /// <summary>The bytes before the position are not those that were read: the file is another one now.</summary>
    public sealed record Changed : ReadOutcome;
}

/// <summary>Reads the next stretch of a channel into a batch. One buffer serves all channels, in turn.</summary>
internal sealed class ChannelReader(string agent, Buffers buffers, TimeSpan settle, TimeSpan linger, TimeProvider time)
{
    private const int SmallAmount = 64 << 10;
    private readonly byte[] _usual = new byte[buffers.Usual + FileContent.AnchorBytes];
    private byte[]? _most; // Made when a record does not fit the usual one.

    /// <param name="records">Takes the records; empty unless there is a batch.</param>
    /// <param name="hurry">Small amounts do not wait for more.</param>
    public ReadOutcome Read(Source source, Channel channel, BatchWriter records, bool hurry)
    {
        FileContent content = channel.Content!;
        DateTimeOffset now = time.GetUtcNow();
        long before = content.Length;
        FileStatus status = content.Look();
        channel.See(status, now);
        if (content.Length < channel.At)
            return new ReadOutcome.Changed();
        if (content.Length != before || channel.Known.Size < content.Length)
            Registrar.Grow(channel, content);

        long available = content.Length - channel.At;
        TimeSpan idle = now - channel.ChangedAt;
        bool finished = idle >= source.Settings.FinishAfter || ((channel.Moved || status.Names == 0 || channel.Known.Missing != MissingReason.None) && idle >= settle);
        if (available == 0)
            return new ReadOutcome.Nothing(null);
        if (channel.Scanned == content.Length && !finished && !RecordEnds(source, idle))
            return Nothing(source, idle);
        channel.PendingSince ??= now;
        if (available < SmallAmount && !hurry && !finished && now - channel.PendingSince < linger)
            return new ReadOutcome.Nothing(channel.PendingSince + linger - now);
        Place(source, channel, content);
        return Read(_usual, source, channel, content, records, finished, idle)
            ?? Read(_most ??= new byte[buffers.Most + FileContent.AnchorBytes], source, channel, content, records, finished, idle)!;
    }

    // Null: the window is too small for the record.
    private ReadOutcome? Read(byte[] window, Source source, Channel channel, FileContent content, BatchWriter records, bool finished, TimeSpan idle)
    {
        KnownFile known = channel.Known;
        (long position, Mark anchor) = (channel.At, channel.Anchor);
        // The bytes before the position come with those behind it, so that they are from the same moment.
        int overlap = anchor.End == position ? anchor.Length : (int)Math.Min(position, FileContent.AnchorBytes);
        int read = content.Read(window, position - overlap);
        if (read < overlap || (anchor.End == position && Mark.Of(window.AsSpan(0, overlap), position) != anchor))
            return new ReadOutcome.Changed();
        bool full = read == window.Length, largest = window.Length >= buffers.Most + FileContent.AnchorBytes;
        bool toTheEnd = !full && position - overlap + read >= content.Length;
        records.Start(position, (read - overlap) / 16 * 17); // Lines of some length; shorter ones make it grow.
        source.Splitter.BigEndian = channel.BigEndian;
        SplitResult split = source.Splitter.Split(
            window.AsSpan(overlap, read - overlap),
            new Stretch(position, full && largest, RecordEnds(source, idle) && toTheEnd, finished && toTheEnd, channel.InLongLine), records);
        if (position == 0)
            channel.BigEndian = source.Splitter.BigEndian;
        if (split.Consumed == 0 && full && !largest)
            return null;
        if (split.Consumed == 0)
        {
            channel.Scanned = content.Length;
            return Nothing(source, idle);
        }
        long to = position + split.Consumed;
        BatchHeader header = new()
        {
            Agent = agent,
            Source = source.Settings.Name,
            Channel = known.Channel,
            Path = known.Path,
            From = position,
            To = to,
            ReadAt = time.GetUtcNow(),
            CutRecords = split.CutRecords,
            CutBytes = split.CutBytes,
            SkippedRecords = split.SkippedRecords,
        };
        int end = overlap + split.Consumed, length = Math.Min(end, FileContent.AnchorBytes);
        return new ReadOutcome.Got(new PendingBatch(channel, header, records, Mark.Of(window.AsSpan(end - length, length), to), split.InLongLine));
    }

    private static bool RecordEnds(Source source, TimeSpan idle) => source.Settings.Multiline is { } lines && idle >= lines.After;

    private static ReadOutcome.Nothing Nothing(Source source, TimeSpan idle) =>
        new(source.Settings.Multiline is { } lines && idle < lines.After ? lines.After - idle : null);

    // After a start or a jump: whether the position lies within a line of which only the beginning counted, and which half of
    // a character comes first. Both follow from the bytes, so nothing but the position has to be remembered.
    private static void Place(Source source, Channel channel, FileContent content)
    {
        if (channel.Placed)
            return;
        (long position, RecordRules rules) = (channel.At, source.Rules);
        int unit = LineEnds.Unit(rules.Encoding);
        if (rules.Encoding == TextEncoding.Utf16)
        {
            Span<byte> mark = stackalloc byte[2];
            channel.BigEndian = content.Read(mark, 0) == 2 && mark is [0xFE, 0xFF];
        }
        TextEncoding encoding = channel.BigEndian ? TextEncoding.Utf16BigEndian : rules.Encoding;
        channel.InLongLine = false;
        if (position >= rules.MostBytes)
        {
            byte[] before = new byte[(int)Math.Min(position, rules.MostBytes + unit - rules.MostBytes % unit)];
            int read = content.Read(before, position - before.Length);
            channel.InLongLine = LineEnds.Next(before.AsSpan(0, read), encoding) < 0;
        }
        channel.Placed = true;
    }
}
