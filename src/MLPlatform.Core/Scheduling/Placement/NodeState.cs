namespace MLPlatform.Core.Scheduling.Placement;

/// <summary>
/// What is free on a node, its memory aside. Devices of a node are alike and kept in ascending order of what is free on
/// them, so that nodes which differ in that order alone are equal, and are scored once.
/// </summary>
public sealed class NodeState : IEquatable<NodeState>
{
    private readonly short[] _devices;
    private readonly int _hash;

    private NodeState(NodeKind kind, int milliCpu, short[] devices)
    {
        Kind = kind;
        MilliCpu = milliCpu;
        _devices = devices;
        HashCode hash = default;
        hash.Add(kind);
        hash.Add(milliCpu);
        foreach (short device in devices)
        {
            MilliGpu += device;
            hash.Add(device);
        }
        _hash = hash.ToHashCode();
    }

    /// <summary>A node of that kind on which nothing runs.</summary>
    public static NodeState Empty(NodeKind kind)
    {
        short[] devices = new short[kind.Gpus];
        Array.Fill(devices, (short)NodeKind.Device);
        return new NodeState(kind, kind.MilliCpu, devices);
    }

    /// <summary>A node with so much free.</summary>
    /// <param name="devices">Free thousandths of each, in any order; less than nothing counts as nothing.</param>
    internal static NodeState Of(NodeKind kind, int milliCpu, ReadOnlySpan<short> devices)
    {
        short[] sorted = [.. devices];
        for (int i = 0; i < sorted.Length; i++)
            sorted[i] = Math.Max((short)0, sorted[i]);
        Array.Sort(sorted);
        return new NodeState(kind, milliCpu, sorted);
    }

    public NodeKind Kind { get; }

    /// <summary>Free thousandths of cores.</summary>
    public int MilliCpu { get; }

    /// <summary>Free thousandths of devices, all of them together.</summary>
    public int MilliGpu { get; }

    /// <summary>Free thousandths of each device, ascending.</summary>
    public ReadOnlySpan<short> Devices => _devices;

    /// <summary>Devices with at least so many thousandths free.</summary>
    public int DevicesWith(int milli)
    {
        int first = 0;
        while (first < _devices.Length && _devices[first] < milli)
            first++;
        return _devices.Length - first;
    }

    /// <summary>Whether the ask finds cores, the model and devices here.</summary>
    public bool Fits(NodeAsk ask) => ask.MilliCpu <= MilliCpu && ask.Accepts(Kind) && DevicesWith(ask.MilliGpu) >= ask.Gpus;

    /// <summary>The least free device that has room for a part, which is the first of its like; only for asks that fit.</summary>
    public int FirstDevice(NodeAsk ask) => _devices.Length - DevicesWith(ask.MilliGpu);

    /// <summary>What is left once the ask runs here.</summary>
    /// <param name="ask">It must fit.</param>
    /// <param name="device">The place in <see cref="Devices"/> of the first device it takes; those after it follow.</param>
    public NodeState After(NodeAsk ask, int device)
    {
        if (ask.Gpus == 0)
            return new NodeState(Kind, MilliCpu - ask.MilliCpu, _devices);
        short[] devices = [.. _devices];
        for (int i = device; i < device + ask.Gpus; i++)
            devices[i] -= (short)ask.MilliGpu;
        Array.Sort(devices);
        return new NodeState(Kind, MilliCpu - ask.MilliCpu, devices);
    }

    public bool Equals(NodeState? other) => other is not null && (ReferenceEquals(this, other)
        || (_hash == other._hash && MilliCpu == other.MilliCpu && Kind == other.Kind && Devices.SequenceEqual(other.Devices)));

    public override bool Equals(object? obj) => Equals(obj as NodeState);

    public override int GetHashCode() => _hash;
}
