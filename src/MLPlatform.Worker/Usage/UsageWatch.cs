using System.Text.Json;
using MLPlatform.Core.Runs;
using MLPlatform.Core.Usage;
using MLPlatform.Executors.Process.Native;
using MLPlatform.Executors.Process.Protocol;
using MLPlatform.Worker.Supervision;

namespace MLPlatform.Worker.Usage;

/// <summary>
/// Looks at what running attempts use and leaves it in their folders, about once a second. It is the supervisor that looks, since it
/// knows which processes are whose and is there when the server is not.
/// </summary>
internal sealed class UsageWatch(GpuProbe gpus, TimeProvider time, SupervisorLog log)
{
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(1);

    // What ends sooner is not worth a look: how it ended tells enough.
    private static readonly TimeSpan Youngest = TimeSpan.FromMilliseconds(500);

    private readonly Dictionary<AttemptId, (AttemptMeter Meter, TreeMemory Memory)> _meters = [];
    private readonly AttemptTrees _trees = new();
    private long _looked;
    private bool _told;

    /// <summary>Looks if it is time to.</summary>
    public void Look(IReadOnlyCollection<SupervisedAttempt> live)
    {
        if (_looked != 0 && time.GetElapsedTime(_looked) < Every)
            return;
        DateTimeOffset now = time.GetUtcNow();
        SupervisedAttempt[] watched = [.. live.Where(a => a.Process is ProcessRecord process && now - process.At >= Youngest)];
        if (watched.Length < _meters.Count)
        {
            HashSet<AttemptId> running = [.. watched.Select(a => a.Id)];
            foreach (AttemptId ended in _meters.Keys.Where(id => !running.Contains(id)).ToList())
                _meters.Remove(ended);
        }
        if (watched.Length == 0)
            return;
        _looked = time.GetTimestamp();
        Dictionary<AttemptId, List<ProcStat>> trees = _trees.Sort(watched, ProcStat.ReadAll());
        GpuReading? reading = gpus.Latest();
        foreach (SupervisedAttempt attempt in watched)
        {
            if (!trees.TryGetValue(attempt.Id, out List<ProcStat>? tree))
                continue;
            (AttemptMeter meter, TreeMemory memory) = MeterOf(attempt);
            Leave(attempt, meter.Look(now, [.. tree.Select(p => new SeenProcess(p.Pid, p.Parent, p.StartTicks, p.CpuTicks))], memory.Of(tree, time), reading));
        }
    }

    private (AttemptMeter, TreeMemory) MeterOf(SupervisedAttempt attempt)
    {
        if (!_meters.TryGetValue(attempt.Id, out (AttemptMeter, TreeMemory) meter))
        {
            string[] visible = attempt.Order.Script?.Environment.GetValueOrDefault("CUDA_VISIBLE_DEVICES")?.Split(',', StringSplitOptions.TrimEntries) ?? [];
            ProcessRecord process = attempt.Process!;
            _meters[attempt.Id] = meter = (new AttemptMeter(process.At, process.CpuTicksBefore, AttemptRecords.ReadUsage(attempt.Folder), visible), new TreeMemory());
        }
        return meter;
    }

    private void Leave(SupervisedAttempt attempt, AttemptUsage usage)
    {
        try
        {
            AttemptFiles.WriteWhole(attempt.File(AttemptFiles.Usage), JsonSerializer.SerializeToUtf8Bytes(usage, ProtocolJson.Default.AttemptUsage));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            if (!_told)
                log.Write($"{attempt.Id}: cannot write down what it uses: {e.Message}");
            _told = true; // A full disk or a folder that was just removed; the next look shows which, once is enough.
        }
    }
}
