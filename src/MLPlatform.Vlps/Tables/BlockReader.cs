using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace MLPlatform.Vlps.Tables;

/// <summary>Reads what <see cref="BlockWriter"/> wrote, block by block, and believes nothing without its checksum.</summary>
internal sealed class BlockReader : IDisposable
{
    internal static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) } };

    private readonly string _path;
    private readonly FileStream _stream;
    private readonly byte[] _block = new byte[BlockWriter.HeadBytes + BlockWriter.BlockBytes];
    private readonly byte[] _header;
    private long _blocks;

    public BlockReader(string path, ReadOnlySpan<byte> magic)
    {
        _path = path;
        _stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0, FileOptions.SequentialScan);
        try
        {
            Span<byte> begin = stackalloc byte[magic.Length];
            if (_stream.ReadAtLeast(begin, begin.Length, throwOnEndOfStream: false) < begin.Length || !begin.SequenceEqual(magic))
                throw Bad("it is no such file");
            if (!Next(out int kind, out _, out ReadOnlySpan<byte> header) || kind != BlockKind.Header)
                throw Bad("it has no header");
            _header = header.ToArray();
        }
        catch
        {
            _stream.Dispose();
            throw;
        }
    }

    public T Header<T>(int version)
        where T : BlockHeader
    {
        T header = Parse<T>() ?? throw Bad("its header is empty");
        return header.Version == version ? header : throw Bad($"it has version {header.Version}; this program reads version {version}");
    }

    private T? Parse<T>()
    {
        try
        {
            return JsonSerializer.Deserialize<T>(_header, Json);
        }
        catch (JsonException problem)
        {
            throw Bad($"its header cannot be read ({problem.Message})");
        }
    }

    /// <summary>The next block, valid until the one after; false at the end of a whole file.</summary>
    public bool Next(out int kind, out int recordBytes, out ReadOnlySpan<byte> payload)
    {
        payload = default;
        Fill(0, BlockWriter.HeadBytes);
        kind = BinaryPrimitives.ReadInt32LittleEndian(_block);
        recordBytes = BinaryPrimitives.ReadInt32LittleEndian(_block.AsSpan(4));
        long records = BinaryPrimitives.ReadInt64LittleEndian(_block.AsSpan(8));
        if (recordBytes is < 1 or > BlockWriter.BlockBytes || records is < 1 || records > BlockWriter.BlockBytes / recordBytes)
            throw Bad($"block {_blocks} is damaged");
        int length = (int)records * recordBytes;
        Fill(BlockWriter.HeadBytes, length);
        Span<byte> block = _block.AsSpan(0, BlockWriter.HeadBytes + length);
        if (BinaryPrimitives.ReadUInt64LittleEndian(block[16..]) != BlockWriter.Checksum(block, _blocks))
            throw Bad($"the checksum of block {_blocks} does not match; it is damaged");
        payload = block[BlockWriter.HeadBytes..];
        if (kind != BlockKind.End)
        {
            _blocks++;
            return true;
        }
        if (MemoryMarshal.Read<long>(payload) != _blocks || _stream.Position != _stream.Length)
            throw Bad("it does not end where it should");
        return false;
    }

    /// <summary>Reads all the rest, to see whether it is whole.</summary>
    public static void Verify(string path, ReadOnlySpan<byte> magic)
    {
        using var reader = new BlockReader(path, magic);
        while (reader.Next(out _, out _, out _)) { }
    }

    private void Fill(int from, int count)
    {
        if (_stream.ReadAtLeast(_block.AsSpan(from, count), count, throwOnEndOfStream: false) < count)
            throw Bad($"it was cut short after block {_blocks}");
    }

    public VlpsException Bad(string why) => new(VlpsProblem.BadFile, $"'{Path.GetFileName(_path)}' cannot be read: {why}");

    public void Dispose() => _stream.Dispose();
}

/// <summary>What the header of every file of blocks has.</summary>
public record BlockHeader
{
    public required int Version { get; init; }
}
