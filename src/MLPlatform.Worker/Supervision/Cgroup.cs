using System.Globalization;
using System.Text;
using MLPlatform.Executors.Process.Native;
using MLPlatform.Executors.Process.Protocol;

namespace MLPlatform.Worker.Supervision;

/// <summary>The control group of one attempt or worker: one folder in version 2, one a controller in version 1.</summary>
/// <param name="folders">By controller.</param>
/// <param name="why">Why there is none, where there is none.</param>
internal sealed class Cgroup(IReadOnlyDictionary<string, string> folders, bool unified, string? why)
{
    private const int RemoveTries = 50;
    private static readonly TimeSpan RemovePause = TimeSpan.FromMilliseconds(20);
    private long _killsBefore;
    private readonly string _version = unified ? "cgroup-v2" : "cgroup-v1";

    public IReadOnlyList<string> Folders { get; } = [.. folders.Values.Distinct()];

    /// <summary>Sets the limits; what could not be set is not in the answer.</summary>
    public LimitsApplied Apply(LimitsOrder limits)
    {
        _killsBefore = KillsEver();
        string? memory = null;
        string? cpu = null;
        string? pids = null;
        if (limits.MemoryBytes > 0 && TrySet("memory", unified ? "memory.max" : "memory.limit_in_bytes", limits.MemoryBytes))
        {
            memory = _version;
            // Swap would only put the end off; not every kernel counts it.
            _ = TrySet("memory", unified ? "memory.swap.max" : "memory.memsw.limit_in_bytes", unified ? 0 : limits.MemoryBytes);
        }
        if (limits.MilliCpu > 0 && TrySet("cpu", unified ? "cpu.weight" : "cpu.shares", CpuShare(limits.MilliCpu)))
            cpu = unified ? "cgroup-v2-weight" : "cgroup-v1-shares";
        if (limits.Pids > 0 && TrySet("pids", "pids.max", limits.Pids))
            pids = _version;
        return new LimitsApplied(memory, cpu, pids, why);
    }

    /// <summary>Takes the memory limit away again, between two attempts of a worker.</summary>
    public void Lift()
    {
        if (!folders.TryGetValue("memory", out string? folder))
            return;
        foreach (string file in unified ? (string[])["memory.max"] : ["memory.memsw.limit_in_bytes", "memory.limit_in_bytes"])
            _ = TryWrite(Path.Combine(folder, file), unified ? "max" : "-1");
    }

    public void Join(int pid)
    {
        foreach (string folder in Folders)
            _ = TryWrite(Path.Combine(folder, "cgroup.procs"), pid.ToString(CultureInfo.InvariantCulture));
    }

    /// <summary>Whether the kernel killed a process here for want of memory since the limits were set.</summary>
    public bool RanOutOfMemory() => KillsEver() > _killsBefore;

    private long KillsEver() => folders.TryGetValue("memory", out string? folder)
        ? Counter(Path.Combine(folder, unified ? "memory.events" : "memory.oom_control"), "oom_kill ")
        : 0;

    /// <summary>The most memory the group held, in bytes, or null where the kernel does not tell.</summary>
    public long? PeakMemoryBytes() =>
        folders.TryGetValue("memory", out string? folder)
        && ReadText(Path.Combine(folder, unified ? "memory.peak" : "memory.max_usage_in_bytes")) is string text
        && long.TryParse(text, CultureInfo.InvariantCulture, out long peak) ? peak : null;

    /// <summary>Removes the group. It must be empty, which the kernel may take a moment to see.</summary>
    public async Task RemoveAsync(TimeProvider time)
    {
        foreach (string folder in Folders)
        {
            for (int tries = RemoveTries; !TryRemove(folder) && tries > 0; tries--)
                await Task.Delay(RemovePause, time);
        }
    }

    public static unsafe bool TryWrite(string path, string text)
    {
        int file = Libc.Open(path, Libc.WriteOnly | Libc.CloseOnExec, 0);
        if (file < 0)
            return false;
        byte[] bytes = Encoding.ASCII.GetBytes(text);
        nint written;
        fixed (byte* start = bytes)
            written = Libc.Write(file, start, bytes.Length);
        _ = Libc.Close(file);
        return written == bytes.Length;
    }

    // A whole core is the weight that everything has by default: 100 in version 2, 1024 in version 1.
    private long CpuShare(int milliCpu) => unified
        ? Math.Clamp(milliCpu / 10, 1, 10_000)
        : Math.Clamp(milliCpu * 1024L / 1000, 2, 262_144);

    private bool TrySet(string controller, string file, long value) =>
        folders.TryGetValue(controller, out string? folder)
        && TryWrite(Path.Combine(folder, file), value.ToString(CultureInfo.InvariantCulture));

    private static bool TryRemove(string folder) => Libc.RemoveFolder(folder) == 0 || !Directory.Exists(folder);

    private static long Counter(string path, string name)
    {
        string? line = ReadText(path)?.Split('\n').FirstOrDefault(l => l.StartsWith(name, StringComparison.Ordinal));
        return line is null ? 0 : long.Parse(line[name.Length..], CultureInfo.InvariantCulture);
    }

    private static string? ReadText(string path) => ProcStat.ReadFile(path) is byte[] bytes ? Encoding.ASCII.GetString(bytes).Trim() : null;
}
