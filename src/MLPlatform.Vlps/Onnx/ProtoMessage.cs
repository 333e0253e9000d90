using System.Text;

namespace MLPlatform.Vlps.Onnx;

/// <summary>A protobuf message to be written, field after field by number. Bytes are kept as they were given, not copied.</summary>
internal sealed class ProtoMessage
{
    private readonly List<ReadOnlyMemory<byte>> _pieces = [];

    /// <summary>Bytes of the message.</summary>
    public long Length { get; private set; }

    /// <summary>The bytes, in order.</summary>
    public IReadOnlyList<ReadOnlyMemory<byte>> Pieces => _pieces;

    public ProtoMessage Number(int field, long value) => Add([.. Varint((ulong)field << 3), .. Varint((ulong)value)]);

    public ProtoMessage Text(int field, string text) => Bytes(field, Encoding.UTF8.GetBytes(text));

    public ProtoMessage Bytes(int field, byte[] bytes) => Begin(field, bytes.Length).Add(bytes);

    public ProtoMessage Message(int field, ProtoMessage message)
    {
        Begin(field, message.Length);
        foreach (ReadOnlyMemory<byte> piece in message._pieces)
            Add(piece);
        return this;
    }

    private ProtoMessage Begin(int field, long length) => Add([.. Varint(((ulong)field << 3) | 2), .. Varint((ulong)length)]);

    private ProtoMessage Add(byte[] piece) => Add((ReadOnlyMemory<byte>)piece);

    private ProtoMessage Add(ReadOnlyMemory<byte> piece)
    {
        _pieces.Add(piece);
        Length += piece.Length;
        return this;
    }

    private static List<byte> Varint(ulong value)
    {
        List<byte> bytes = [];
        for (; value >= 0x80; value >>= 7)
            bytes.Add((byte)(value | 0x80));
        bytes.Add((byte)value);
        return bytes;
    }
}
