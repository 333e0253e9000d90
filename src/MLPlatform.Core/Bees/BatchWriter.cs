using System.Buffers;
using System.Buffers.Binary;
using System.Text.Json;

namespace MLPlatform.Core.Bees;

/// <summary>Gathers the records of one batch and writes its frame. Made to be used again: it keeps its buffer.</summary>
public sealed class BatchWriter
{
    private readonly ArrayBufferWriter<byte> _records = new();
    private long _from;
    private long _last;

    /// <summary>Records gathered.</summary>
    public int Count { get; private set; }

    /// <summary>Bytes they take in the frame.</summary>
    public int Bytes => _records.WrittenCount;

    /// <summary>What was gathered, good until the next change.</summary>
    public BatchRecords Records => new(_records.WrittenSpan, _from);

    /// <summary>The records in the frame's form, until the next <see cref="Start"/>.</summary>
    public ReadOnlySpan<byte> RecordBytes => _records.WrittenSpan;

    /// <summary>Forgets what was gathered and begins a batch.</summary>
    /// <param name="from">The batch's first position.</param>
    /// <param name="bytes">How much is about to come, so that the buffer need not grow step by step; it may be more.</param>
    public void Start(long from, int bytes = 0)
    {
        _records.ResetWrittenCount();
        _ = _records.GetSpan(bytes);
        (_from, _last, Count) = (from, from, 0);
    }

    /// <summary>Adds a record.</summary>
    /// <param name="position">Where it begins in the channel; never before the record before it.</param>
    public void Add(long position, ReadOnlySpan<byte> record)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(position, _last);
        if ((long)Bytes + record.Length + 2 * BatchFormat.MostVarintBytes > BatchFormat.MostRecordBytes)
            throw new InvalidOperationException($"a batch holds {BatchFormat.MostRecordBytes} bytes of records at most");
        Span<byte> to = _records.GetSpan(2 * BatchFormat.MostVarintBytes + record.Length);
        int at = BatchFormat.WriteVarint(to, (ulong)(position - _last));
        at += BatchFormat.WriteVarint(to[at..], (ulong)record.Length);
        record.CopyTo(to[at..]);
        _records.Advance(at + record.Length);
        (_last, Count) = (position, Count + 1);
    }

    /// <summary>What stands in the frame before <see cref="RecordBytes"/>.</summary>
    /// <param name="header">Begins where <see cref="Start"/> said.</param>
    public byte[] Head(BatchHeader header) => Head(header, _records.WrittenSpan, Count);

    /// <summary>Writes a frame of records that are in the frame's form already.</summary>
    public static void WriteTo(IBufferWriter<byte> output, BatchHeader header, ReadOnlySpan<byte> records, int count)
    {
        byte[] head = Head(header, records, count);
        Span<byte> frame = output.GetSpan(head.Length + records.Length);
        head.CopyTo(frame);
        records.CopyTo(frame[head.Length..]);
        output.Advance(head.Length + records.Length);
    }

    private static byte[] Head(BatchHeader header, ReadOnlySpan<byte> records, int count)
    {
        byte[] json = JsonSerializer.SerializeToUtf8Bytes(header, BeesJson.Default.BatchHeader);
        if (json.Length > BatchFormat.MostHeaderBytes)
            throw new InvalidOperationException($"the header of a batch has {BatchFormat.MostHeaderBytes} bytes at most, not {json.Length}");
        byte[] head = new byte[BatchFormat.PrefixBytes + json.Length];
        BinaryPrimitives.WriteUInt32LittleEndian(head, BatchFormat.Magic);
        BinaryPrimitives.WriteInt32LittleEndian(head.AsSpan(4), json.Length);
        BinaryPrimitives.WriteInt32LittleEndian(head.AsSpan(8), records.Length);
        BinaryPrimitives.WriteInt32LittleEndian(head.AsSpan(12), count);
        json.CopyTo(head.AsSpan(BatchFormat.PrefixBytes));
        BinaryPrimitives.WriteUInt32LittleEndian(head.AsSpan(16), BatchFormat.Checksum(head.AsSpan(4, 12), json, records));
        return head;
    }
}
