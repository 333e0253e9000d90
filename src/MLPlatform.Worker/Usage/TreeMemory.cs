using System.Globalization;
using System.Text;
using MLPlatform.Executors.Process.Native;

namespace MLPlatform.Worker.Usage;

/// <summary>The memory of several processes, in which what they share counts once.</summary>
internal sealed class TreeMemory
{
    // The kernel walks all pages of a process to say what it shares: some ten milliseconds for each gigabyte.
    private const int PauseForCost = 20;
    private TimeSpan _cost;
    private long _lookedAt;
    private long _last;

    public long Of(IReadOnlyList<ProcStat> tree, TimeProvider time)
    {
        if (tree.Count <= 1)
            return tree.Sum(p => p.ResidentBytes);
        if (_last > 0 && time.GetElapsedTime(_lookedAt) < _cost * PauseForCost)
            return _last;
        long began = time.GetTimestamp();
        _last = tree.Sum(p => Proportional(p.Pid) ?? p.ResidentBytes);
        (_lookedAt, _cost) = (began, time.GetElapsedTime(began));
        return _last;
    }

    // Null where the process is gone, or another user's.
    private static long? Proportional(int pid)
    {
        if (ProcStat.ReadFile(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/smaps_rollup")) is not byte[] bytes)
            return null;
        string? line = Encoding.ASCII.GetString(bytes).Split('\n').FirstOrDefault(l => l.StartsWith("Pss:", StringComparison.Ordinal));
        return line is not null && long.TryParse(line["Pss:".Length..].Replace("kB", "", StringComparison.Ordinal).Trim(), CultureInfo.InvariantCulture, out long kilobytes)
            ? kilobytes * 1024 : null;
    }
}
