using MLPlatform.Core.Workspaces;

namespace MLPlatform.Server.Workspaces;

/// <summary>A WebSocket's bytes on their way, the client's messages noticed.</summary>
internal sealed class FollowedStream : Stream
{
    private readonly Stream _inner;
    private readonly WorkspaceTraffic.Seen _seen;
    private readonly Action _noted;
    private readonly ClientFrames _frames = new();
    private int _closed;

    public FollowedStream(Stream inner, WorkspaceTraffic.Seen seen, Action noted)
    {
        (_inner, _seen, _noted) = (inner, seen, noted);
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
        if (_frames.Pass(buffer.Span[..read]))
            _noted();
        return read;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) => _inner.WriteAsync(buffer, cancellationToken);

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => _inner.WriteAsync(buffer, offset, count, cancellationToken);

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
