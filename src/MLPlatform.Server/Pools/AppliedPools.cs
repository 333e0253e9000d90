using MLPlatform.Core.Scheduling.Quotas;
using MLPlatform.Server.Quotas;

namespace MLPlatform.Server.Pools;

/// <summary>The pools of the resources file that holds, read again no more than once a second, and at once where this server changed it.</summary>
internal sealed class AppliedPools : IPools
{
    private static readonly TimeSpan Fresh = TimeSpan.FromSeconds(1);
    private readonly IQuotaStore _store;
    private readonly TimeProvider _time;
    private volatile Reading? _last;

    public AppliedPools(IQuotaStore store, QuotaSignal signal, TimeProvider time)
    {
        (_store, _time) = (store, time);
        signal.Changed += () => _last = null;
    }

    public async ValueTask<ResourcesFile?> FileAsync(CancellationToken cancel)
    {
        if (_last is { } last && _time.GetElapsedTime(last.At) < Fresh)
            return last.File;
        Reading next = new(QuotaReader.FileOf(await _store.FindAsync(null, cancel)), _time.GetTimestamp());
        _last = next;
        return next.File;
    }

    private sealed record Reading(ResourcesFile? File, long At);
}
