namespace MLPlatform.Core.Scheduling.Placement;

/// <summary>Used devices before free ones on used nodes before free nodes.</summary>
public sealed class GpuPacking : PlacementScore
{
    public override Choice Of(NodeState node, NodeAsk ask)
    {
        if (ask.Gpus == 0)
            return new Choice(0, 0);
        int first = node.FirstDevice(ask);
        int free = node.DevicesWith(NodeKind.Device);
        if (free == node.Kind.Gpus)
            return new Choice(Math.Max(33 - free, free), first);
        ReadOnlySpan<short> taken = node.Devices.Slice(first, ask.Gpus);
        int opened = 0, left = 0;
        foreach (short device in taken)
        {
            opened += device == NodeKind.Device ? 1 : 0;
            left += device * 100 / NodeKind.Device;
        }
        return new Choice(opened > 0 ? Math.Max(50 - opened, 33) : Math.Max(100 - (left / 10), 50), first);
    }
}
