using MLPlatform.Core.Workspaces;

namespace MLPlatform.Server.Workspaces;

/// <summary>A WebSocket's bytes on their way: the client's messages are noticed, and so is what it and a kernel tell each other.</summary>
internal sealed class FollowedStream : Stream
{
    private readonly Stream _inner;
    private readonly WorkspaceTraffic.Seen _seen;
    private readonly Action _noted;
    private readonly SocketFrames _asked;
    private readonly SocketFrames? _told;
    private int _closed;

    // Of what a kernel tells, the beginning says what it is; a page may say it after a long cell.
    private const int MostAsked = 1 << 20, MostTold = 16 << 10;

    /// <param name="kernel">Whose connection it is; null where it is no kernel's.</param>
    public FollowedStream(Stream inner, WorkspaceTraffic.Seen seen, KernelTalk? kernel, Action noted)
    {
        (_inner, _seen, _noted) = (inner, seen, noted);
        _asked = kernel is null ? new SocketFrames() : new SocketFrames(kernel.Asked, MostAsked);
        _told = kernel is null ? null : new SocketFrames(kernel.Told, MostTold);
        seen.Opened();
    }

    public override bool CanRead => true;

    public override bool CanWrite => true;

    public override bool CanSeek => false;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        int read = await _inner.ReadAsync(buffer, cancellationToken);
        if (_asked.Pass(buffer.Span[..read]))
            _noted();
        return read;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        _told?.Pass(buffer.Span);
        return _inner.WriteAsync(buffer, cancellationToken);
    }

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override Task FlushAsync(CancellationToken cancellationToken) => _inner.FlushAsync(cancellationToken);

    public override void Flush() => _inner.Flush();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing && Interlocked.Exchange(ref _closed, 1) == 0)
        {
            _seen.Closed();
            _inner.Dispose();
        }
        base.Dispose(disposing);
    }
}
