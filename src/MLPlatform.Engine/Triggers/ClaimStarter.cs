using System.Text.Json;
using Microsoft.Extensions.Logging;
using MLPlatform.Core.Access;
using MLPlatform.Core.Plans;
using MLPlatform.Core.Triggers;
using MLPlatform.Engine.Runs;

namespace MLPlatform.Engine.Triggers;

/// <summary>Starts the runs of this replica's claims.</summary>
internal sealed partial class ClaimStarter(
    ITriggerStore triggers, IAccessStore access, TriggerReplica replica, TimeProvider time, ILogger<ClaimStarter> log)
{
    /// <summary>Starts one claim's run; a run that cannot be planned drops the claim with the reason.</summary>
    public async Task StartAsync(ShelvedPipeline pipeline, TriggerClaim claim, CancellationToken cancel)
    {
        (RunPlan? plan, string? problem) = TriggeredPlan.Of(pipeline, claim);
        if (plan is null)
        {
            await DropAsync(claim, problem!, cancel).ConfigureAwait(false);
            return;
        }
        // A replica that lost its lease since the claims were read has lost its claims too.
        if (await triggers.FindAsync(claim.Trigger, claim.Instant, cancel).ConfigureAwait(false) is { Dropped: null } current
            && current.Owner == replica.Name())
        {
            await replica.StartRun(new RunRequest(plan, claim.FactsJson, claim.LogicalDate, claim.Run), cancel).ConfigureAwait(false);
            LogStarted(log, claim.Run.ToString(), claim.Trigger, claim.Instant);
        }
    }

    /// <summary>Records that a claim will start no run, in its history and in the audit trail.</summary>
    public async Task DropAsync(TriggerClaim claim, string reason, CancellationToken cancel)
    {
        if (!await triggers.DropAsync(claim.Trigger, claim.Instant, reason, cancel).ConfigureAwait(false))
            return;
        LogDropped(log, claim.Trigger, claim.Instant, reason);
        string detail = JsonSerializer.Serialize(new { instant = claim.Instant, reason }, JsonSerializerOptions.Web);
        await access.AuditAsync(new AuditEntry(0, time.GetUtcNow(), "trigger", "trigger.drop", claim.Trigger, detail), cancel).ConfigureAwait(false);
    }

    [LoggerMessage(3021, LogLevel.Information, "Run {Run} started by {Trigger} for {Instant}")]
    private static partial void LogStarted(ILogger logger, string run, string trigger, string instant);

    [LoggerMessage(3022, LogLevel.Error, "Trigger {Trigger} starts no run for {Instant}: {Reason}")]
    private static partial void LogDropped(ILogger logger, string trigger, string instant, string reason);
}
