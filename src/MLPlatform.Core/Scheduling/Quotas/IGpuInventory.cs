namespace MLPlatform.Core.Scheduling.Quotas;

/// <summary>Finds the GPUs of this machine.</summary>
public interface IGpuInventory
{
    /// <summary>The devices that this server may give out, by index; none where there is no way to ask.</summary>
    Task<IReadOnlyList<MachineGpu>> FindAsync(CancellationToken cancel);
}
