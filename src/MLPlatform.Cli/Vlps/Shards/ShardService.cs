using System.Threading.Channels;
using Grpc.Core;
using MLPlatform.Vlps.Shards;

namespace MLPlatform.Cli.Vlps.Shards;

/// <summary>What a shard's process serves.</summary>
internal sealed record ShardHost(ShardNode Node, string Secret, Action<string> Say);

/// <summary>What gRPC looks for by reflection: a method to override, named as <see cref="ShardWire.Link"/> is.</summary>
[BindServiceMethod(typeof(ShardServiceBase), nameof(Bind))]
internal abstract class ShardServiceBase
{
    public static void Bind(ServiceBinderBase binder, ShardServiceBase? service) =>
        binder.AddMethod(ShardWire.Link, service is null ? null : new DuplexStreamingServerMethod<ShardMessage, ShardMessage>(service.Link));

    public abstract Task Link(IAsyncStreamReader<ShardMessage> requests, IServerStreamWriter<ShardMessage> responses, ServerCallContext context);
}

/// <summary>The stream of one worker, served.</summary>
internal sealed class ShardService(ShardHost host) : ShardServiceBase
{
    public override async Task Link(IAsyncStreamReader<ShardMessage> requests, IServerStreamWriter<ShardMessage> responses, ServerCallContext context)
    {
        if (!ShardWire.IsKnown(context.RequestHeaders.GetValue(ShardWire.SecretHeader), host.Secret))
            throw new RpcException(new Status(StatusCode.Unauthenticated, $"the secret in {ShardWire.SecretVariable} is another one"));
        Channel<ShardMessage> replies = Channel.CreateUnbounded<ShardMessage>(new UnboundedChannelOptions { SingleReader = true });
        using CancellationTokenSource over = CancellationTokenSource.CreateLinkedTokenSource(context.CancellationToken);
        ShardSession session = host.Node.Open(m => replies.Writer.TryWrite(m), () => replies.Writer.TryComplete());
        Task writing = WriteAsync(replies.Reader, responses, over);
        try
        {
            while (await requests.MoveNext(over.Token))
                session.Receive(requests.Current);
        }
        catch (Exception e) when (e is OperationCanceledException or IOException || (e is RpcException && over.IsCancellationRequested))
        {
            // The worker is gone, or the generation is over: the session's end says so to the node.
            host.Say($"a link ended: {e.Message}");
        }
        catch (Exception e) when (e is InvalidDataException or ArgumentException)
        {
            host.Say($"a worker sent what cannot be read: {e.Message}");
        }
        finally
        {
            session.Closed();
            replies.Writer.TryComplete();
            await writing;
        }
    }

    private static async Task WriteAsync(ChannelReader<ShardMessage> replies, IServerStreamWriter<ShardMessage> responses, CancellationTokenSource over)
    {
        try
        {
            await foreach (ShardMessage message in replies.ReadAllAsync(over.Token))
                await responses.WriteAsync(message, over.Token);
        }
        catch (Exception e) when (e is OperationCanceledException or IOException or InvalidOperationException or RpcException)
        {
            // The reading side ends as well and is told why.
            _ = e;
        }
        await over.CancelAsync();
    }
}
