namespace MLPlatform.Core.Scheduling.Admission;

// Machines that are lost, and come back.
public sealed partial class Scheduler
{
    private const long Undated = long.MaxValue - 1;

    // The other members' places are kept for a while: the machine may come back.
    private List<WorkId> Break(Pool pool, Machine machine)
    {
        foreach (Claim claim in pool.Promises.Where(p => p.Slots.Any(s => s.Machine == machine)).ToList())
        {
            DropClaim(claim.For);
            if (_waiting.TryGetValue(claim.For, out Waiter? waiter))
                Open(waiter.Class);
        }
        List<WorkId> broken = [];
        foreach (Held held in _reservations.Values.Where(r => r.Claim?.Slots.Any(s => s.Machine == machine) == true).ToList())
            Drop(held);
        foreach (Running running in machine.Runs.Select(r => r.Running).Distinct().ToList())
        {
            if (running.Work.Id.Node == Reservation.Holder && _reservations.ContainsKey(running.Work.Id.Run))
            {
                // Nobody works there yet: another place will do.
                Ended(running.Work.Id);
                continue;
            }
            Break(running);
            broken.Add(running.Work.Id);
        }
        return broken;
    }

    private void Break(Running running)
    {
        if (running.IsBroken)
            return;
        // Taken up before the first decision, when it is not known what time it is.
        running.BrokenUntil = _now == 0 ? Undated : _now + _settings.KeepBroken.Ticks;
        _breaking.Add(running);
    }

    // Members find their places on a machine of the same name again.
    private void ComeBack(Pool pool, Machine machine)
    {
        foreach (Running running in _breaking.ToList())
        {
            if (running.Pool != pool)
                continue;
            for (int i = 0; i < running.Slots.Length; i++)
            {
                Slot lost = running.Slots[i];
                if (!lost.Machine.IsGone || lost.Machine.Name != machine.Name || lost.Devices.Any(d => d >= machine.Kind!.Gpus))
                    continue;
                lost.Machine.Remove(lost);
                Slot found = new(machine, lost.Ask, lost.Devices);
                running.Slots[i] = found;
                machine.Add(running, found);
                machine.Take(found.Ask, found.Devices);
            }
            if (running.Slots.All(s => !s.Machine.IsGone))
            {
                running.BrokenUntil = long.MaxValue;
                _breaking.Remove(running);
            }
        }
    }

    // It keeps its places until it is told as ended, but is told only once.
    private void GiveUpBroken()
    {
        if (_breaking.Count == 0)
            return;
        foreach (Running running in _breaking.Where(r => r.BrokenUntil == Undated))
            running.BrokenUntil = _now + _settings.KeepBroken.Ticks;
        foreach (Running running in _breaking.Where(r => r.BrokenUntil <= _now).OrderBy(r => r.Number).ToList())
        {
            _broken.Add(running.Work.Id);
            _breaking.Remove(running);
        }
    }

    private long NextBroken() => _breaking.Count == 0 ? long.MaxValue : _breaking.Min(r => r.BrokenUntil);

    // A pool that places by itself has another size: what runs there stays.
    private void Move(Machine from, Machine to)
    {
        foreach ((Running running, Slot slot) in from.Runs.ToList())
        {
            Slot moved = new(to, slot.Ask, slot.Devices);
            running.Slots[Array.IndexOf(running.Slots, slot)] = moved;
            to.Add(running, moved);
            to.Take(moved.Ask, moved.Devices);
        }
        foreach (Claim claim in to.Owner is null ? [] : _claims.Values.Where(c => c.Slots.Any(s => s.Machine == from)).ToList())
            DropClaim(claim.For);
    }

    private static Slot Take(Pool pool, Role role, MemberPlace? place)
    {
        Machine? machine = pool.Whole ?? (place is null ? null : pool.Machines.ByName.GetValueOrDefault(place.Node));
        // A machine that is not there at the moment may come back.
        machine ??= new Machine(new SchedulerNode(place?.Node ?? "", new Placement.NodeKind(0, 0, 0, ""))) { IsGone = true };
        int[] devices = machine.IsGone || machine.Kind is null ? [.. place?.Devices ?? []] : DevicesOn(machine, role, place);
        Slot slot = new(machine, role.Ask, devices);
        if (!machine.IsGone)
            machine.Take(slot.Ask, slot.Devices);
        return slot;
    }

    private static int[] DevicesOn(Machine machine, Role role, MemberPlace? place)
    {
        int asked = Math.Min(role.Ask.Gpus, machine.Kind!.Gpus);
        if (place is not null && place.Devices.Count == asked && place.Devices.All(d => d >= 0 && d < machine.Kind.Gpus))
            return [.. place.Devices];
        // Nobody wrote down which: those that have most left.
        return [.. Enumerable.Range(0, machine.Kind.Gpus).OrderByDescending(d => machine.Now.Devices[d]).Take(asked).Order()];
    }
}
