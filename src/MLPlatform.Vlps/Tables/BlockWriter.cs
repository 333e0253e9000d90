using System.Buffers.Binary;
using System.IO.Hashing;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace MLPlatform.Vlps.Tables;

/// <summary>
/// Writes a file of blocks beside its place and moves it there when it is whole, so that a torn file never has the name.
/// <code>
/// 8  magic
/// blocks, each  ( 4 kind, 4 bytes of a record, 8 records, 8 XXH3-64 of these 16 bytes and the payload, seeded with the block's number; payload )
/// </code>
/// The first block is the header, as JSON; the last tells how many blocks there were.
/// </summary>
internal sealed class BlockWriter : IDisposable
{
    public const int HeadBytes = 24;

    /// <summary>Payload at which a block is written, in bytes.</summary>
    public const int BlockBytes = 1 << 20;

    private readonly string _path;
    private readonly string _partial;
    private readonly FileStream _stream;
    private readonly byte[] _block = new byte[HeadBytes + BlockBytes];
    private int _kind;
    private int _recordBytes;
    private int _records;
    private long _blocks;

    public BlockWriter(string path, ReadOnlySpan<byte> magic, object header)
    {
        (_path, _partial) = (path, path + ".partial");
        _stream = new FileStream(_partial, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0);
        _stream.Write(magic);
        byte[] json = JsonSerializer.SerializeToUtf8Bytes(header, BlockReader.Json);
        foreach (byte b in json)
            Next(BlockKind.Header, 1)[0] = b;
    }

    /// <summary>Where to write the next record.</summary>
    public Span<byte> Next(int kind, int recordBytes)
    {
        if (kind != _kind || recordBytes != _recordBytes || (_records + 1) * recordBytes > BlockBytes)
            Flush();
        (_kind, _recordBytes) = (kind, recordBytes);
        return _block.AsSpan(HeadBytes + _records++ * recordBytes, recordBytes);
    }

    private void Flush()
    {
        if (_records == 0)
            return;
        Span<byte> block = _block.AsSpan(0, HeadBytes + _records * _recordBytes);
        BinaryPrimitives.WriteInt32LittleEndian(block, _kind);
        BinaryPrimitives.WriteInt32LittleEndian(block[4..], _recordBytes);
        BinaryPrimitives.WriteInt64LittleEndian(block[8..], _records);
        BinaryPrimitives.WriteUInt64LittleEndian(block[16..], Checksum(block, _blocks++));
        _stream.Write(block);
        _records = 0;
    }

    internal static ulong Checksum(ReadOnlySpan<byte> block, long number)
    {
        ulong head = XxHash3.HashToUInt64(block[..16], number);
        return XxHash3.HashToUInt64(block[HeadBytes..], (long)head);
    }

    /// <summary>Makes the file whole, brings it to the disk and gives it its name.</summary>
    /// <returns>Its length in bytes.</returns>
    public long Commit()
    {
        Flush();
        long blocks = _blocks;
        MemoryMarshal.Write(Next(BlockKind.End, sizeof(long)), in blocks);
        Flush();
        _stream.Flush(flushToDisk: true);
        long length = _stream.Length;
        _stream.Dispose();
        File.Move(_partial, _path, overwrite: true);
        return length;
    }

    public void Dispose()
    {
        _stream.Dispose();
        File.Delete(_partial);
    }
}

internal static class BlockKind
{
    public const int Header = 1;
    public const int Tombstones = 2;
    public const int Counters = 3;
    public const int Rows = 4;
    public const int End = 5;
}
