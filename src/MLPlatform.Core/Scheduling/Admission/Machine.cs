using MLPlatform.Core.Scheduling.Placement;

namespace MLPlatform.Core.Scheduling.Admission;

/// <summary>A node of a pool, or a whole pool that places by itself: what runs there, what is free, and what is claimed of it.</summary>
internal sealed class Machine
{
    private readonly List<(Claim Claim, Slot Slot)> _claims = [];
    private readonly List<(Running Running, Slot Slot)> _runs = [];
    private NodeState? _state;
    private Room _view;

    public Machine(SchedulerNode node)
    {
        (Name, Kind, Labels) = (node.Name, node.Kind, node.Labels);
        Capacity = new Amount(node.Kind.MilliCpu, (long)node.Kind.MemoryMiB << 20, (long)node.Kind.Gpus * NodeKind.Device);
        _view = Now = Room.Of(node.Kind);
    }

    /// <summary>A pool that places by itself.</summary>
    public Machine(string pool, Amount capacity)
    {
        (Name, Labels, Capacity) = (pool, new Dictionary<string, string>(), capacity);
        _view = Now = Room.Of(capacity);
    }

    public string Name { get; }

    /// <summary>What it has when nothing runs.</summary>
    public Amount Capacity { get; }

    public Machines? Owner { get; set; }

    /// <summary>Null for a pool that places by itself, which takes any model.</summary>
    public NodeKind? Kind { get; }

    public IReadOnlyDictionary<string, string> Labels { get; }

    /// <summary>Where it stands among the others; of equally good machines the first is taken.</summary>
    public int Rank { get; set; }

    /// <summary>Where it stands in the pool's list.</summary>
    public int Index { get; set; }

    /// <summary>Where its last change stands in its owner's log.</summary>
    public long LoggedAt { get; set; } = -1;

    /// <summary>Grows with each change of what is free.</summary>
    public int Version { get; set; }

    public bool IsGone { get; set; }

    public IReadOnlyList<(Running Running, Slot Slot)> Runs => _runs;

    /// <summary>What is free now, claims aside.</summary>
    public Room Now { get; }

    public bool IsClaimed => _claims.Count > 0;

    /// <summary>What whoever may never end can have without touching a claim.</summary>
    public Room View => _view;

    /// <summary>The same for comparing with others of the kind; memory aside.</summary>
    public NodeState State => _state ??= NodeState.Of(Kind!, (int)Math.Min(int.MaxValue, _view.MilliCpu), _view.Devices);

    public bool Accepts(NodeAsk ask) => !IsGone && (Kind is null || ask.Accepts(Kind));

    public bool Accepts(Role role) => Accepts(role.Ask) && (role.Selector is null || Has(role.Selector));

    /// <summary>Whether it has the labels. A pool that places by itself looks for them itself.</summary>
    public bool Has(Selector selector) => Kind is null || selector.Matches(Labels);

    /// <summary>What whoever ends by then can have without touching a claim.</summary>
    public Room ViewUntil(long end)
    {
        Room? view = null;
        foreach ((Claim claim, _) in _claims)
        {
            if (claim.From < end && claim.Until > claim.From)
                (view ??= Now.Copy()).Limit(At(claim));
        }
        return view ?? Now;
    }

    /// <summary>What whoever may never end could have without touching a claim, if some were no more.</summary>
    public Room ViewWithout(List<Claim> lifted)
    {
        Room? view = null;
        foreach ((Claim claim, _) in _claims)
        {
            if (claim.Until > claim.From && !lifted.Contains(claim))
                (view ??= Now.Copy()).Limit(At(claim, lifted));
        }
        return view ?? Now;
    }

    public void Add(Running running, Slot slot)
    {
        slot.At = _runs.Count;
        _runs.Add((running, slot));
    }

    public void Remove(Slot slot)
    {
        (Running, Slot Slot) last = _runs[^1];
        _runs[slot.At] = last;
        last.Slot.At = slot.At;
        _runs.RemoveAt(_runs.Count - 1);
    }

    public void Take(NodeAsk ask, int[] devices)
    {
        Now.Take(ask, devices);
        Changed();
    }

    public void Give(NodeAsk ask, int[] devices)
    {
        Now.Give(ask, devices);
        Changed();
    }

    public void Add(Claim claim, Slot slot)
    {
        _claims.Add((claim, slot));
        Changed();
    }

    public void Remove(Claim claim)
    {
        _claims.RemoveAll(c => c.Claim == claim);
        Changed();
    }

    /// <summary>What it has when nothing runs.</summary>
    public Room Empty() => Kind is null ? Room.Of(Capacity) : Room.Of(Kind);

    /// <summary>What is free beside all claims once those have gone who stop for them, as if all began then.</summary>
    public Room Unclaimed()
    {
        Room room = Now.Copy();
        foreach ((Running running, Slot slot) in _runs)
        {
            if (running is { StopsFor: not null, IsOff: false })
                room.Give(slot.Ask, slot.Devices);
        }
        foreach ((_, Slot slot) in _claims)
            room.Take(slot.Ask, slot.Devices);
        return room;
    }

    public void Changed()
    {
        _state = null;
        _view = _claims.Count == 0 ? Now : ViewUntil(long.MaxValue);
        Version++;
        Owner?.Touch(this);
    }

    /// <summary>Whether a slot is free now, other claims untouched.</summary>
    public bool HasNow(Slot slot)
    {
        if ((slot.Ask.MilliCpu > 0 && slot.Ask.MilliCpu > _view.MilliCpu) || (slot.Ask.MemoryMiB > 0 && slot.Ask.MemoryMiB > _view.MemoryMiB))
            return false;
        if (Kind is null)
            return slot.Ask.TotalMilliGpu <= _view.MilliGpu || slot.Ask.Gpus == 0;
        foreach (int device in slot.Devices)
        {
            if (_view.Devices[device] < slot.Ask.MilliGpu)
                return false;
        }
        return true;
    }

    /// <summary>Whether there will be less than was claimed.</summary>
    public bool IsShort(Claim claim)
    {
        Room room = At(claim);
        if (room.MilliCpu < 0 || room.MemoryMiB < 0 || room.MilliGpu < 0)
            return true;
        foreach (short device in room.Devices)
        {
            if (device < 0)
                return true;
        }
        return false;
    }

    // What is left when the claim begins. Those that it waits for are gone; those who stop for others are by the time of a promise, but who others
    // stopped for starts once they have, and not when all have. Other claims have what they need beyond what they wait for.
    private Room At(Claim claim, List<Claim>? lifted = null)
    {
        Room room = Now.Copy();
        HashSet<Running> gone = [];
        foreach ((Running running, Slot slot) in _runs)
        {
            if (!claim.Without.Contains(running) && (claim.IsKept || running.StopsFor is null))
                continue;
            if (!running.IsOff)
                room.Give(slot.Ask, slot.Devices);
            gone.Add(running);
        }
        List<(List<Slot> Slots, HashSet<Running> For)>? waits = null;
        for (int i = 0; i < _claims.Count; i++)
        {
            Claim other = _claims[i].Claim;
            if (other.From > claim.From || claim.From >= other.Until || lifted?.Contains(other) == true)
                continue;
            if (other == claim || other.Without.Count == 0)
                room.Take(_claims[i].Slot.Ask, _claims[i].Slot.Devices);
            else if (i == 0 || _claims[i - 1].Claim != other) // Slots of a claim stand side by side.
                Add(waits ??= [], [.. _claims.Where(c => c.Claim == other).Select(c => c.Slot)], [.. _runs.Select(r => r.Running).Where(r => other.Without.Contains(r) && !gone.Contains(r))]);
        }
        foreach ((List<Slot> slots, HashSet<Running> waitsFor) in waits ?? [])
            room.Take(slots, [.. _runs.Where(r => waitsFor.Contains(r.Running)).Select(r => r.Slot)]);
        return room;
    }

    // Claims that wait for the same work share what it leaves.
    private static void Add(List<(List<Slot> Slots, HashSet<Running> For)> waits, List<Slot> slots, HashSet<Running> waitsFor)
    {
        for (int i = waits.Count - 1; i >= 0; i--)
        {
            if (!waits[i].For.Overlaps(waitsFor))
                continue;
            slots.AddRange(waits[i].Slots);
            waitsFor.UnionWith(waits[i].For);
            waits.RemoveAt(i);
        }
        waits.Add((slots, waitsFor));
    }
}
