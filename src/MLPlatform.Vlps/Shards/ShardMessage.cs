using System.Buffers;
using System.Runtime.InteropServices;

namespace MLPlatform.Vlps.Shards;

/// <summary>What a message between a worker and a shard is.</summary>
internal enum MessageKind : byte
{
    None,

    /// <summary>From rank 0: a generation begins at a checkpoint.</summary>
    Begin,

    /// <summary>From the other workers: tell me of the generation.</summary>
    Join,

    /// <summary>To both: generation and step.</summary>
    Joined,

    /// <summary>To rank 0: a later generation is known.</summary>
    Stale,

    /// <summary>The ids of a batch, with the step that their rows must know.</summary>
    Pull,

    /// <summary>Their rows.</summary>
    Rows,

    /// <summary>The gradients of a batch: those of its rows, and the shard's piece of the dense ones.</summary>
    Push,

    /// <summary>The piece summed over all workers.</summary>
    Reduced,

    /// <summary>Numbers to sum before the first step.</summary>
    Sum,

    /// <summary>From rank 0, then to everybody: the training is over and saved.</summary>
    Finished,

    /// <summary>To a worker: what kind of thing is wrong, and in words for a person.</summary>
    Refused,
}

/// <summary>A message as bytes, in memory that is used again. Whoever reads it last disposes it.</summary>
public sealed class ShardMessage : IDisposable
{
    /// <summary>The largest message: more is no honest batch.</summary>
    public const int MaxBytes = 1 << 30;

    private byte[] _bytes;

    /// <param name="capacity">Bytes that there is room for at first.</param>
    public ShardMessage(int capacity = 256) => _bytes = ArrayPool<byte>.Shared.Rent(capacity);

    /// <summary>Bytes written so far.</summary>
    public int Length { get; private set; }

    public ReadOnlySpan<byte> Bytes => _bytes.AsSpan(0, Length);

    internal ReadOnlyMemory<byte> Memory => _bytes.AsMemory(0, Length);

    internal MessageKind Kind => Length == 0 ? MessageKind.None : (MessageKind)_bytes[0];

    internal static ShardMessage Of(MessageKind kind, int capacity = 256)
    {
        var message = new ShardMessage(capacity + 16);
        message.Write((byte)kind);
        return message;
    }

    internal ShardMessage Copy()
    {
        var copy = new ShardMessage(Length);
        Bytes.CopyTo(copy.Next(Length));
        return copy;
    }

    /// <summary>Where to write the next bytes.</summary>
    public Span<byte> Next(int bytes)
    {
        if (bytes > _bytes.Length - Length)
        {
            byte[] larger = ArrayPool<byte>.Shared.Rent((int)Math.Min(Array.MaxLength, Math.Max((long)Length + bytes, 2L * _bytes.Length)));
            Bytes.CopyTo(larger);
            ArrayPool<byte>.Shared.Return(_bytes);
            _bytes = larger;
        }
        Span<byte> next = _bytes.AsSpan(Length, bytes);
        Length += bytes;
        return next;
    }

    internal void Write<T>(T value)
        where T : unmanaged => MemoryMarshal.Write(Next(System.Runtime.CompilerServices.Unsafe.SizeOf<T>()), in value);

    internal void WriteAll<T>(ReadOnlySpan<T> values)
        where T : unmanaged => MemoryMarshal.AsBytes(values).CopyTo(Next(values.Length * System.Runtime.CompilerServices.Unsafe.SizeOf<T>()));

    /// <summary>Reads from behind the kind on.</summary>
    internal MessageReader Read() => new(Bytes[1..]);

    public void Dispose()
    {
        ArrayPool<byte>.Shared.Return(_bytes);
        (_bytes, Length) = ([], 0);
    }
}

/// <summary>Reads a message from its beginning to its end; one that is too short throws.</summary>
internal ref struct MessageReader(ReadOnlySpan<byte> bytes)
{
    private ReadOnlySpan<byte> _left = bytes;

    public readonly ReadOnlySpan<byte> Rest => _left;

    public T Next<T>()
        where T : unmanaged
    {
        T value = MemoryMarshal.Read<T>(_left);
        _left = _left[System.Runtime.CompilerServices.Unsafe.SizeOf<T>()..];
        return value;
    }

    public ReadOnlySpan<byte> Take(int bytes)
    {
        ReadOnlySpan<byte> taken = _left[..bytes];
        _left = _left[bytes..];
        return taken;
    }

    public void CopyTo<T>(Span<T> values)
        where T : unmanaged => Take(values.Length * System.Runtime.CompilerServices.Unsafe.SizeOf<T>()).CopyTo(MemoryMarshal.AsBytes(values));
}
