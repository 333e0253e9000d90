using System.Security.Claims;
using MLPlatform.Core.Experiments;
using MLPlatform.Core.Runs;
using MLPlatform.Server.Access;

namespace MLPlatform.Server.Experiments;

/// <summary>What an attempt may track: its own run, and the runs that it makes. People with a token of their own may track all.</summary>
internal sealed class RunScope(ITrackedRunStore runs)
{
    /// <summary>The attempt that asks, or null for a person.</summary>
    public static AttemptId? MayCreate(ClaimsPrincipal user) => user.Attempt;

    public async Task MayChangeAsync(ClaimsPrincipal user, string run, CancellationToken cancel)
    {
        if (user.Attempt is not { } attempt || run == attempt.ToString())
            return;
        TrackedRun found = await runs.FindAsync(run, cancel) ?? throw TrackingException.NoRun(run);
        if (found.Attempt != attempt)
            throw Forbidden($"The attempt {attempt} may log to its own run and to runs that it made; '{run}' is neither.");
    }

    /// <summary>Refuses attempts: what they log to is theirs, what holds the logs of all is not.</summary>
    public static void MayManage(ClaimsPrincipal user, string what)
    {
        if (user.Attempt is { } attempt)
            throw Forbidden($"The attempt {attempt} may log runs, but it may not change the {what}.");
    }

    private static TrackingException Forbidden(string message) => new(TrackingRefusal.Forbidden, "TRACK-011", message);
}
