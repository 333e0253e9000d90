using Grpc.Core;
using Grpc.Net.Client;
using MLPlatform.Vlps;
using MLPlatform.Vlps.Shards;

namespace MLPlatform.Cli.Vlps.Shards;

/// <summary>A worker's link to a shard over gRPC.</summary>
internal sealed class GrpcLink : IShardLink
{
    private readonly string _address;
    private readonly GrpcChannel _channel;
    private readonly AsyncDuplexStreamingCall<ShardMessage, ShardMessage> _call;

    public GrpcLink(string address, string secret)
    {
        _address = address;
        SocketsHttpHandler handler = new()
        {
            ConnectTimeout = TimeSpan.FromSeconds(5),
            KeepAlivePingDelay = TimeSpan.FromSeconds(10),
            KeepAlivePingTimeout = TimeSpan.FromSeconds(10),
            InitialHttp2StreamWindowSize = ShardWire.Window,
            UseProxy = false,
        };
        _channel = GrpcChannel.ForAddress($"http://{address}", new GrpcChannelOptions
        {
            HttpHandler = handler,
            DisposeHttpClient = true,
            MaxReceiveMessageSize = ShardMessage.MaxBytes,
            MaxSendMessageSize = ShardMessage.MaxBytes,
        });
        Metadata headers = new() { { ShardWire.SecretHeader, $"Bearer {secret}" } };
        _call = _channel.CreateCallInvoker().AsyncDuplexStreamingCall(ShardWire.Link, null, new CallOptions(headers));
    }

    public async ValueTask SendAsync(ShardMessage message, CancellationToken cancel)
    {
        try
        {
            await _call.RequestStream.WriteAsync(message, cancel);
        }
        catch (Exception e) when (e is RpcException or IOException or InvalidOperationException)
        {
            throw Lost(e);
        }
    }

    public async ValueTask<ShardMessage> ReceiveAsync(CancellationToken cancel)
    {
        try
        {
            if (await _call.ResponseStream.MoveNext(cancel))
                return _call.ResponseStream.Current;
        }
        catch (RpcException e) when (e.StatusCode == StatusCode.Cancelled && cancel.IsCancellationRequested)
        {
            throw new OperationCanceledException("stopped", e, cancel);
        }
        catch (Exception e) when (e is RpcException or IOException)
        {
            throw Lost(e);
        }
        throw new ShardLostException($"the shard at {_address} ended the link");
    }

    private Exception Lost(Exception e) => e is RpcException { StatusCode: StatusCode.Unauthenticated } refused
        ? new VlpsException(VlpsProblem.Shard, $"the shard at {_address} refused this worker: {refused.Status.Detail}", e)
        : new ShardLostException($"the shard at {_address} is lost: {(e as RpcException)?.Status.Detail ?? e.Message}", e);

    public ValueTask DisposeAsync()
    {
        _call.Dispose();
        _channel.Dispose();
        return default;
    }
}
