using System.Data.Common;
using MLPlatform.Core.Deployments;

namespace MLPlatform.Server.Deployments;

/// <summary>Serves what runs of this server deploy as soon as it is durable, instead of at the next look.</summary>
internal sealed partial class ServingFollower(ServingTable table, DeploymentSignal signal, ILogger<ServingFollower> log) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken)
    {
        signal.Changed += Follow;
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken)
    {
        signal.Changed -= Follow;
        return Task.CompletedTask;
    }

    // What nobody asked for here yet is loaded when somebody does.
    private void Follow(string deployment)
    {
        if (table.Serving(deployment) is not null)
            _ = RefreshAsync(deployment);
    }

    private async Task RefreshAsync(string deployment)
    {
        try
        {
            await table.RefreshAsync(deployment, CancellationToken.None);
        }
        catch (Exception e) when (e is DbException or ObjectDisposedException)
        {
            LogLater(log, deployment, e.Message);
        }
    }

    [LoggerMessage(7004, LogLevel.Warning, "The change of {Deployment} could not be followed at once, and is at the next look: {Why}")]
    private static partial void LogLater(ILogger log, string deployment, string why);
}
