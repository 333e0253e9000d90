using System.Buffers.Binary;

namespace MLPlatform.Core.Workspaces;

/// <summary>Takes note of a text message; of a long one its beginning.</summary>
public delegate void TextHeard(ReadOnlySpan<byte> message);

/// <summary>
/// Follows the frames of a WebSocket in one direction, byte by byte as they pass: tells messages from the heartbeat that every
/// open page keeps up, and lets text messages be heard.
/// </summary>
/// <param name="heard">Told of each text message once its last byte has passed; null: nobody listens.</param>
/// <param name="most">Bytes of a message that are kept for it.</param>
public sealed class SocketFrames(TextHeard? heard = null, int most = 0)
{
    private readonly byte[] _header = new byte[14];
    private readonly byte[] _key = new byte[4];
    private int _read;
    private ulong _payload;
    private ulong _passed; // Of the frame's payload.
    private bool _isText; // The message that is on its way; control frames may come between its frames.
    private MemoryStream? _kept;

    /// <summary>True if a frame of data (text, binary or the continuation of one) began in these bytes.</summary>
    public bool Pass(ReadOnlySpan<byte> bytes)
    {
        bool data = false;
        while (bytes.Length > 0)
        {
            if (_payload > 0)
            {
                int part = (int)Math.Min(_payload, (ulong)bytes.Length);
                if (IsData && _isText)
                    Keep(bytes[..part]);
                _payload -= (ulong)part;
                _passed += (ulong)part;
                bytes = bytes[part..];
                if (_payload == 0)
                    End();
                continue;
            }
            _header[_read++] = bytes[0];
            bytes = bytes[1..];
            if (_read < HeaderLength())
                continue;
            data |= IsData;
            Begin();
        }
        return data;
    }

    // 0 to 2 carry data, 8 and above keep the connection.
    private bool IsData => (_header[0] & 0x0f) <= 2;

    private void Begin()
    {
        int length = HeaderLength();
        if ((_header[1] & 0x80) != 0)
            _header.AsSpan(length - 4, 4).CopyTo(_key);
        else
            _key.AsSpan().Clear();
        // A compressed one has another bit set, and is not text to us.
        if (IsData && (_header[0] & 0x0f) != 0)
            _isText = heard is not null && (_header[0] & 0x7f) == 1;
        _payload = PayloadLength();
        (_read, _passed) = (0, 0);
        if (_payload == 0)
            End();
    }

    private void Keep(ReadOnlySpan<byte> part)
    {
        _kept ??= new MemoryStream();
        int keep = (int)Math.Min(part.Length, most - _kept.Length);
        for (int i = 0; i < keep; i++)
            _kept.WriteByte((byte)(part[i] ^ _key[(int)((_passed + (ulong)i) % 4)]));
    }

    private void End()
    {
        bool last = (_header[0] & 0x80) != 0;
        if (!IsData || !last || !_isText)
            return;
        _isText = false;
        heard!(_kept is null ? [] : _kept.GetBuffer().AsSpan(0, (int)_kept.Length));
        _kept = null;
    }

    private int HeaderLength() => _read < 2 ? 2 : 2 + ((_header[1] & 0x7f) switch { 126 => 2, 127 => 8, _ => 0 }) + ((_header[1] & 0x80) != 0 ? 4 : 0);

    private ulong PayloadLength() => (_header[1] & 0x7f) switch
    {
        126 => BinaryPrimitives.ReadUInt16BigEndian(_header.AsSpan(2)),
        127 => BinaryPrimitives.ReadUInt64BigEndian(_header.AsSpan(2)),
        int length => (ulong)length,
    };
}
