using MLPlatform.Core.Scheduling.Placement;

namespace MLPlatform.Core.Scheduling.Admission;

/// <summary>
/// What is free on a machine at some instant, device by device; where devices are not told apart, their sum. Less than nothing
/// is free where more was found running than there is.
/// </summary>
internal sealed class Room
{
    // By their number; null where they are not told apart.
    private readonly short[]? _devices;

    private Room(long milliCpu, long memoryMiB, long milliGpu, short[]? devices) =>
        (MilliCpu, MemoryMiB, MilliGpu, _devices) = (milliCpu, memoryMiB, milliGpu, devices);

    public long MilliCpu { get; private set; }
    public long MemoryMiB { get; private set; }
    public long MilliGpu { get; private set; }
    public ReadOnlySpan<short> Devices => _devices;

    public static Room Of(NodeKind kind)
    {
        short[] devices = new short[kind.Gpus];
        Array.Fill(devices, (short)NodeKind.Device);
        return new Room(kind.MilliCpu, kind.MemoryMiB, (long)kind.Gpus * NodeKind.Device, devices);
    }

    /// <summary>All of a pool that places by itself.</summary>
    public static Room Of(Amount capacity) => new(capacity.MilliCpu, capacity.MemoryBytes >> 20, capacity.MilliGpu, null);

    public Room Copy() => new(MilliCpu, MemoryMiB, MilliGpu, _devices is { Length: > 0 } ? [.. _devices] : _devices);

    public bool Fits(NodeAsk ask) =>
        (ask.MilliCpu == 0 || ask.MilliCpu <= MilliCpu) && (ask.MemoryMiB == 0 || ask.MemoryMiB <= MemoryMiB)
        && (ask.Gpus == 0 || (_devices is null ? ask.TotalMilliGpu <= MilliGpu : DevicesWith(ask.MilliGpu) >= ask.Gpus));

    /// <summary>How many like this fit at most; exactly so many where each wants one device or whole ones.</summary>
    public int Copies(NodeAsk ask)
    {
        if (!Fits(ask))
            return 0;
        long copies = int.MaxValue;
        if (ask.MilliCpu > 0)
            copies = Math.Min(copies, MilliCpu / ask.MilliCpu);
        if (ask.MemoryMiB > 0)
            copies = Math.Min(copies, MemoryMiB / ask.MemoryMiB);
        if (ask.Gpus == 0)
            return (int)copies;
        if (_devices is null)
            return (int)Math.Min(copies, MilliGpu / ask.TotalMilliGpu);
        int parts = 0;
        foreach (short device in _devices)
            parts += Math.Max(0, device / ask.MilliGpu);
        return (int)Math.Min(copies, parts / ask.Gpus);
    }

    /// <summary>Numbers of the devices that the ask takes, the fullest first; it must fit.</summary>
    /// <param name="from">How many devices, of all by what is free on them ascending, are passed over; -1: those too full.</param>
    public int[] Choose(NodeAsk ask, int from = -1)
    {
        if (ask.Gpus == 0 || _devices is null)
            return [];
        int[] numbers = new int[_devices.Length];
        short[] free = [.. _devices];
        for (int i = 0; i < numbers.Length; i++)
            numbers[i] = i;
        // Of equal ones those with the lower numbers.
        if (numbers.Length > 1)
            Array.Sort(numbers, (a, b) => free[a] != free[b] ? free[a].CompareTo(free[b]) : a.CompareTo(b));
        int first = from >= 0 ? from : _devices.Length - DevicesWith(ask.MilliGpu);
        int[] chosen = numbers[first..(first + ask.Gpus)];
        Array.Sort(chosen);
        return chosen;
    }

    public void Take(NodeAsk ask, int[] devices) => Change(ask, devices, -1);

    /// <summary>Takes what slots need together beyond what others leave them.</summary>
    public void Take(IReadOnlyList<Slot> slots, IReadOnlyList<Slot> leave)
    {
        Room needs = new(0, 0, 0, _devices is null ? null : new short[_devices.Length]);
        foreach (Slot slot in slots)
            needs.Give(slot.Ask, slot.Devices);
        foreach (Slot left in leave)
            needs.Take(left.Ask, left.Devices);
        MilliCpu -= Math.Max(0, needs.MilliCpu);
        MemoryMiB -= Math.Max(0, needs.MemoryMiB);
        MilliGpu -= Math.Max(0, needs.MilliGpu);
        for (int i = 0; i < _devices?.Length; i++)
            _devices[i] -= Math.Max((short)0, needs._devices![i]);
    }

    public void Give(NodeAsk ask, int[] devices) => Change(ask, devices, 1);

    private void Change(NodeAsk ask, int[] devices, int sign)
    {
        MilliCpu += sign * ask.MilliCpu;
        MemoryMiB += sign * ask.MemoryMiB;
        MilliGpu += sign * ask.TotalMilliGpu;
        if (_devices is null)
            return;
        foreach (int device in devices)
            _devices[device] += (short)(sign * ask.MilliGpu);
    }

    /// <summary>Keeps of everything no more than the other has.</summary>
    public void Limit(Room other)
    {
        MilliCpu = Math.Min(MilliCpu, other.MilliCpu);
        MemoryMiB = Math.Min(MemoryMiB, other.MemoryMiB);
        MilliGpu = Math.Min(MilliGpu, other.MilliGpu);
        for (int i = 0; i < _devices?.Length; i++)
            _devices[i] = Math.Min(_devices[i], other._devices![i]);
    }

    private int DevicesWith(int milli)
    {
        int count = 0;
        foreach (short device in _devices!)
            count += device >= milli ? 1 : 0;
        return count;
    }
}
