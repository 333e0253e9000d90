using MLPlatform.Engine.Triggers;

namespace MLPlatform.Engine.Workspaces;

/// <summary>Wakes the loop of workspaces.</summary>
public sealed class WorkspaceSignal
{
    private readonly TriggerSignal _look = new();

    /// <summary>A workspace was started or stopped: look now.</summary>
    public void Set() => _look.Set();

    internal Task WaitAsync(TimeSpan longest, TimeProvider time, CancellationToken cancel) => _look.WaitAsync(longest, time, cancel);
}
