using MLPlatform.Core.Plans;
using MLPlatform.Core.Runs;

namespace MLPlatform.Core.Scheduling;

/// <summary>A node that waits for resources.</summary>
/// <param name="Ticket">Which binding of the node asks; an older one is dropped.</param>
public readonly record struct Waiting(RunId Run, int Node, int Ticket, DateTimeOffset Since);

/// <summary>
/// Nodes that wait for resources, by priority, then by age. Requests of one shape share a queue, so an admission costs
/// the number of shapes, never the number of waiting nodes.
/// </summary>
public sealed class AdmissionQueue
{
    private readonly SortedDictionary<Shape, Queue<(long Order, Waiting Entry)>> _byShape = [];
    private long _order;

    public int Count { get; private set; }

    public void Add(Waiting entry, ResourceRequest request)
    {
        Shape shape = new(request.Priority, request.MilliCpu, request.MemoryBytes, request.MilliGpu);
        if (!_byShape.TryGetValue(shape, out Queue<(long, Waiting)>? queue))
            _byShape.Add(shape, queue = new());
        queue.Enqueue((_order++, entry));
        Count++;
    }

    /// <summary>
    /// Takes the next node that fits: the highest priority first, then the longest waiting. A node that was passed over
    /// for longer than <paramref name="patience"/> blocks those behind it, so that a large request is not starved by
    /// small ones.
    /// </summary>
    public bool TryTake(SlotLedger ledger, DateTimeOffset now, TimeSpan patience, out Waiting taken)
    {
        taken = default;
        Queue<(long Order, Waiting Entry)>? best = null;
        int bestPriority = int.MinValue;
        long bestOrder = long.MaxValue;
        long blockedAt = long.MaxValue;
        int blockedPriority = int.MinValue;
        foreach ((Shape shape, Queue<(long Order, Waiting Entry)> queue) in _byShape)
        {
            if (queue.Count == 0)
                continue;
            (long order, Waiting entry) = queue.Peek();
            bool fits = ledger.Fits(shape.Request);
            if (!fits)
            {
                if (now - entry.Since > patience && (shape.Priority > blockedPriority || (shape.Priority == blockedPriority && order < blockedAt)))
                    (blockedPriority, blockedAt) = (shape.Priority, order);
            }
            else if (shape.Priority > bestPriority || (shape.Priority == bestPriority && order < bestOrder))
                (best, bestPriority, bestOrder) = (queue, shape.Priority, order);
        }
        bool blocked = blockedPriority > bestPriority || (blockedPriority == bestPriority && blockedAt < bestOrder);
        if (best is null || blocked)
            return false;
        taken = best.Dequeue().Entry;
        Count--;
        return true;
    }

    /// <summary>Forgets all that wait.</summary>
    public void Clear()
    {
        _byShape.Clear();
        Count = 0;
    }

    private readonly record struct Shape(int Priority, int MilliCpu, long MemoryBytes, int MilliGpu) : IComparable<Shape>
    {
        public ResourceRequest Request => new(MilliCpu, MemoryBytes, MilliGpu, null, Priority);

        public int CompareTo(Shape other) =>
            (other.Priority, MilliCpu, MemoryBytes, MilliGpu).CompareTo((Priority, other.MilliCpu, other.MemoryBytes, other.MilliGpu));
    }
}
