using System.CommandLine;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using MLPlatform.Vlps.Shards;

namespace MLPlatform.Cli.Vlps.Shards;

/// <summary><c>mlp vlps ps</c>: a shard of a training, until it is stopped.</summary>
internal static class PsCommand
{
    private static readonly Option<string?> Checkpoints = new("--checkpoints") { Description = "Folder of checkpoints, the same for all. Default: $MLP_CHECKPOINT_DIR." };

    public static Command Create()
    {
        Command command = new("ps", "Hold one shard of a training's rows: a role of train.distributed.") { Checkpoints };
        command.SetAction(async (parsed, cancel) =>
        {
            ShardCluster cluster = ShardCluster.Read();
            if (cluster.Role != "ps" || cluster.Index >= cluster.Shards.Count)
                throw CliException.Usage("CLI-001", $"TF_CONFIG says that this is {cluster.Role} {cluster.Index}, and not one of {cluster.Shards.Count} ps", "start it as the role ps");
            using ShardNode node = new(new ShardFolder(ShardCluster.Checkpoints(parsed.GetValue(Checkpoints))), cluster.Index, Console.Out.WriteLine);
            await using WebApplication app = Host(new ShardHost(node, ShardWire.Secret(), Console.Out.WriteLine), cluster.Shards[cluster.Index]);
            await app.StartAsync(cancel);
            Console.Out.WriteLine($"shard {cluster.Index} listens at {cluster.Shards[cluster.Index]}");
            await app.WaitForShutdownAsync(cancel);
            return ExitCode.Done;
        });
        return command;
    }

    internal static WebApplication Host(ShardHost host, string address)
    {
        int colon = address.LastIndexOf(':');
        if (colon < 0 || !int.TryParse(address[(colon + 1)..], out int port) || port is < 0 or > 65535)
            throw CliException.Usage("CLI-001", $"'{address}' is no address of a shard", "HOST:PORT");
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            // Another machine's workers reach a shard by its name; then it listens on all of its addresses.
            kestrel.Listen(address[..colon] is "127.0.0.1" or "localhost" ? IPAddress.Loopback : IPAddress.Any, port, listen => listen.Protocols = HttpProtocols.Http2);
            kestrel.Limits.MaxRequestBodySize = null;
            kestrel.Limits.MinRequestBodyDataRate = null;
            kestrel.Limits.MinResponseDataRate = null;
            kestrel.Limits.Http2.InitialStreamWindowSize = ShardWire.Window;
            kestrel.Limits.Http2.InitialConnectionWindowSize = 2 * ShardWire.Window;
            kestrel.Limits.Http2.KeepAlivePingDelay = TimeSpan.FromSeconds(10);
            kestrel.Limits.Http2.KeepAlivePingTimeout = TimeSpan.FromSeconds(10);
        });
        builder.Services.AddGrpc(grpc =>
        {
            grpc.MaxReceiveMessageSize = ShardMessage.MaxBytes;
            grpc.MaxSendMessageSize = ShardMessage.MaxBytes;
        });
        builder.Services.AddSingleton(host);
        // Workers that are stopped with it need no goodbye.
        builder.Services.Configure<HostOptions>(options => options.ShutdownTimeout = TimeSpan.FromSeconds(1));
        WebApplication app = builder.Build();
        app.MapGrpcService<ShardService>();
        return app;
    }
}
