using MLPlatform.Core.Scheduling.Placement;

namespace MLPlatform.Core.Scheduling.Admission;

/// <summary>
/// Machines as they would be without some of what runs: work is taken off one by one until a gang finds room. Nothing is changed.
/// </summary>
internal sealed class Clearing
{
    private readonly Machines _machines;
    private readonly Gang _gang;
    private readonly AskIndex[] _indices;
    private readonly Dictionary<Machine, (Room Room, List<Running> Without)> _rooms = [];
    private readonly Dictionary<string, long[]> _fits = new(StringComparer.Ordinal);

    public Clearing(Pool pool, Gang gang)
    {
        Machines machines = pool.Machines;
        (_machines, _gang) = (machines, gang);
        _indices = [.. gang.Roles.Select(machines.Index)];
        if (gang.Together is null)
            _fits[""] = [.. _indices.Select(i => i.Total)];
        else
        {
            foreach (Machine machine in machines.All)
            {
                if (Domain(machine) is { } domain)
                {
                    for (int i = 0; i < _indices.Length; i++)
                        Fits(domain)[i] += _indices[i].CopiesOn(machine);
                }
            }
        }
        // What is claimed is taken as claimed from now on, though it may not be yet; but those who stop are gone.
        foreach (Machine machine in machines.Claimed.Concat(pool.Stopping.SelectMany(s => s.Slots).Select(s => s.Machine).Where(m => !m.IsGone)).Distinct())
            Change(machine, _ => { });
    }

    /// <summary>Whether there is room once all have gone who stop already.</summary>
    public bool IsCleared => _fits.Any(domain => domain.Value.Zip(_gang.Roles).All(f => f.First >= f.Second.Count) && Choose(domain.Key, out _) is not null);

    /// <summary>Takes one work off. Gives the places that all members find, once they do.</summary>
    /// <param name="usable">Who else is gone where the places are.</param>
    public Slot[]? Remove(Running running, out HashSet<Running> usable)
    {
        usable = None;
        if (running.StopsFor is not null)
            return null; // What stops counts as gone from the beginning.
        if (running.Slots.Length == 1 && (running.Slots[0].Machine.IsGone || !IsOfUse(running.Slots[0].Machine)))
            return null;
        HashSet<string> touched = new(StringComparer.Ordinal);
        foreach (IGrouping<Machine, Slot> slots in running.Slots.GroupBy(s => s.Machine))
        {
            if (slots.Key.IsGone || Domain(slots.Key) is not { } domain || !IsOfUse(slots.Key))
                continue;
            Change(slots.Key, room =>
            {
                foreach (Slot slot in slots)
                    room.Give(slot.Ask, slot.Devices);
            });
            _rooms[slots.Key].Without.Add(running);
            touched.Add(domain);
        }
        foreach (string domain in touched)
        {
            if (Fits(domain).Zip(_gang.Roles).All(f => f.First >= f.Second.Count) && Choose(domain, out usable) is { } places)
                return places;
        }
        return null;
    }

    private static readonly HashSet<Running> None = [];

    private bool IsOfUse(Machine machine)
    {
        foreach (AskIndex index in _indices)
        {
            if (index.Matches(machine))
                return true;
        }
        return false;
    }

    private void Change(Machine machine, Action<Room> change)
    {
        if (Domain(machine) is not { } domain)
            return;
        bool known = _rooms.TryGetValue(machine, out (Room Room, List<Running> Without) found);
        if (!known)
            _rooms.Add(machine, found = (machine.Unclaimed(), []));
        long[] fits = Fits(domain);
        int[] before = [.. _gang.Roles.Select((r, i) => known ? Copies(machine, i, found.Room) : _indices[i].CopiesOn(machine))];
        change(found.Room);
        for (int i = 0; i < fits.Length; i++)
            fits[i] += Copies(machine, i, found.Room) - before[i];
    }

    private int Copies(Machine machine, int role, Room room) => !_indices[role].Matches(machine) ? 0
        : _gang.Roles[role].Apart ? Math.Min(1, room.Copies(_gang.Roles[role].Ask)) : room.Copies(_gang.Roles[role].Ask);

    // Machines that take most members first.
    private Slot[]? Choose(string domain, out HashSet<Running> usable)
    {
        usable = [];
        Slot[] slots = new Slot[_gang.Count];
        Dictionary<Machine, Room> left = [];
        foreach ((Role role, int at) in _gang.LargestFirst)
        {
            int placed = 0;
            // One member that fits only where something was taken off needs no look at the rest.
            IEnumerable<Machine> among = _gang.Count == 1 ? _rooms.Keys : _machines.All;
            foreach (Machine machine in among.Where(m => _machines.Index(role).Matches(m) && Domain(m) == domain)
                .Select(m => (Machine: m, Copies: Left(m).Copies(role.Ask))).Where(m => m.Copies > 0).OrderByDescending(m => m.Copies).ThenBy(m => m.Machine.Rank).Select(m => m.Machine))
            {
                Room room = Left(machine);
                while (placed < role.Count && room.Fits(role.Ask))
                {
                    Slot slot = new(machine, role.Ask, room.Choose(role.Ask));
                    room.Take(slot.Ask, slot.Devices);
                    slots[at + placed++] = slot;
                    if (role.Apart)
                        break;
                }
                if (placed == role.Count)
                    break;
            }
            if (placed < role.Count)
                return null;
        }
        foreach (Slot slot in slots)
        {
            if (_rooms.TryGetValue(slot.Machine, out (Room Room, List<Running> Without) cleared))
                usable.UnionWith(cleared.Without);
        }
        return slots;

        Room Left(Machine machine)
        {
            if (!left.TryGetValue(machine, out Room? room))
                left.Add(machine, room = _rooms.TryGetValue(machine, out (Room Room, List<Running>) cleared) ? cleared.Room.Copy() : machine.Unclaimed());
            return room;
        }
    }

    private string? Domain(Machine machine) => _gang.Together is { } level ? machine.Labels.GetValueOrDefault(level) : "";

    private long[] Fits(string domain)
    {
        if (!_fits.TryGetValue(domain, out long[]? fits))
            _fits.Add(domain, fits = new long[_indices.Length]);
        return fits;
    }
}
