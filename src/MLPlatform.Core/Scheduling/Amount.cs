using MLPlatform.Core.Plans;

namespace MLPlatform.Core.Scheduling;

/// <summary>So much of each resource: what is there, asked for, held, or allowed. Fractions of devices count as what they are.</summary>
/// <param name="MilliCpu">Thousandths of cores.</param>
/// <param name="MemoryBytes">Bytes of memory.</param>
/// <param name="MilliGpu">Thousandths of devices.</param>
public readonly record struct Amount(long MilliCpu, long MemoryBytes, long MilliGpu)
{
    public static Amount Zero { get; }

    public static Amount Of(ResourceRequest request) => new(request.MilliCpu, request.MemoryBytes, request.MilliGpu);

    /// <summary>Whether there is none of anything.</summary>
    public bool IsZero => this == default;

    /// <summary>Whether no resource is more than the other's.</summary>
    public bool FitsIn(Amount other) => MilliCpu <= other.MilliCpu && MemoryBytes <= other.MemoryBytes && MilliGpu <= other.MilliGpu;

    /// <summary>The smaller of both, resource by resource.</summary>
    public Amount Min(Amount other) =>
        new(Math.Min(MilliCpu, other.MilliCpu), Math.Min(MemoryBytes, other.MemoryBytes), Math.Min(MilliGpu, other.MilliGpu));

    /// <summary>The larger of both, resource by resource.</summary>
    public Amount Max(Amount other) =>
        new(Math.Max(MilliCpu, other.MilliCpu), Math.Max(MemoryBytes, other.MemoryBytes), Math.Max(MilliGpu, other.MilliGpu));

    public static Amount operator +(Amount a, Amount b) => new(a.MilliCpu + b.MilliCpu, a.MemoryBytes + b.MemoryBytes, a.MilliGpu + b.MilliGpu);

    public static Amount operator -(Amount a, Amount b) => new(a.MilliCpu - b.MilliCpu, a.MemoryBytes - b.MemoryBytes, a.MilliGpu - b.MilliGpu);

    public static Amount operator *(Amount a, long times) => new(a.MilliCpu * times, a.MemoryBytes * times, a.MilliGpu * times);
}
