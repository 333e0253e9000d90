using MLPlatform.Bees.Hosts;

namespace MLPlatform.Bees.Agents;

/// <summary>
/// Keeps the process small: left alone, the runtime gathers garbage for speed, many megabytes where the processor has a large cache. Little
/// of it survives, so that collecting it often costs next to nothing.
/// </summary>
internal sealed class MemoryGuard(long limitBytes, TimeProvider time)
{
    private const long Garbage = 1 << 20;
    private static readonly TimeSpan AtMostEvery = TimeSpan.FromSeconds(1);
    private long _allocated;
    private long _last = time.GetTimestamp();

    public void Check()
    {
        long allocated = GC.GetTotalAllocatedBytes();
        if (allocated - _allocated < Garbage)
            return;
        _allocated = allocated;
        if (time.GetElapsedTime(_last) >= AtMostEvery && Environment.WorkingSet > limitBytes / 10 * 8)
        {
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
            _last = time.GetTimestamp();
        }
        else
        {
            GC.Collect(0, GCCollectionMode.Forced, blocking: true);
        }
        HostCourtesy.ReleaseNativeMemory();
    }
}
