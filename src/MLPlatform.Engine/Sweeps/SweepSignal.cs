using MLPlatform.Engine.Triggers;

namespace MLPlatform.Engine.Sweeps;

/// <summary>Wakes the loop of sweeps, and whoever waits for ends of sweeps.</summary>
public sealed class SweepSignal
{
    private readonly TriggerSignal _look = new(), _ended = new();

    /// <summary>A sweep was started or stopped, or the run of a trial has ended.</summary>
    public void Set() => _look.Set();

    /// <summary>Returns when a sweep has ended or the time is over.</summary>
    public Task WaitForEndAsync(TimeSpan longest, TimeProvider time, CancellationToken cancel) => _ended.WaitAsync(longest, time, cancel);

    internal void SetEnded() => _ended.Set();

    internal Task WaitAsync(TimeSpan longest, TimeProvider time, CancellationToken cancel) => _look.WaitAsync(longest, time, cancel);
}
