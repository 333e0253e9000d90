namespace MLPlatform.Core.Runs;

/// <summary>Where a run is. Terminal: succeeded, failed, cancelled.</summary>
public enum RunStatus
{
    /// <summary>Nodes wait, run or are ready.</summary>
    Running,

    /// <summary>Nothing new is started; what runs goes on.</summary>
    Paused,

    /// <summary>Told to stop; attempts are being ended.</summary>
    Cancelling,
    Succeeded,
    Failed,
    Cancelled,
}

/// <summary>Where a node of a run is. Terminal: succeeded, cached, skipped, upstreamFailed, failed, cancelled.</summary>
public enum ActivityStatus
{
    /// <summary>Waits for nodes it depends on.</summary>
    Pending,

    /// <summary>Its inputs are being bound and looked up in the cache.</summary>
    Binding,

    /// <summary>Waits for resources.</summary>
    Queued,

    /// <summary>An attempt runs.</summary>
    Running,

    /// <summary>An inline step waits for a time or a signal.</summary>
    Waiting,

    /// <summary>An attempt failed; the next comes after a pause.</summary>
    Retrying,

    /// <summary>Was told to stop and has not ended yet.</summary>
    Stopping,

    /// <summary>A forEach whose instances are not all done.</summary>
    Expanded,
    Succeeded,

    /// <summary>An earlier result was used.</summary>
    Cached,

    /// <summary>Its condition was false, or what it depends on was skipped.</summary>
    Skipped,

    /// <summary>Something it depends on failed.</summary>
    UpstreamFailed,
    Failed,
    Cancelled,
}

public enum AttemptStatus
{
    Running,
    Waiting,
    Succeeded,
    Failed,
}

public static class Statuses
{
    public static bool IsTerminal(this RunStatus status) => status >= RunStatus.Succeeded;

    public static bool IsTerminal(this ActivityStatus status) => status >= ActivityStatus.Succeeded;

    /// <summary>Has outputs that others may use.</summary>
    public static bool HasOutputs(this ActivityStatus status) => status is ActivityStatus.Succeeded or ActivityStatus.Cached;
}
