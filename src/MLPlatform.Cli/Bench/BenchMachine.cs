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

    private static string? CpuName() =>
        File.Exists("/proc/cpuinfo")
            ? File.ReadLines("/proc/cpuinfo").FirstOrDefault(l => l.StartsWith("model name", StringComparison.Ordinal))?.Split(':', 2)[1].Trim()
            : null;
}
