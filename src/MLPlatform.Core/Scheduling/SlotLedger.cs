using MLPlatform.Core.Plans;
using MLPlatform.Core.Runs;

namespace MLPlatform.Core.Scheduling;

/// <param name="MilliCpu">Thousandths of a core.</param>
/// <param name="MilliGpu">Thousandths of a GPU.</param>
public readonly record struct Capacity(int MilliCpu, long MemoryBytes, int MilliGpu);

/// <summary>Who holds how much of this replica's cores, memory and GPUs. A request is granted whole or not at all.</summary>
public sealed class SlotLedger(Capacity total)
{
    private readonly Dictionary<(RunId Run, int Node), ResourceRequest> _held = [];
    private long _milliCpu;
    private long _memoryBytes;
    private long _milliGpu;

    public Capacity Total { get; } = total;

    /// <summary>Attempts that hold something.</summary>
    public int Holders => _held.Count;

    public Capacity Used => new((int)_milliCpu, _memoryBytes, (int)_milliGpu);

    /// <summary>Whether the request could be granted if nothing else ran.</summary>
    public bool CouldEverFit(ResourceRequest request) =>
        request.MilliCpu <= Total.MilliCpu && request.MemoryBytes <= Total.MemoryBytes && request.MilliGpu <= Total.MilliGpu;

    public bool Fits(ResourceRequest request) =>
        _milliCpu + request.MilliCpu <= Total.MilliCpu
        && _memoryBytes + request.MemoryBytes <= Total.MemoryBytes
        && _milliGpu + request.MilliGpu <= Total.MilliGpu;

    /// <summary>Grants the request; an attempt that was running before a restart is granted what it holds, room or not.</summary>
    public void Take(RunId run, int node, ResourceRequest request)
    {
        if (IsEmpty(request) || !_held.TryAdd((run, node), request))
            return;
        _milliCpu += request.MilliCpu;
        _memoryBytes += request.MemoryBytes;
        _milliGpu += request.MilliGpu;
    }

    /// <summary>Gives back what the node holds; false if it holds nothing.</summary>
    public bool Release(RunId run, int node)
    {
        if (!_held.Remove((run, node), out ResourceRequest? request))
            return false;
        _milliCpu -= request.MilliCpu;
        _memoryBytes -= request.MemoryBytes;
        _milliGpu -= request.MilliGpu;
        return true;
    }

    /// <summary>Forgets all holders.</summary>
    public void Clear()
    {
        _held.Clear();
        _milliCpu = _memoryBytes = _milliGpu = 0;
    }

    public static bool IsEmpty(ResourceRequest request) =>
        request is { MilliCpu: 0, MemoryBytes: 0, MilliGpu: 0 };
}
