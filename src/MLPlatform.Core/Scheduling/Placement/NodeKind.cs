namespace MLPlatform.Core.Scheduling.Placement;

/// <summary>What nodes of one kind have when nothing runs on them.</summary>
/// <param name="MilliCpu">Thousandths of a core.</param>
/// <param name="MemoryMiB">Memory, in MiB.</param>
/// <param name="Gpus">Devices, 0 for a node without.</param>
/// <param name="Model">The devices' model, empty without devices.</param>
public sealed record NodeKind(int MilliCpu, int MemoryMiB, int Gpus, string Model)
{
    /// <summary>Thousandths of a device: what a whole one has.</summary>
    public const int Device = 1000;
}
