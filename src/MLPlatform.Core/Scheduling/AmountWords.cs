using System.Globalization;
using MLPlatform.Core.Scheduling.Quotas;

namespace MLPlatform.Core.Scheduling;

/// <summary>Amounts as people are told them.</summary>
public static class AmountWords
{
    // Bounds that are none may have been added up with others.
    private const long Everything = QuotaTree.Unbounded / 2;

    /// <summary>As <c>2 cores, 4 GiB, 1 GPU</c>; what there is none of, or no bound of, is left out.</summary>
    public static string Of(Amount amount)
    {
        List<string> parts = [];
        if (amount.MilliCpu is > 0 and < Everything)
            parts.Add(Cores(amount.MilliCpu / 1000.0));
        if (amount.MemoryBytes is > 0 and < Everything)
            parts.Add(Memory(amount.MemoryBytes));
        if (amount.MilliGpu is > 0 and < Everything)
            parts.Add(Gpus(amount.MilliGpu / 1000.0));
        return parts.Count == 0 ? "nothing" : string.Join(", ", parts);
    }

    public static string Cores(double cores) => $"{Number(cores)} {(cores == 1 ? "core" : "cores")}";

    public static string Gpus(double gpus) => $"{Number(gpus)} {(gpus == 1 ? "GPU" : "GPUs")}";

    public static string Memory(long bytes) => bytes < 1L << 30 ? $"{Number(bytes / (double)(1L << 20))} MiB" : $"{Number(bytes / (double)(1L << 30))} GiB";

    public static string Number(double value) => value.ToString("0.###", CultureInfo.InvariantCulture);
}
