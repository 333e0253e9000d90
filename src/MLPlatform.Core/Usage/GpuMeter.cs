namespace MLPlatform.Core.Usage;

/// <summary>Adds up what one attempt uses of GPUs.</summary>
/// <param name="visible">The devices that its <c>CUDA_VISIBLE_DEVICES</c> names, by index or UUID.</param>
internal sealed class GpuMeter(IReadOnlyList<GpuUsage> before, IReadOnlyList<string> visible)
{
    private readonly SortedDictionary<int, GpuUsage> _gpus = new(before.ToDictionary(g => g.Index));
    private int _reading;

    public IReadOnlyList<GpuUsage> Look(IReadOnlySet<int> pids, GpuReading? reading)
    {
        if (reading is null || reading.Number == _reading)
            return [.. _gpus.Values];
        _reading = reading.Number;
        ILookup<string, GpuProcess> ours = reading.Processes.Where(p => pids.Contains(p.Pid)).ToLookup(p => p.Uuid);
        foreach (GpuDevice device in reading.Devices)
        {
            // In a container nvidia-smi may know our processes by other numbers: then what was declared has to do.
            bool declared = ours.Count == 0 && (visible.Contains(device.Uuid) || visible.Contains($"{device.Index}"));
            if (ours.Contains(device.Uuid))
                _gpus[device.Index] = Add(device, ours[device.Uuid].Any(p => p.Bytes is not null) ? ours[device.Uuid].Sum(p => p.Bytes ?? 0) : device.UsedBytes);
            else if (declared)
                _gpus[device.Index] = Add(device, device.UsedBytes);
            else if (_gpus.TryGetValue(device.Index, out GpuUsage? left))
                _gpus[device.Index] = left with { Utilization = 0, MemoryBytes = 0 };
        }
        return [.. _gpus.Values];
    }

    private GpuUsage Add(GpuDevice device, long? bytes)
    {
        GpuUsage known = _gpus.GetValueOrDefault(device.Index) ?? new GpuUsage();
        int looks = known.Looks + (device.Utilization is null ? 0 : 1);
        return new GpuUsage
        {
            Index = device.Index,
            Name = device.Name,
            Utilization = device.Utilization,
            AverageUtilization = device.Utilization is { } busy ? Math.Round((((known.AverageUtilization ?? 0) * known.Looks) + busy) / looks, 3) : known.AverageUtilization,
            PeakUtilization = Most(known.PeakUtilization, device.Utilization),
            MemoryBytes = bytes,
            PeakMemoryBytes = Most(known.PeakMemoryBytes, bytes),
            TotalBytes = device.TotalBytes,
            Looks = looks,
        };
    }

    private static double? Most(double? a, double? b) => a is null ? b : b is null ? a : Math.Max(a.Value, b.Value);

    private static long? Most(long? a, long? b) => a is null ? b : b is null ? a : Math.Max(a.Value, b.Value);
}
