namespace MLPlatform.Core.Scheduling.Admission;

/// <summary>How the scheduler decides.</summary>
public sealed record AdmissionSettings
{
    /// <summary>How many blocked works of different shapes a pool promises a start to, so that none that comes later delays them. Default: 4.</summary>
    public int Promises { get; init; } = 4;

    /// <summary>
    /// How long work is passed over before nodes are cleared for it, where nobody knows when they come free by themselves. Default: 5 minutes.
    /// </summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>How long work that has to stop may take to write a checkpoint. Default: 30 seconds.</summary>
    public TimeSpan Grace { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long work runs before it may have to stop. Default: 1 minute.</summary>
    public TimeSpan MinimumRun { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>How long work that had to stop for other work may not make that stop in turn. Default: 10 minutes.</summary>
    public TimeSpan CoolDown { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>How long a gang that lost a node keeps its other places, in case it comes back. Default: 5 minutes.</summary>
    public TimeSpan KeepBroken { get; init; } = TimeSpan.FromMinutes(5);
}
