namespace MLPlatform.Bees.Agents;

/// <summary>Gives memory back to the host when the process comes near its limit: left alone, the runtime keeps garbage for speed.</summary>
internal sealed class MemoryGuard(long limitBytes, TimeProvider time)
{
    private static readonly TimeSpan AtMostEvery = TimeSpan.FromSeconds(1);
    private long _last = time.GetTimestamp();

    public void Check()
    {
        if (time.GetElapsedTime(_last) < AtMostEvery)
            return;
        _last = time.GetTimestamp();
        if (Environment.WorkingSet > limitBytes / 10 * 8)
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
    }
}
