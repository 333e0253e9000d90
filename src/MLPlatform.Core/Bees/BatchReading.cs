using System.Buffers.Binary;
using System.Text.Json;

namespace MLPlatform.Core.Bees;

/// <summary>What the bytes at some place hold.</summary>
public abstract record BatchReading
{
    private BatchReading() { }

    /// <param name="Length">Bytes of the frame.</param>
    public sealed record Whole(Batch Batch, int Length) : BatchReading;

    /// <summary>The bytes end within a frame.</summary>
    /// <param name="Need">How many the frame has, or a lower bound.</param>
    public sealed record Torn(long Need) : BatchReading;

    /// <summary>The bytes are not what was written.</summary>
    public sealed record Corrupt(string Why) : BatchReading;

    /// <summary>The bytes are as they were written, but what they say cannot be.</summary>
    public sealed record Invalid(string Why) : BatchReading;

    /// <summary>Reads the frame at the start of the bytes, and checks all of it. The batch shares the bytes' memory.</summary>
    public static BatchReading Read(ReadOnlyMemory<byte> bytes)
    {
        ReadOnlySpan<byte> span = bytes.Span;
        if (span.Length < BatchFormat.PrefixBytes)
            return !Magic(span) ? new Corrupt("it does not begin with BEE1") : new Torn(BatchFormat.PrefixBytes);
        if (!Magic(span))
            return new Corrupt("it does not begin with BEE1");
        int headerBytes = BinaryPrimitives.ReadInt32LittleEndian(span[4..]);
        int recordBytes = BinaryPrimitives.ReadInt32LittleEndian(span[8..]);
        int count = BinaryPrimitives.ReadInt32LittleEndian(span[12..]);
        if (headerBytes is < 2 or > BatchFormat.MostHeaderBytes || recordBytes is < 0 or > BatchFormat.MostRecordBytes || count < 0 || count > recordBytes / 2)
            return new Corrupt($"its sizes cannot be: {headerBytes} bytes of header, {recordBytes} of {count} records");
        int length = BatchFormat.PrefixBytes + headerBytes + recordBytes;
        if (span.Length < length)
            return new Torn(length);
        ReadOnlySpan<byte> header = span.Slice(BatchFormat.PrefixBytes, headerBytes);
        ReadOnlyMemory<byte> records = bytes.Slice(BatchFormat.PrefixBytes + headerBytes, recordBytes);
        uint expected = BinaryPrimitives.ReadUInt32LittleEndian(span[16..]), found = BatchFormat.Checksum(span[4..16], header, records.Span);
        if (found != expected)
            return new Corrupt($"its checksum is {found:x8}, not {expected:x8}");
        return Read(header, records, count, length);
    }

    private static BatchReading Read(ReadOnlySpan<byte> headerJson, ReadOnlyMemory<byte> records, int count, int length)
    {
        BatchHeader? header;
        try
        {
            header = JsonSerializer.Deserialize(headerJson, BeesJson.Default.BatchHeader);
        }
        catch (JsonException e)
        {
            return new Invalid($"its header cannot be read: {e.Message}");
        }
        if (header is not { Agent: not null, Source: not null, Channel: not null })
            return new Invalid("its header names no agent, source or channel");
        return header.Problem() is { } problem ? new Invalid(problem)
            : RecordProblem(header, records.Span, count) is { } wrong ? new Invalid(wrong)
            : new Whole(new Batch(header, records, count), length);
    }

    private static string? RecordProblem(BatchHeader header, ReadOnlySpan<byte> records, int count)
    {
        BatchRecords each = new(records, header.From);
        for (int i = 0; i < count; i++)
        {
            if (!each.TryMoveNext())
                return $"record {i} of {count} is malformed";
            if (each.Current.Position >= header.To)
                return $"record {i} begins at {each.Current.Position}, behind the end {header.To}";
        }
        return each.End == records.Length ? null : $"{records.Length - each.End} bytes follow its {count} records";
    }

    private static bool Magic(ReadOnlySpan<byte> span)
    {
        ReadOnlySpan<byte> magic = "BEE1"u8;
        int shared = Math.Min(span.Length, magic.Length);
        return span[..shared].SequenceEqual(magic[..shared]);
    }
}
