using System.Security.Claims;
using System.Text.Json;
using Microsoft.Extensions.Options;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Deployments;
using MLPlatform.Core.Registry;
using MLPlatform.Server.Access;

namespace MLPlatform.Server.Deployments;

/// <summary>Promotes and gives up by the deployments' policies.</summary>
internal sealed partial class PolicyCycle(
    IDeploymentStore store, IModelRegistry registry, ServingSources sources, ServingWindows windows, ServingTable table, PolicyWaits waits, Audit audit, TimeProvider time, ILogger<PolicyCycle> log)
{
    private const string By = "policy";

    public async Task RunOnceAsync(CancellationToken cancel)
    {
        foreach (Deployment deployment in await store.ListAsync(cancel))
        {
            if (deployment.Spec.Policy is { } policy && await sources.IsKeptHereAsync(deployment.Name, cancel)) // Who keeps the logs has the figures.
                await RunAsync(deployment, policy, cancel);
        }
    }

    private async Task RunAsync(Deployment deployment, PromotionPolicy policy, CancellationToken cancel)
    {
        // 1. See what the versions did since the deployment was changed last.
        DateTimeOffset now = time.GetUtcNow();
        IReadOnlyList<VersionFigures> figures = await windows.FiguresAsync(deployment, deployment.ChangedAt);
        // 2. Decide.
        (DeploymentChange? change, string why) = PolicyDecision.Decide(deployment.Spec, policy, figures, deployment.ChangedAt, now) switch
        {
            PolicyDecision.Promote promote => (new DeploymentChange.Promote(promote.Version), promote.Why),
            PolicyDecision.RollBack back => (new DeploymentChange.RollBack(), back.Why),
            PolicyDecision.Wait wait => ((DeploymentChange?)null, wait.Why),
            _ => throw new InvalidOperationException("a policy has no such decision"),
        };
        if (change is null)
        {
            waits.Tell(deployment, why);
            return;
        }
        // 3. Commit, with the figures it was decided by; unless somebody changed the deployment meanwhile.
        string json = JsonSerializer.Serialize(figures, ActivityJson.Options);
        if (await new DeploymentDesk(store, registry).ChangeAsync(new ChangeRequest(deployment.Name, change, By, why, json) { OnlyAt = deployment.Revision }, cancel)
            is not ChangeOutcome.Done { IsNew: true } done)
            return;
        LogDecided(log, deployment.Name, change.Action, done.Deployment.Revision, why);
        await audit.WriteAsync(new ClaimsPrincipal(new ClaimsIdentity([new Claim(ClaimTypes.Name, By)], By)), "deployment." + change.Action, deployment.Name,
            new { done.Deployment.Revision, reason = why }, cancel);
        await table.RefreshAsync(deployment.Name, cancel);
    }

    [LoggerMessage(7020, LogLevel.Information, "The policy of {Deployment}: {Action}, revision {Revision}: {Why}")]
    private static partial void LogDecided(ILogger log, string deployment, string action, int revision, string why);
}

/// <summary>Looks at the policies again and again.</summary>
internal sealed partial class PolicyLoop(PolicyCycle cycle, IOptions<ServingOptions> options, TimeProvider time, ILogger<PolicyLoop> log) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using PeriodicTimer timer = new(options.Value.PolicyPause, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                await cycle.RunOnceAsync(stoppingToken);
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
            {
                LogTrouble(log, e.Message); // The next look decides.
            }
        }
    }

    [LoggerMessage(7021, LogLevel.Error, "Policies of deployments could not be looked at: {Why}")]
    private static partial void LogTrouble(ILogger log, string why);
}
