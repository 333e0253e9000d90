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
    private int[] _copies = [];
    private int _seen, _epoch = -1;
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
        if (_epoch != machines.Epoch)
        {
            Rebuild();
            return;
        }
        ReadOnlySpan<int> changed = CollectionsMarshal.AsSpan(machines.Log)[_seen..];
        _seen = machines.Log.Count;
        foreach (int index in changed)
        {
            Machine machine = machines.All[index];
            if (Look(machine) is { } priority)
                _best.Enqueue((machine, machine.Version, priority.Device), (priority.Lost, machine.Rank));
        }
        // What is out of date stays in the queue until it comes up.
        if (_best.Count > (2 * machines.All.Count) + 64)
            Rebuild();
    }

    private void Rebuild()
    {
        if (_epoch != machines.Epoch)
            _scores.Clear();
        (_epoch, _seen, _total) = (machines.Epoch, machines.Log.Count, 0);
        _copies = new int[machines.All.Count];
        _best.Clear();
        List<((Machine, int, int), (double, int))> entries = [];
        foreach (Machine machine in machines.All)
        {
            if (Look(machine) is { } priority)
                entries.Add(((machine, machine.Version, priority.Device), (priority.Lost, machine.Rank)));
        }
        _best.EnqueueRange(entries);
    }

    private (double Lost, int Device)? Look(Machine machine)
    {
        int copies = Matches(machine) ? machine.View.Copies(role.Ask) : 0;
        if (role.Apart)
            copies = Math.Min(copies, 1);
        _total += copies - _copies[machine.Index];
        _copies[machine.Index] = copies;
        if (copies == 0)
            return null;
        if (machines.Score is not { } score)
            return (0, -1);
        if (_scores.Count > 20_000)
            _scores.Clear();
        ref Choice choice = ref CollectionsMarshal.GetValueRefOrAddDefault(_scores, machine.State, out bool known);
        if (!known)
            choice = score.Of(machine.State, role.Ask);
        return (-choice.Score, choice.Device);
    }
}
