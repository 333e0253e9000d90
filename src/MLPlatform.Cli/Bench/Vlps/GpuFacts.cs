using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using MLPlatform.Core.Usage;

namespace MLPlatform.Cli.Bench.Vlps;

/// <summary>A GPU as nvidia-smi names it.</summary>
internal sealed record GpuFacts(string Name, string Driver, long MemoryMiB)
{
    /// <summary>The first one; null where there is no nvidia-smi, or it tells nothing.</summary>
    public static async Task<GpuFacts?> FirstAsync(CancellationToken cancel)
    {
        ProcessStartInfo start = new(NvidiaSmi.Program, ["--query-gpu=name,driver_version,memory.total", "--format=csv,noheader,nounits"]) { RedirectStandardOutput = true };
        try
        {
            using Process process = Process.Start(start)!;
            string csv = await process.StandardOutput.ReadToEndAsync(cancel);
            await process.WaitForExitAsync(cancel);
            return process.ExitCode == 0 ? Read(csv) : null;
        }
        catch (Win32Exception)
        {
            return null; // No such program: a machine without GPUs.
        }
    }

    /// <summary>The first line that is a device.</summary>
    internal static GpuFacts? Read(string csv) => csv.Split('\n').Select(line => line.Split(',', StringSplitOptions.TrimEntries))
        .Where(fields => fields.Length == 3 && long.TryParse(fields[2], NumberStyles.None, CultureInfo.InvariantCulture, out _))
        .Select(fields => new GpuFacts(fields[0], fields[1], long.Parse(fields[2], CultureInfo.InvariantCulture))).FirstOrDefault();
}
