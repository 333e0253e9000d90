using System.Runtime.InteropServices;
using MLPlatform.Core.Scheduling.Placement;

namespace MLPlatform.Core.Scheduling.Admission;

/// <summary>
/// The machines that one kind of ask fits, the best first. It learns of changed machines when it is asked, so that a change costs
/// only those asks that somebody waits with, and a place costs no look at each machine.
/// </summary>
internal sealed class AskIndex(Machines machines, Role role)
{
    private static readonly Comparer<(double, int)> Order = Comparer<(double Lost, int Rank)>.Create(
        (a, b) => a.Lost != b.Lost ? a.Lost.CompareTo(b.Lost) : a.Rank.CompareTo(b.Rank));

    private readonly PriorityQueue<(Machine Machine, int Version, int Device), (double Lost, int Rank)> _best = new(Order);
    private readonly Dictionary<NodeState, Choice> _scores = [];
    private readonly List<((Machine, int, int) Entry, (double, int) Priority)> _aside = [];
    private readonly List<(Machine Machine, int Version)> _unrated = [];
    private int[] _copies = [], _versions = [];
    private long _seen;
    private int _epoch = -1, _sweepAt;
    private long _total;

    /// <summary>How many like this fit on all machines together, claims untouched.</summary>
    public long Total
    {
        get
        {
            CatchUp();
            return _total;
        }
    }

    public bool Matches(Machine machine) => machine.Accepts(role);

    /// <summary>The best machine with room beside all claims.</summary>
    /// <param name="allowed">Which machines come into question; null: all.</param>
    /// <param name="device">For <see cref="Room.Choose"/>.</param>
    public Machine? Pick(Func<Machine, bool>? allowed, out int device)
    {
        CatchUp();
        Rate();
        Machine? found = null;
        device = -1;
        while (_best.TryPeek(out (Machine Machine, int Version, int Device) entry, out (double, int) priority))
        {
            if (entry.Version != entry.Machine.Version || entry.Machine.IsGone)
            {
                _best.Dequeue();
                continue;
            }
            if (allowed is null || allowed(entry.Machine))
            {
                (found, device) = (entry.Machine, entry.Device);
                break;
            }
            _aside.Add((entry, priority));
            _best.Dequeue();
        }
        foreach (((Machine, int, int) entry, (double, int) priority) in _aside)
            _best.Enqueue(entry, priority);
        _aside.Clear();
        return found;
    }

    /// <summary>How many fit on one machine.</summary>
    public int CopiesOn(Machine machine)
    {
        CatchUp();
        return _copies[machine.Index];
    }

    private void CatchUp()
    {
        long end = machines.Forgotten + machines.Log.Count;
        if (_epoch == machines.Epoch && _seen == end)
            return;
        if (_epoch != machines.Epoch || _seen < machines.Forgotten)
        {
            Rebuild();
            return;
        }
        ReadOnlySpan<int> changed = CollectionsMarshal.AsSpan(machines.Log)[(int)(_seen - machines.Forgotten)..];
        machines.ReadTo = _seen = end;
        foreach (int index in changed)
        {
            Machine machine = machines.All[index];
            if (_versions[index] != machine.Version)
                Count(machine);
        }
    }

    private void Rebuild()
    {
        if (_epoch != machines.Epoch)
            _scores.Clear();
        (_epoch, _seen, _total) = (machines.Epoch, machines.Forgotten + machines.Log.Count, 0);
        machines.ReadTo = _seen;
        (_copies, _versions) = (new int[machines.All.Count], new int[machines.All.Count]);
        _sweepAt = (2 * machines.All.Count) + 64 + (int)((uint)role.GetHashCode() % (uint)(machines.All.Count + 1));
        _best.Clear();
        _unrated.Clear();
        foreach (Machine machine in machines.All)
            Count(machine);
    }

    // Who only wants to know whether there is room need not know which is best: many ask, and few get it.
    private void Rate()
    {
        if (_unrated.Count == 0)
            return;
        List<((Machine, int, int), (double, int))> entries = new(_unrated.Count);
        foreach ((Machine machine, int version) in _unrated)
        {
            if (version == machine.Version && !machine.IsGone)
                entries.Add(((machine, version, Score(machine, out double lost)), (lost, machine.Rank)));
        }
        _unrated.Clear();
        _best.EnqueueRange(entries);
        // What is out of date stays in the queue until it comes up; not all queues are swept at once.
        if (_best.Count > _sweepAt)
            Sweep();
    }

    private void Sweep()
    {
        List<((Machine, int, int), (double, int))> entries = [];
        foreach (((Machine Machine, int Version, int Device) entry, (double, int) priority) in _best.UnorderedItems)
        {
            if (entry.Version == entry.Machine.Version && !entry.Machine.IsGone)
                entries.Add((entry, priority));
        }
        _best.Clear();
        _best.EnqueueRange(entries);
    }

    private void Count(Machine machine)
    {
        _versions[machine.Index] = machine.Version;
        int copies = Matches(machine) ? machine.View.Copies(role.Ask) : 0;
        if (role.Apart)
            copies = Math.Min(copies, 1);
        _total += copies - _copies[machine.Index];
        _copies[machine.Index] = copies;
        if (copies == 0)
            return;
        if (_unrated.Count > _sweepAt)
            _unrated.RemoveAll(u => u.Version != u.Machine.Version || u.Machine.IsGone);
        _unrated.Add((machine, machine.Version));
    }

    private int Score(Machine machine, out double lost)
    {
        lost = 0;
        if (machines.Score is not { } score)
            return -1;
        if (_scores.Count > 20_000)
            _scores.Clear();
        ref Choice choice = ref CollectionsMarshal.GetValueRefOrAddDefault(_scores, machine.State, out bool known);
        if (!known)
            choice = score.Of(machine.State, role.Ask);
        lost = -choice.Score;
        return choice.Device;
    }
}
