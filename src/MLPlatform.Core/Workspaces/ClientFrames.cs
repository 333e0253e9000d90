namespace MLPlatform.Core.Workspaces;

/// <summary>
/// Follows the frames of a WebSocket in one direction, byte by byte as they pass, and tells messages from the heartbeat that every
/// open page keeps up.
/// </summary>
public sealed class ClientFrames
{
    private readonly byte[] _header = new byte[14];
    private int _read;
    private ulong _payload;

    /// <summary>True if a frame of data (text, binary or the continuation of one) began in these bytes.</summary>
    public bool Pass(ReadOnlySpan<byte> bytes)
    {
        bool data = false;
        while (bytes.Length > 0)
        {
            if (_payload > 0)
            {
                int skipped = (int)Math.Min(_payload, (ulong)bytes.Length);
                _payload -= (ulong)skipped;
                bytes = bytes[skipped..];
                continue;
            }
            _header[_read++] = bytes[0];
            bytes = bytes[1..];
            if (_read < HeaderLength())
                continue;
            data |= (_header[0] & 0x0f) <= 2; // 0 to 2 carry data, 8 and above keep the connection.
            _payload = PayloadLength();
            _read = 0;
        }
        return data;
    }

    private int HeaderLength() => _read < 2 ? 2 : 2 + ((_header[1] & 0x7f) switch { 126 => 2, 127 => 8, _ => 0 }) + ((_header[1] & 0x80) != 0 ? 4 : 0);

    private ulong PayloadLength() => (_header[1] & 0x7f) switch
    {
        126 => System.Buffers.Binary.BinaryPrimitives.ReadUInt16BigEndian(_header.AsSpan(2)),
        127 => System.Buffers.Binary.BinaryPrimitives.ReadUInt64BigEndian(_header.AsSpan(2)),
        int length => (ulong)length,
    };
}
