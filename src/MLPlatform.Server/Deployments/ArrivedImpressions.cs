using System.Data.Common;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Bees;
using MLPlatform.Core.Deployments;

namespace MLPlatform.Server.Deployments;

/// <summary>Counts impressions that other processes logged (<c>mlp serve-model</c>, other servers) when the collector has them.</summary>
internal sealed partial class ArrivedImpressions(IDeploymentStore deployments, ServingWindows windows, ILogger<ArrivedImpressions> log)
{
    /// <param name="batches">Durable in the source's log; those that came before count once.</param>
    public async Task CountAsync(string source, IReadOnlyList<Batch> batches)
    {
        if (batches.Count == 0 || ServingSources.DeploymentOf(source) is not { } name)
            return;
        try
        {
            if (await deployments.FindAsync(name, CancellationToken.None) is { } deployment)
                await windows.ShowAsync(deployment, batches);
        }
        catch (Exception e) when (e is ActivityException or DbException)
        {
            LogLater(log, name, e.Message); // They are kept; figures are made again from the log.
        }
    }

    [LoggerMessage(7033, LogLevel.Warning, "Impressions of {Deployment} that arrived are not in its figures before the next start: {Why}")]
    private static partial void LogLater(ILogger log, string deployment, string why);
}
