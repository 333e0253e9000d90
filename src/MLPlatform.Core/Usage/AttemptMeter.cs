namespace MLPlatform.Core.Usage;

/// <summary>A process at one look.</summary>
/// <param name="StartTicks">When it started; with the id it names a process for certain.</param>
/// <param name="CpuTicks">Processor time of it and of the children it waited for, in hundredths of a second.</param>
public readonly record struct SeenProcess(int Pid, int Parent, long StartTicks, long CpuTicks);

/// <summary>Adds up what the processes of one attempt use, look by look.</summary>
/// <param name="started">When the attempt started.</param>
/// <param name="ticksBefore">What its main process, a warm worker, had used before.</param>
/// <param name="before">What an earlier watch saw; null for an attempt that is new.</param>
/// <param name="visible">The GPUs that its <c>CUDA_VISIBLE_DEVICES</c> names, by index or UUID.</param>
public sealed class AttemptMeter(DateTimeOffset started, long ticksBefore, AttemptUsage? before, IReadOnlyList<string> visible)
{
    // Linux tells times in hundredths of a second whatever its own clock does.
    private const double TicksASecond = 100;

    private readonly Dictionary<int, SeenProcess> _seen = [];
    private readonly GpuMeter _gpus = new(before?.Gpus ?? [], visible);
    private AttemptUsage? _last = before;
    private double? _before = before?.CpuSeconds;
    private long _goneTicks;

    /// <summary>One more look.</summary>
    /// <param name="memory">What the processes hold together, in bytes.</param>
    /// <param name="gpus">What the GPUs do; one reading counts once, however often it is given.</param>
    public AttemptUsage Look(DateTimeOffset now, IReadOnlyList<SeenProcess> tree, long memory, GpuReading? gpus)
    {
        double cpu = Math.Max(CpuSeconds(tree), _last?.CpuSeconds ?? 0);
        double since = (now - (_last?.At ?? started)).TotalSeconds;
        double cores = since > 0 ? Math.Round((cpu - (_last?.CpuSeconds ?? 0)) / since, 2) : 0;
        return _last = new AttemptUsage
        {
            At = now,
            Seconds = Math.Round(Math.Max(0, (now - started).TotalSeconds), 2),
            Processes = tree.Count,
            CpuSeconds = Math.Round(cpu, 2),
            Cores = cores,
            PeakCores = Math.Max(cores, _last?.PeakCores ?? 0),
            MemoryBytes = memory,
            PeakMemoryBytes = Math.Max(memory, _last?.PeakMemoryBytes ?? 0),
            Gpus = _gpus.Look(tree.Select(p => p.Pid).ToHashSet(), gpus),
        };
    }

    private double CpuSeconds(IReadOnlyList<SeenProcess> tree)
    {
        Dictionary<int, SeenProcess> now = tree.ToDictionary(p => p.Pid);
        foreach (SeenProcess gone in _seen.Values.Where(s => !now.TryGetValue(s.Pid, out SeenProcess p) || p.StartTicks != s.StartTicks))
        {
            // A parent of the tree that waited for it counts its time from now on.
            if (!now.ContainsKey(gone.Parent))
                _goneTicks += gone.CpuTicks;
        }
        _seen.Clear();
        foreach (SeenProcess each in tree)
            _seen[each.Pid] = each;
        long ticks = _goneTicks + tree.Sum(p => p.CpuTicks) - ticksBefore;
        if (_before is { } earlier) // What ended under the earlier supervisor left its time there.
            _goneTicks += Math.Max(0, (long)(earlier * TicksASecond) - ticks);
        _before = null;
        return Math.Max(0, ticks) / TicksASecond;
    }
}
