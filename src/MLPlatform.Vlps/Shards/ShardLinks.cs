using System.Threading.Channels;

namespace MLPlatform.Vlps.Shards;

/// <summary>A worker's link to a shard: messages in order, both ways, until it breaks.</summary>
public interface IShardLink : IAsyncDisposable
{
    /// <summary>Sends a message and disposes it.</summary>
    ValueTask SendAsync(ShardMessage message, CancellationToken cancel);

    /// <summary>The next message; throws <see cref="ShardLostException"/> when there is none any more.</summary>
    ValueTask<ShardMessage> ReceiveAsync(CancellationToken cancel);
}

/// <summary>A shard cannot be reached, or its link ended: an ordinary thing, after which all begin again at the last checkpoint.</summary>
public sealed class ShardLostException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>A link to a shard in the same process.</summary>
public sealed class DirectLink : IShardLink
{
    private readonly Channel<ShardMessage> _replies = Channel.CreateUnbounded<ShardMessage>(new UnboundedChannelOptions { SingleReader = true });
    private readonly ShardSession _session;
    private readonly string _name;
    private volatile bool _ended;

    public DirectLink(ShardNode node, string name)
    {
        _name = name;
        _session = node.Open(m => _replies.Writer.TryWrite(m), End);
    }

    /// <summary>Breaks the link, as a lost process does.</summary>
    public void End()
    {
        _ended = true;
        _replies.Writer.TryComplete();
    }

    public ValueTask SendAsync(ShardMessage message, CancellationToken cancel)
    {
        if (_ended)
            throw new ShardLostException($"{_name} ended the link");
        _session.Receive(message);
        return default;
    }

    public async ValueTask<ShardMessage> ReceiveAsync(CancellationToken cancel)
    {
        try
        {
            return await _replies.Reader.ReadAsync(cancel);
        }
        catch (ChannelClosedException e)
        {
            throw new ShardLostException($"{_name} ended the link", e);
        }
    }

    public ValueTask DisposeAsync()
    {
        End();
        _session.Closed();
        return default;
    }
}
