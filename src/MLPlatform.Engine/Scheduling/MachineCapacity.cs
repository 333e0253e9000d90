using MLPlatform.Core.Scheduling;

namespace MLPlatform.Engine.Scheduling;

/// <summary>What this machine has to give out.</summary>
internal static class MachineCapacity
{
    public static Capacity Of(EngineOptions options) => new(
        options.Cpu > 0 ? (int)(options.Cpu * 1000) : Environment.ProcessorCount * 1000,
        options.MemoryMiB > 0 ? options.MemoryMiB << 20 : GC.GetGCMemoryInfo().TotalAvailableMemoryBytes,
        0);
}
