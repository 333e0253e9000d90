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

    /// <summary>What is free on each node of a pool once all have gone who stop for one work, and it and others have their places, as far as their own victims do not leave them.</summary>
    public Dictionary<string, (long Cpu, long Memory, long[] Devices)> FreeOnce(WorkId starts, string pool)
    {
        Dictionary<string, (long Cpu, long Memory, long[] Devices)> free = Free(pool, id => Stopping.TryGetValue(id, out WorkId by) && by == starts, kept: false);
        if (Kept[starts].Pool == pool)
            Take(free, Kept[starts].Work.Gang, Kept[starts].Places);
        foreach ((WorkId id, Held other) in Kept.Where(k => k.Key != starts && k.Value.Pool == pool))
        {
            Dictionary<string, (long Cpu, long Memory, long[] Devices)> needs = Nothing(pool);
            Take(needs, other.Work.Gang, other.Places);
            foreach (Held victim in Running.Values.Where(v => v.Pool == pool && Stopping.TryGetValue(v.Work.Id, out WorkId by) && by == id))
                Give(needs, victim.Work.Gang, victim.Places);
            foreach ((string node, (long cpu, long memory, long[] devices)) in needs)
                free[node] = (free[node].Cpu + Math.Min(0, cpu), free[node].Memory + Math.Min(0, memory), [.. free[node].Devices.Zip(devices, (has, left) => has + Math.Min(0, left))]);
        }
        return free;
    }

    private Dictionary<string, (long Cpu, long Memory, long[] Devices)> Nothing(string pool) =>
        Nodes.Where(n => n.Value.Pool == pool).ToDictionary(n => n.Key, n => (0L, 0L, new long[n.Value.Node.Kind.Gpus]));

    private static void Give(Dictionary<string, (long Cpu, long Memory, long[] Devices)> free, Gang gang, IReadOnlyList<MemberPlace> places)
    {
        foreach ((NodeAsk ask, MemberPlace place) in gang.Roles.SelectMany(r => Enumerable.Repeat(r.Ask, r.Count)).Zip(places))
        {
            if (!free.TryGetValue(place.Node, out (long Cpu, long Memory, long[] Devices) node))
                continue;
            foreach (int device in place.Devices)
                node.Devices[device] += ask.MilliGpu;
            free[place.Node] = (node.Cpu + ask.MilliCpu, node.Memory + ask.MemoryMiB, node.Devices);
        }
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
