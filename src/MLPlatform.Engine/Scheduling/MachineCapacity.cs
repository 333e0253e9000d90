using MLPlatform.Core.Scheduling.Quotas;

namespace MLPlatform.Engine.Scheduling;

/// <summary>What this machine has to give out: cores and memory as far as a container is allowed them, and the GPUs that were found.</summary>
internal static class MachineCapacity
{
    public static PoolMachine Of(EngineOptions options, string replica, IReadOnlyList<MachineGpu> gpus) => new(
        replica,
        options.Machine.Length > 0 ? options.Machine : Environment.MachineName,
        options.Cpu > 0 ? (long)(options.Cpu * 1000) : Environment.ProcessorCount * 1000L,
        options.MemoryMiB > 0 ? options.MemoryMiB << 20 : GC.GetGCMemoryInfo().TotalAvailableMemoryBytes,
        gpus,
        new Dictionary<string, string>(options.Labels, StringComparer.Ordinal));
}
