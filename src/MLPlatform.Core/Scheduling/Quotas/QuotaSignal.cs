namespace MLPlatform.Core.Scheduling.Quotas;

/// <summary>Says in this process that quotas changed, so that nobody waits for the next look at the store.</summary>
public sealed class QuotaSignal
{
    public event Action? Changed;

    public void Tell() => Changed?.Invoke();
}
