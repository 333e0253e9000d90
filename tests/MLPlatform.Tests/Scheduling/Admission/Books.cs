using MLPlatform.Core.Scheduling;
using MLPlatform.Core.Scheduling.Admission;
using MLPlatform.Core.Scheduling.Placement;

namespace MLPlatform.Tests.Scheduling.Admission;

/// <summary>Nodes and who holds what on them, kept apart from the scheduler and only by what it says.</summary>
internal sealed class Books
{
    public Dictionary<string, (string Pool, SchedulerNode Node)> Nodes { get; } = [];
    public Dictionary<WorkId, Held> Running { get; } = [];

    /// <summary>Places kept for who others stop for.</summary>
    public Dictionary<WorkId, Held> Kept { get; } = [];

    /// <summary>Who stops, and for whom.</summary>
    public Dictionary<WorkId, WorkId> Stopping { get; } = [];

    public sealed record Held(Work Work, string Pool, IReadOnlyList<MemberPlace> Places, DateTimeOffset Since);

    /// <summary>What counts of a group in a pool: those who stop have left their quota to others.</summary>
    public Amount Used(string group, string pool, Func<string, string> groupOf, string? person = null)
    {
        Amount sum = Amount.Zero;
        foreach (Held held in Running.Values.Where(h => !Stopping.ContainsKey(h.Work.Id)).Concat(Kept.Values))
        {
            if (held.Pool == pool && groupOf(held.Work.Group) == group && (person is null || held.Work.Person == person))
                sum += held.Work.Gang.Amount;
        }
        return sum;
    }

    /// <summary>What is free on each node of a pool: (milli-cores, MiB, thousandths of each device).</summary>
    /// <param name="without">Those count as gone.</param>
    /// <param name="kept">Whether what is kept for others is taken.</param>
    public Dictionary<string, (long Cpu, long Memory, long[] Devices)> Free(string pool, Func<WorkId, bool>? without = null, bool kept = true)
    {
        Dictionary<string, (long Cpu, long Memory, long[] Devices)> free = [];
        foreach ((string name, (string of, SchedulerNode node)) in Nodes)
        {
            if (of == pool)
                free[name] = (node.Kind.MilliCpu, node.Kind.MemoryMiB, [.. Enumerable.Repeat(1000L, node.Kind.Gpus)]);
        }
        foreach (Held held in Running.Values.Concat(kept ? Kept.Values : []))
        {
            if (held.Pool == pool && without?.Invoke(held.Work.Id) != true)
                Take(free, held.Work.Gang, held.Places);
        }
        return free;
    }

    public static void Take(Dictionary<string, (long Cpu, long Memory, long[] Devices)> free, Gang gang, IReadOnlyList<MemberPlace> places)
    {
        foreach ((NodeAsk ask, MemberPlace place) in gang.Roles.SelectMany(r => Enumerable.Repeat(r.Ask, r.Count)).Zip(places))
        {
            if (!free.TryGetValue(place.Node, out (long Cpu, long Memory, long[] Devices) node))
                continue;
            foreach (int device in place.Devices)
                node.Devices[device] -= ask.MilliGpu;
            free[place.Node] = (node.Cpu - ask.MilliCpu, node.Memory - ask.MemoryMiB, node.Devices);
        }
    }

    /// <summary>Whether one member would find a node.</summary>
    public bool FitsOne(Dictionary<string, (long Cpu, long Memory, long[] Devices)> free, Role role) => free.Any(f =>
    {
        SchedulerNode node = Nodes[f.Key].Node;
        NodeAsk ask = role.Ask;
        return (ask.MilliCpu == 0 || ask.MilliCpu <= f.Value.Cpu) && (ask.MemoryMiB == 0 || ask.MemoryMiB <= f.Value.Memory)
            && f.Value.Devices.Count(d => d >= ask.MilliGpu) >= ask.Gpus && (ask.Gpus == 0 || ask.Accepts(node.Kind)) && role.Selector?.Matches(node.Labels) != false;
    });
}
