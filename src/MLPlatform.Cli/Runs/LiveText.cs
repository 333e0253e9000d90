using System.Globalization;
using MLPlatform.Core.Runs;
using MLPlatform.Core.Usage;
using MLPlatform.Server.Runs;

namespace MLPlatform.Cli.Runs;

/// <summary>How running and ended attempts did, in words.</summary>
internal static class LiveText
{
    private const int MostMetrics = 4;

    /// <summary>What a running attempt uses and reports: <c>12.0 s left, 1.8 cores, 512 MiB, loss 0.31 (step 4)</c>.</summary>
    public static string Of(ProgressView progress) => string.Join(", ", Parts(progress));

    /// <summary>How long it will take; empty where nobody can tell.</summary>
    public static string Left(double? seconds, ForecastBasis? basis) =>
        seconds is { } left ? $"{(basis == ForecastBasis.History ? "usually " : "")}{Print.Seconds(left)} left" : "";

    /// <summary>Used: busy cores and seconds of them, the most memory, GPUs.</summary>
    public static IReadOnlyList<string> Used(AttemptUsage usage) =>
    [
        string.Create(CultureInfo.InvariantCulture, $"{usage.AverageCores:0.##} ({usage.PeakCores:0.##})"),
        Print.Seconds(usage.CpuSeconds),
        usage.PeakMemoryBytes > 0 ? Print.Bytes(usage.PeakMemoryBytes) : "",
        string.Join(", ", usage.Gpus.Select(g => string.Create(CultureInfo.InvariantCulture, $"{g.Index}: {Percent(g.AverageUtilization)} ({Percent(g.PeakUtilization)}), {Memory(g.PeakMemoryBytes)}"))),
    ];

    private static IEnumerable<string> Parts(ProgressView progress)
    {
        if (Left(progress.SecondsLeft, progress.Basis) is { Length: > 0 } left)
            yield return left;
        if (progress.Usage is { } usage)
        {
            yield return string.Create(CultureInfo.InvariantCulture, $"{usage.Cores:0.0} {(usage.Cores == 1 ? "core" : "cores")}");
            yield return Print.Bytes(usage.MemoryBytes < 10 << 20 ? usage.MemoryBytes : usage.MemoryBytes >> 20 << 20);
            foreach (GpuUsage gpu in usage.Gpus)
                yield return $"GPU {gpu.Index} {Percent(gpu.Utilization)} {Memory(gpu.MemoryBytes)}";
        }
        foreach (LatestMetric metric in progress.Metrics.Take(MostMetrics))
            yield return Print.Harmless(string.Create(CultureInfo.InvariantCulture, $"{metric.Name} {metric.Value:G4}{(metric.Step != 0 ? $" (step {metric.Step})" : "")}"));
        if (progress.Message is { Length: > 0 } message)
            yield return Print.Harmless(message);
    }

    private static string Percent(double? share) => share is { } known ? string.Create(CultureInfo.InvariantCulture, $"{known * 100:0} %") : "?";

    private static string Memory(long? bytes) => bytes is { } known ? Print.Bytes(known) : "?";
}
