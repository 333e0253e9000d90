using Microsoft.Extensions.Options;
using MLPlatform.Core.Deployments;
using MLPlatform.Core.Triggers;
using MLPlatform.Server.Deployments;

namespace MLPlatform.Server.Triggers;

/// <summary>The feedback on deployments: from memory as far as that goes back, else from the logs.</summary>
internal sealed class FeedbackSource(IDeploymentStore deployments, ServingSources sources, ServingWindows windows, IOptions<ServingOptions> options) : IFeedbackSource
{
    public async Task<bool> IsKeptHereAsync(string deployment, CancellationToken cancel) =>
        await deployments.FindAsync(deployment, cancel) is null || await sources.IsKeptHereAsync(deployment, cancel);

    public async Task<FeedbackSeries?> FindAsync(string deployment, TimeSpan back, CancellationToken cancel)
    {
        if (await deployments.FindAsync(deployment, cancel) is not { } found)
            return null;
        return back <= options.Value.FeedbackWindow
            ? await windows.WithAsync(found, window => window.Series())
            : await windows.ReadSeriesAsync(found, back);
    }
}
