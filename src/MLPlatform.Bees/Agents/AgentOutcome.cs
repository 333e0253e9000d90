using System.Globalization;

namespace MLPlatform.Bees.Agents;

/// <summary>What an agent did from its start to its end, and what it cost.</summary>
/// <param name="Seconds">The start of the process not counted.</param>
/// <param name="CpuSeconds">Of the whole process.</param>
/// <param name="PeakMemoryMiB">Resident, of the whole process.</param>
public sealed record AgentOutcome(
    long Records, long Bytes, long CutRecords, long SkippedRecords, long LostBytes, double Seconds, double CpuSeconds, double PeakMemoryMiB)
{
    internal static AgentOutcome Of(IReadOnlyCollection<SourceCounts> counts, TimeSpan time)
    {
        return new(
            counts.Sum(c => c.Records), counts.Sum(c => c.Bytes), counts.Sum(c => c.CutRecords), counts.Sum(c => c.SkippedRecords), counts.Sum(c => c.LostBytes),
            Math.Round(time.TotalSeconds, 3), Math.Round(Environment.CpuUsage.TotalTime.TotalSeconds, 3), Math.Round(PeakResidentMiB(), 1));
    }

    // .NET knows the peak of the process that asks only where the system calls it VmHWM.
    private static double PeakResidentMiB()
    {
        string? line = File.ReadLines("/proc/self/status").FirstOrDefault(l => l.StartsWith("VmHWM:", StringComparison.Ordinal));
        return line is null ? 0 : double.Parse(line.AsSpan(6, line.Length - 6 - 3), NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture) / 1024;
    }
}
