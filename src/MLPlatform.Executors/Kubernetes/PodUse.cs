using System.Globalization;
using System.Text.Json;
using System.Xml;
using k8s.Models;
using MLPlatform.Core.Usage;

namespace MLPlatform.Executors.Kubernetes;

/// <summary>What a pod used lately, as the cluster's metrics API tells (<c>PodMetrics</c> of <c>metrics.k8s.io/v1beta1</c>).</summary>
/// <param name="At">The end of the window.</param>
/// <param name="Window">What the cores are the mean of.</param>
/// <param name="Cores">Cores kept busy, all containers together.</param>
/// <param name="MemoryBytes">The working set at the window's end.</param>
internal sealed record PodUse(string Pod, DateTimeOffset At, TimeSpan Window, double Cores, long MemoryBytes)
{
    /// <exception cref="FormatException">It is not what the API's documentation says.</exception>
    public static PodUse Of(JsonElement o)
    {
        try
        {
            double cores = 0;
            decimal bytes = 0;
            foreach (JsonElement container in o.GetProperty("containers").EnumerateArray())
            {
                JsonElement usage = container.GetProperty("usage");
                cores += (double)Quantity(usage, "cpu");
                bytes += Quantity(usage, "memory");
            }
            return new PodUse(o.GetProperty("metadata").GetProperty("name").GetString()!, o.GetProperty("timestamp").GetDateTimeOffset(), Duration(o.GetProperty("window").GetString()!), cores, (long)bytes);
        }
        catch (Exception e) when (e is KeyNotFoundException or InvalidOperationException or OverflowException or ArgumentException)
        {
            throw new FormatException($"the cluster's metrics cannot be read: {e.Message}", e);
        }
    }

    /// <summary>
    /// Adds a look at an attempt's pods to what is known of it. Between two looks it is taken to use what it did at the later one.
    /// </summary>
    /// <param name="before">Null at the first look.</param>
    /// <param name="began">When its first container began; null where that is not known.</param>
    /// <returns>Null where the pods tell nothing new.</returns>
    public static AttemptUsage? Add(AttemptUsage? before, DateTimeOffset? began, IReadOnlyList<PodUse> pods)
    {
        if (pods.Count == 0)
            return null;
        DateTimeOffset at = pods.Max(p => p.At);
        DateTimeOffset from = before?.At ?? began ?? at - pods.Max(p => p.Window);
        if (at <= from)
            return null;
        double cores = pods.Sum(p => p.Cores), seconds = (at - from).TotalSeconds;
        long bytes = pods.Sum(p => p.MemoryBytes);
        return new AttemptUsage
        {
            At = at,
            Seconds = Math.Round((before?.Seconds ?? 0) + seconds, 3),
            Processes = pods.Count,
            CpuSeconds = Math.Round((before?.CpuSeconds ?? 0) + (cores * seconds), 3),
            Cores = Math.Round(cores, 3),
            PeakCores = Math.Round(Math.Max(before?.PeakCores ?? 0, cores), 3),
            MemoryBytes = bytes,
            PeakMemoryBytes = Math.Max(before?.PeakMemoryBytes ?? 0, bytes),
        };
    }

    /// <summary>The same at its end: since the last look it is taken to have used what it did then.</summary>
    public static AttemptUsage Close(AttemptUsage last, DateTimeOffset end)
    {
        double rest = Math.Max(0, (end - last.At).TotalSeconds);
        return last with
        {
            At = last.At.AddSeconds(rest),
            Seconds = Math.Round(last.Seconds + rest, 3),
            CpuSeconds = Math.Round(last.CpuSeconds + (last.Cores * rest), 3),
            Processes = 0,
            Cores = 0,
            MemoryBytes = 0,
        };
    }

    private static decimal Quantity(JsonElement usage, string name) =>
        usage.TryGetProperty(name, out JsonElement text) ? new ResourceQuantity(text.GetString()!).ToDecimal() : 0;

    // As Go prints durations: 1m30.5s.
    private static TimeSpan Duration(string text)
    {
        try
        {
            return XmlConvert.ToTimeSpan("PT" + text.ToUpperInvariant());
        }
        catch (FormatException)
        {
            throw new FormatException(string.Create(CultureInfo.InvariantCulture, $"\"{text}\" is not a duration"));
        }
    }
}
