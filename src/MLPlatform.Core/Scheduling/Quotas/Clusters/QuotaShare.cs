using System.Globalization;
using MLPlatform.Core.Pipelines;

namespace MLPlatform.Core.Scheduling.Quotas.Clusters;

/// <summary>A group's part of one resource of one pool, in cores, bytes or devices.</summary>
/// <param name="Nominal">What it has; null where that resource is not counted.</param>
/// <param name="Borrowing">How much more it may use; null for as much as there is.</param>
/// <param name="Lending">How much of it others may use; null for all.</param>
internal readonly record struct QuotaShare(decimal? Nominal, decimal? Borrowing, decimal? Lending)
{
    /// <summary>No quota of one's own, and nothing that bounds borrowing.</summary>
    public static QuotaShare Nothing { get; } = new(0, null, null);
}

/// <summary>The resources that quotas are of.</summary>
internal enum Counted
{
    Cpu,
    Memory,
    Gpu,
}

/// <summary>Amounts in the words of Kubernetes.</summary>
internal static class CountedText
{
    public static readonly Counted[] All = [Counted.Cpu, Counted.Memory, Counted.Gpu];

    // Stands for "not counted": more than any cluster has, and few enough digits that sums of them are still 64 bits.
    private const string UncountedMemory = "1Pi", Uncounted = "1000000";

    public static Quantity? Of(this AmountDeclaration? amount, Counted resource) => resource switch
    {
        Counted.Cpu => amount?.Cpu,
        Counted.Memory => amount?.Memory,
        _ => amount?.Gpu,
    };

    public static decimal Of(this Amount amount, Counted resource) => resource switch
    {
        Counted.Cpu => amount.MilliCpu / 1000m,
        Counted.Memory => amount.MemoryBytes,
        _ => amount.MilliGpu / 1000m,
    };

    public static string Name(this Counted resource, ClusterExportSettings settings) => resource switch
    {
        Counted.Cpu => "cpu",
        Counted.Memory => "memory",
        _ => settings.GpuResource,
    };

    /// <summary>A quota; null stands for one that is not counted. Devices are whole on a cluster, and never rounded up.</summary>
    public static string Write(this Counted resource, decimal? amount) => (resource, amount) switch
    {
        (Counted.Memory, null) => UncountedMemory,
        (_, null) => Uncounted,
        (Counted.Cpu, { } cores) => Milli(cores),
        (Counted.Memory, { } bytes) => Bytes(Math.Ceiling(bytes)),
        (_, { } devices) => Text(Math.Floor(devices)),
    };

    /// <summary>A weight.</summary>
    public static string Weight(double weight) => Milli(Math.Max(0.001m, (decimal)weight));

    private static string Milli(decimal value) => value % 1 == 0 ? Text(value) : Text(Math.Ceiling(value * 1000)) + "m";

    private static string Bytes(decimal bytes)
    {
        foreach ((string suffix, decimal factor) in (ReadOnlySpan<(string, decimal)>)[("Gi", 1L << 30), ("Mi", 1L << 20), ("Ki", 1L << 10)])
        {
            if (bytes > 0 && bytes % factor == 0)
                return Text(bytes / factor) + suffix;
        }
        return Text(bytes);
    }

    private static string Text(decimal value) => value.ToString("0", CultureInfo.InvariantCulture);
}
