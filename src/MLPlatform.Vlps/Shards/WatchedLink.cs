using System.Threading.Channels;

namespace MLPlatform.Vlps.Shards;

/// <summary>A link that is read all the time, so that its end is noticed also while the worker waits for another one.</summary>
internal sealed class WatchedLink : IShardLink
{
    private readonly Channel<ShardMessage> _messages = Channel.CreateUnbounded<ShardMessage>(new UnboundedChannelOptions { SingleReader = true, SingleWriter = true });
    private readonly CancellationTokenSource _closed = new();
    private readonly IShardLink _link;
    private readonly LinkWatch _watch;
    private readonly Task _reading;

    public WatchedLink(IShardLink link, LinkWatch watch)
    {
        (_link, _watch) = (link, watch);
        watch.Add(this);
        _reading = Task.Run(ReadAsync);
    }

    /// <summary>What ended it; null while it lasts, and where it ended after its last word.</summary>
    public Exception? Lost { get; private set; }

    public async ValueTask SendAsync(ShardMessage message, CancellationToken cancel)
    {
        _watch.ThrowIfOver();
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancel, _watch.Over);
        try
        {
            await _link.SendAsync(message, either.Token);
        }
        catch (Exception) when (_watch.Over.IsCancellationRequested && !cancel.IsCancellationRequested)
        {
            _watch.ThrowIfOver();
            throw;
        }
    }

    /// <summary>The next message. What has come is given out though another link is lost: it may be all that a step needs.</summary>
    public async ValueTask<ShardMessage> ReceiveAsync(CancellationToken cancel)
    {
        if (_messages.Reader.TryRead(out ShardMessage? here))
            return here;
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancel, _watch.Over);
        try
        {
            while (await _messages.Reader.WaitToReadAsync(either.Token))
            {
                if (_messages.Reader.TryRead(out ShardMessage? message))
                    return message;
            }
        }
        catch (OperationCanceledException) when (_watch.Over.IsCancellationRequested && !cancel.IsCancellationRequested)
        {
            _watch.ThrowIfOver();
            throw;
        }
        throw new ShardLostException("a shard had said its last word");
    }

    private async Task ReadAsync()
    {
        try
        {
            MessageKind last;
            do
            {
                ShardMessage message = await _link.ReceiveAsync(_closed.Token);
                last = message.Kind;
                if (last == MessageKind.Refused)
                {
                    using (message)
                        throw WorkerLinks.Unexpected(message);
                }
                _messages.Writer.TryWrite(message);
            }
            while (last != MessageKind.Finished);
            _messages.Writer.TryComplete();
        }
        catch (Exception why)
        {
            // Whatever it is, whoever waits for a message throws it.
            Lost = why;
            _messages.Writer.TryComplete(why);
            _watch.Lost(this);
        }
    }

    public async ValueTask DisposeAsync()
    {
        _watch.Remove(this);
        await _closed.CancelAsync();
        await _link.DisposeAsync();
        await _reading;
        while (_messages.Reader.TryRead(out ShardMessage? message))
            message.Dispose();
        _closed.Dispose();
    }
}
