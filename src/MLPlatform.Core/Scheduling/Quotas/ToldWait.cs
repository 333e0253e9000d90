using MLPlatform.Core.Runs;
using MLPlatform.Core.Scheduling.Admission;

namespace MLPlatform.Core.Scheduling.Quotas;

/// <summary>Why an activity waits, as the server that looks after its run tells the others.</summary>
public sealed record ToldWait(Guid Run, int Node, WaitCause Cause, string What, string Release, DateTimeOffset? Earliest)
{
    public static ToldWait Of(RunId run, int node, WaitReason why) => new(run.Value, node, why.Cause, why.What, why.Release, why.Earliest);

    public WaitReason ToReason() => new(Cause, What, Release, Earliest);
}
