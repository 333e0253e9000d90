using Microsoft.AspNetCore.Hosting.Server;
using MLPlatform.Core.Runs;
using MLPlatform.Server.Hosting;

namespace MLPlatform.Server.Experiments;

/// <summary>What makes a tracking client inside an attempt log to the attempt's own run, with nothing to set up.</summary>
internal sealed class TrackingVariables(IServer server, AttemptTokens tokens, IHostApplicationLifetime lifetime) : IAttemptVariables
{
    public Task Ready { get; } = Started(lifetime);

    public IReadOnlyDictionary<string, string> Of(AttemptOrder order) => new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["MLFLOW_TRACKING_URI"] = Reachable(Announce.AddressOf(server)),
        ["MLFLOW_TRACKING_TOKEN"] = tokens.Create(order.Id),
        ["MLFLOW_EXPERIMENT_NAME"] = order.Pipeline,
        ["MLFLOW_RUN_ID"] = order.Id.ToString(),
    };

    private static Task Started(IHostApplicationLifetime lifetime)
    {
        TaskCompletionSource started = new(TaskCreationOptions.RunContinuationsAsynchronously);
        lifetime.ApplicationStarted.Register(() => started.TrySetResult());
        return started.Task;
    }

    /// <summary>The address as programs of this machine write it: one that listens everywhere is reached on loopback.</summary>
    internal static string Reachable(string address)
    {
        UriBuilder uri = new(address.Replace("://+", "://0.0.0.0", StringComparison.Ordinal).Replace("://*", "://0.0.0.0", StringComparison.Ordinal));
        if (uri.Host is "0.0.0.0" or "[::]" or "::")
            uri.Host = "127.0.0.1";
        return uri.Uri.GetLeftPart(UriPartial.Authority);
    }
}
