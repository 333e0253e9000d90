using MLPlatform.Core.Plans;

namespace MLPlatform.Core.Scheduling.Budgets;

/// <summary>How long how much was held, or how much on the mean where it is divided by a time.</summary>
/// <param name="CpuSeconds">Cores times seconds.</param>
/// <param name="MemoryByteSeconds">Bytes times seconds.</param>
/// <param name="GpuSeconds">Devices times seconds.</param>
public readonly record struct ResourceTime(double CpuSeconds, double MemoryByteSeconds, double GpuSeconds)
{
    /// <summary>What a request holds in a number of seconds.</summary>
    public static ResourceTime Of(ResourceRequest held, double seconds) =>
        new(held.MilliCpu / 1000.0 * seconds, held.MemoryBytes * seconds, held.MilliGpu / 1000.0 * seconds);

    public static ResourceTime operator +(ResourceTime a, ResourceTime b) =>
        new(a.CpuSeconds + b.CpuSeconds, a.MemoryByteSeconds + b.MemoryByteSeconds, a.GpuSeconds + b.GpuSeconds);

    public static ResourceTime operator *(ResourceTime a, double times) => new(a.CpuSeconds * times, a.MemoryByteSeconds * times, a.GpuSeconds * times);
}
