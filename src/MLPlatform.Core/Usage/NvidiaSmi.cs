using System.Globalization;

namespace MLPlatform.Core.Usage;

/// <summary>A GPU of the machine.</summary>
/// <param name="Utilization">From 0 to 1; null where it is not told, as on parts of a GPU (MIG).</param>
public sealed record GpuDevice(int Index, string Uuid, string Name, double? Utilization, long? UsedBytes, long? TotalBytes);

/// <summary>A process on a GPU.</summary>
public sealed record GpuProcess(int Pid, string Uuid, long? Bytes);

/// <summary>What nvidia-smi told at one time.</summary>
/// <param name="Number">Counts up with each reading.</param>
public sealed record GpuReading(int Number, IReadOnlyList<GpuDevice> Devices, IReadOnlyList<GpuProcess> Processes);

/// <summary>Speaks with nvidia-smi: what it is asked, and how its CSV is read. Pure.</summary>
public static class NvidiaSmi
{
    public const string Program = "nvidia-smi";
    private const long Mebibyte = 1 << 20;
    private const string Format = "--format=csv,noheader,nounits";

    public static IReadOnlyList<string> AskDevices { get; } = ["--query-gpu=index,uuid,name,utilization.gpu,memory.used,memory.total", Format];
    public static IReadOnlyList<string> AskProcesses { get; } = ["--query-compute-apps=pid,gpu_uuid,used_memory", Format];

    /// <summary>The lines that are devices; others (warnings, say) are passed over.</summary>
    public static List<GpuDevice> Devices(string csv)
    {
        List<GpuDevice> devices = [];
        foreach (string[] fields in Lines(csv, 6))
        {
            if (int.TryParse(fields[0], NumberStyles.None, CultureInfo.InvariantCulture, out int index))
                devices.Add(new GpuDevice(index, fields[1], fields[2], Number(fields[3]) / 100, Bytes(fields[4]), Bytes(fields[5])));
        }
        return devices;
    }

    public static List<GpuProcess> Processes(string csv)
    {
        List<GpuProcess> processes = [];
        foreach (string[] fields in Lines(csv, 3))
        {
            if (int.TryParse(fields[0], NumberStyles.None, CultureInfo.InvariantCulture, out int pid))
                processes.Add(new GpuProcess(pid, fields[1], Bytes(fields[2])));
        }
        return processes;
    }

    private static IEnumerable<string[]> Lines(string csv, int fields) =>
        csv.Split('\n').Select(line => line.Split(',', StringSplitOptions.TrimEntries)).Where(line => line.Length == fields);

    // "[N/A]", "[Not Supported]", "[Unknown Error]" and the like stand where there is nothing to tell.
    private static double? Number(string field) =>
        double.TryParse(field, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double value) ? value : null;

    private static long? Bytes(string field) => Number(field) is { } mebibytes ? (long)(mebibytes * Mebibyte) : null;
}
