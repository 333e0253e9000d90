using System.Collections.Frozen;

namespace MLPlatform.Core.Scheduling.Placement;

/// <summary>What one attempt asks of the node it runs on. Asks are equal by value: those of one shape share their scores.</summary>
/// <param name="MilliCpu">Thousandths of a core.</param>
/// <param name="MemoryMiB">Memory, in MiB.</param>
/// <param name="Gpus">Devices, 0 for none.</param>
/// <param name="MilliGpu">Thousandths of each device: 1000 for whole ones, less for a part of a single one.</param>
/// <param name="Models">The models that will do, separated by <c>|</c> in order; empty for any.</param>
public sealed record NodeAsk(int MilliCpu, int MemoryMiB, int Gpus, int MilliGpu, string Models)
{
    private FrozenSet<string>? _models;

    /// <summary>A part of one device.</summary>
    public bool Shares => Gpus == 1 && MilliGpu < NodeKind.Device;

    /// <summary>Thousandths of devices in all.</summary>
    public int TotalMilliGpu => Gpus * MilliGpu;

    /// <summary>Whether a node of this kind has the model asked for.</summary>
    public bool Accepts(NodeKind kind) =>
        Gpus == 0 || Models.Length == 0 || (_models ??= Models.Split('|').ToFrozenSet(StringComparer.Ordinal)).Contains(kind.Model);

    // By what is asked; the set of models is only those, taken apart.
    public bool Equals(NodeAsk? other) => other is not null
        && (MilliCpu, MemoryMiB, Gpus, MilliGpu) == (other.MilliCpu, other.MemoryMiB, other.Gpus, other.MilliGpu)
        && string.Equals(Models, other.Models, StringComparison.Ordinal);

    public override int GetHashCode() => HashCode.Combine(MilliCpu, MemoryMiB, Gpus, MilliGpu, Models);
}
