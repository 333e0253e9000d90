using System.Runtime.InteropServices;

namespace MLPlatform.Cli.Bench;

/// <summary>The machine that figures came from.</summary>
internal sealed record BenchMachine(string Cpu, int Cores, long MemoryMiB, string Os, string Runtime)
{
    public static BenchMachine This() => new(
        CpuName() ?? RuntimeInformation.ProcessArchitecture.ToString(),
        Environment.ProcessorCount,
        GC.GetGCMemoryInfo().TotalAvailableMemoryBytes >> 20,
        RuntimeInformation.OSDescription,
        RuntimeInformation.FrameworkDescription);

    // Family and model too: machines in a cloud often call all their processors the same.
    private static string? CpuName() => File.Exists("/proc/cpuinfo") ? CpuName(File.ReadLines("/proc/cpuinfo")) : null;

    internal static string? CpuName(IEnumerable<string> lines)
    {
        Dictionary<string, string> first = [];
        foreach (string[] pair in lines.TakeWhile(l => l.Trim().Length > 0).Select(l => l.Split(':', 2)).Where(p => p.Length == 2))
            first.TryAdd(pair[0].Trim(), pair[1].Trim());
        if (!first.TryGetValue("model name", out string? name))
            return null;
        return first.TryGetValue("cpu family", out string? family) && first.TryGetValue("model", out string? model) ? $"{name} (family {family}, model {model})" : name;
    }
}
