using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using System.Threading.Channels;

namespace MLPlatform.Executors.Process.Protocol;

/// <summary>One JSON object a line over a stream, both ways. What is sent together goes out in one write.</summary>
internal sealed class JsonLines<TIn, TOut>(Stream stream, JsonTypeInfo<TIn> reads, JsonTypeInfo<TOut> writes)
    where TIn : class
    where TOut : class
{
    private const int BatchBytes = 64 * 1024;
    private readonly Channel<byte[]> _outgoing = Channel.CreateUnbounded<byte[]>(new() { SingleReader = true });

    /// <summary>Queues a message; it is dropped if the stream has ended.</summary>
    public void Send(TOut message)
    {
        byte[] json = JsonSerializer.SerializeToUtf8Bytes(message, writes);
        _outgoing.Writer.TryWrite([.. json, (byte)'\n']);
    }

    /// <summary>No more is sent; what is queued still goes out.</summary>
    public void Complete() => _outgoing.Writer.TryComplete();

    /// <summary>Writes what is queued until <see cref="Complete"/> or an error of the stream.</summary>
    public async Task WriteAllAsync(CancellationToken cancel)
    {
        var batch = new MemoryStream();
        while (await _outgoing.Reader.WaitToReadAsync(cancel))
        {
            batch.SetLength(0);
            while (batch.Length < BatchBytes && _outgoing.Reader.TryRead(out byte[]? line))
                batch.Write(line);
            await stream.WriteAsync(batch.GetBuffer().AsMemory(0, (int)batch.Length), cancel);
            await stream.FlushAsync(cancel);
        }
    }

    /// <summary>The messages that come in, until the other side ends.</summary>
    public async IAsyncEnumerable<TIn> ReadAllAsync([System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancel)
    {
        using var reader = new StreamReader(stream, leaveOpen: true);
        while (await reader.ReadLineAsync(cancel) is string line)
        {
            if (JsonSerializer.Deserialize(line, reads) is TIn message)
                yield return message;
        }
    }
}
