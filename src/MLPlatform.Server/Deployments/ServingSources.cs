using MLPlatform.Core.Bees;
using MLPlatform.Storage.Bees;

namespace MLPlatform.Server.Deployments;

/// <summary>The sources that serving writes, ordinary sources to pipelines. One home keeps both of a deployment.</summary>
internal sealed class ServingSources(ISourceStore sources, LandingLogs logs)
{
    private const string Impressions = "impressions.";

    public static string ImpressionsOf(string deployment) => Impressions + deployment;

    public static string FeedbackOf(string deployment) => "feedback." + deployment;

    /// <summary>The deployment whose impressions a source holds, or null.</summary>
    public static string? DeploymentOf(string source) => source.StartsWith(Impressions, StringComparison.Ordinal) ? source[Impressions.Length..] : null;

    /// <summary>
    /// Whether this home keeps what a deployment answers and hears; the first that asks does. Who keeps the impressions keeps the
    /// feedback, so that they can be joined.
    /// </summary>
    public async Task<bool> IsKeptHereAsync(string deployment, CancellationToken cancel)
    {
        while (true)
        {
            await EnsureAsync(ImpressionsOf(deployment), $"What the deployment {deployment} answered.", cancel);
            if (await logs.IsKeptHereAsync(ImpressionsOf(deployment), cancel) is not { } here)
                continue; // It was taken off the list this moment.
            if (here)
                await EnsureAsync(FeedbackOf(deployment), $"Feedback on what the deployment {deployment} answered.", cancel);
            return here;
        }
    }

    /// <summary>Registers a source where it is not there, for people to change as they like.</summary>
    private async Task EnsureAsync(string name, string description, CancellationToken cancel)
    {
        if (await sources.FindAsync(name, cancel) is null)
            await sources.PutAsync(new SourceDefinition { Name = name, Description = description }, "serving", cancel);
    }
}
