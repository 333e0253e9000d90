namespace MLPlatform.Engine.Triggers;

/// <summary>Looks at the triggers because somebody asks, not because it is time.</summary>
public sealed class TriggerLook
{
    private readonly TriggerCycle? _cycle;

    internal TriggerLook(TriggerCycle? cycle) => _cycle = cycle;

    /// <summary>Claims what is due and starts what may start. Returns how many runs were started, or null where this process carries no runs on.</summary>
    /// <param name="pipeline">The one pipeline to look at; null: all.</param>
    public async Task<int?> RunAsync(string? pipeline, CancellationToken cancel) =>
        _cycle is null ? null : (await _cycle.RunOnceAsync(cancel, pipeline).ConfigureAwait(false)).Started;
}
