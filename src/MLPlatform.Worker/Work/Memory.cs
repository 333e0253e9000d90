using System.Globalization;
using System.Text;
using MLPlatform.Executors.Process.Native;

namespace MLPlatform.Worker.Work;

/// <summary>What this process holds of memory.</summary>
internal static class Memory
{
    private const long WorthCollecting = 256L << 20;

    /// <summary>Forgets the peak of earlier attempts.</summary>
    public static void ResetPeak()
    {
        try
        {
            File.WriteAllText("/proc/self/clear_refs", "5");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Closed to us in some containers: the peak then is that of the worker's whole life.
        }
    }

    /// <summary>The most it held since the last reset, in bytes, or null where the kernel does not tell.</summary>
    public static long? Peak() => Kilobytes("VmHWM:") * 1024;

    /// <summary>Gives back what the last attempt held, where that is much; returns what is held now.</summary>
    public static long Trim()
    {
        long? held = Kilobytes("VmRSS:") * 1024;
        if (held > WorthCollecting)
        {
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
            held = Kilobytes("VmRSS:") * 1024;
        }
        return held ?? 0;
    }

    private static long? Kilobytes(string name)
    {
        string? line = ProcStat.ReadFile("/proc/self/status") is byte[] status
            ? Encoding.ASCII.GetString(status).Split('\n').FirstOrDefault(l => l.StartsWith(name, StringComparison.Ordinal))
            : null;
        return line is null ? null : long.Parse(line[name.Length..].Replace("kB", "", StringComparison.Ordinal).Trim(), CultureInfo.InvariantCulture);
    }
}
