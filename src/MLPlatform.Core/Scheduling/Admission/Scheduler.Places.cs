namespace MLPlatform.Core.Scheduling.Admission;

// Where work runs: a place on the nodes as they are, or none.
public sealed partial class Scheduler
{
    // Whether it is worth to look: there is room beside the claims, or on machines that are claimed.
    private static bool MayFit(Pool pool, Gang gang)
    {
        foreach (Role role in gang.Roles)
        {
            if (pool.Machines.Index(role).Total >= role.Count)
                continue;
            bool claimed = false;
            foreach (Machine machine in pool.Machines.Claimed)
                claimed |= machine.Accepts(role.Ask) && machine.Now.Fits(role.Ask);
            if (!claimed)
                return false;
        }
        return true;
    }

    // Whether there is room on a claimed machine for who ends in time.
    private static bool MayPass(Pool pool, Gang gang)
    {
        foreach (Machine machine in pool.Machines.Claimed)
        {
            foreach (Role role in gang.Roles)
            {
                if (machine.Accepts(role.Ask) && machine.Now.Fits(role.Ask))
                    return true;
            }
        }
        return false;
    }

    private (Waiter Waiter, Slot[] Slots)? FindPlaces(Pool pool, WorkClass @class)
    {
        Waiter first = @class.First!;
        Claim? own = _claims.GetValueOrDefault(first.Work.Id);
        if (own is null && Place(pool, @class.Gang, long.MaxValue) is { } slots)
            return (first, slots);
        if (pool.Promises.Count + pool.Reserved.Count == 0)
            return null;
        // Its own claim, and those of who comes after it, do not bind it.
        List<Claim> lifted = pool.Promises.FindAll(c => c == own || (WouldHelp(@class.Gang, c) && IsBefore(first, c, pool)));
        if (lifted.Count > 0 && (own is not null || MayFitWithout(lifted, @class.Gang)))
        {
            lifted.ForEach(Lift);
            Slot[]? found = own is not null && TakeClaimed(own) is { } kept ? kept : Place(pool, @class.Gang, long.MaxValue);
            List<Claim> broken = [];
            foreach (Claim claim in lifted)
            {
                if (found is not null && claim != own && !StillHolds(claim))
                    broken.Add(claim);
                else
                    Lower(claim);
            }
            broken.ForEach(VoidPromise);
            if (found is not null)
                return (first, found);
            // Later than promised: what was to end did not.
            if (own is { Leaf: null } && own.From <= _now && own.Made < own.From)
                Unclaim(own);
        }
        return FindPassing(pool, @class);
    }

    // Who is sure to end before a promise begins may pass.
    private (Waiter Waiter, Slot[] Slots)? FindPassing(Pool pool, WorkClass @class)
    {
        long longest = 0;
        foreach (Claim claim in pool.Promises)
            longest = Math.Max(longest, claim.From - _now);
        foreach (Claim claim in pool.Reserved)
            longest = Math.Max(longest, claim.From - _now);
        // What the first of them has of its quota already, others have not.
        if (longest <= 0 || @class.SoonestRun > longest || Refusing(pool, @class) is not null)
            return null;
        foreach (Waiter waiter in @class.Waiters)
        {
            if (waiter.RunTicks <= longest && !_claims.ContainsKey(waiter.Work.Id) && MayStart(pool, waiter) && Place(pool, @class.Gang, _now + waiter.RunTicks) is { } slots)
                return (waiter, slots);
        }
        return null;
    }

    private bool IsBefore(Waiter waiter, Claim claim, Pool pool) =>
        claim.Leaf is null && _waiting.TryGetValue(claim.For, out Waiter? other) && Contest.Precedes(waiter, other, pool.Size);

    // Whether something that is claimed is free and of use.
    private static bool WouldHelp(Gang gang, Claim claim)
    {
        foreach (Slot slot in claim.Slots)
        {
            foreach (Role role in gang.Roles)
            {
                if (slot.Machine.Accepts(role.Ask) && slot.Machine.Now.Fits(role.Ask))
                    return true;
            }
        }
        return false;
    }

    // One member that found no place before finds one only on a machine of which something is no longer claimed.
    private static bool MayFitWithout(List<Claim> lifted, Gang gang)
    {
        if (gang.Count > 1)
            return true;
        foreach (Claim claim in lifted)
        {
            foreach (Slot slot in claim.Slots)
            {
                if (slot.Machine.Accepts(gang.Roles[0].Ask) && slot.Machine.ViewWithout(lifted).Fits(gang.Roles[0].Ask))
                    return true;
            }
        }
        return false;
    }

    private static void Lift(Claim claim)
    {
        foreach (Slot slot in claim.Slots)
            slot.Machine.Remove(claim);
    }

    private static void Lower(Claim claim)
    {
        foreach (Slot slot in claim.Slots)
            slot.Machine.Add(claim, slot);
    }

    // Whether what was promised is still there when the promise begins.
    private static bool StillHolds(Claim claim)
    {
        Lower(claim);
        bool holds = claim.Slots.All(s => !s.Machine.IsGone && !s.Machine.IsShort(claim));
        Lift(claim);
        return holds;
    }

    private static Slot[]? TakeClaimed(Claim claim)
    {
        for (int i = 0; i < claim.Slots.Length; i++)
        {
            Slot slot = claim.Slots[i];
            if (!slot.Machine.IsGone && slot.Machine.HasNow(slot))
                slot.Machine.Take(slot.Ask, slot.Devices);
            else
            {
                for (int taken = 0; taken < i; taken++)
                    claim.Slots[taken].Machine.Give(claim.Slots[taken].Ask, claim.Slots[taken].Devices);
                return null;
            }
        }
        return [.. claim.Slots.Select(s => new Slot(s.Machine, s.Ask, s.Devices))];
    }

    /// <summary>Takes a place for each member, or none; for work that ends by then.</summary>
    private static Slot[]? Place(Pool pool, Gang gang, long until)
    {
        Machines machines = pool.Machines;
        if (gang.Together is { } level)
            return PlaceTogether(machines, gang, until, level);
        if (gang.Count == 1 || machines.All.Count == 1)
            return PlaceAnywhere(machines, gang, until, null);
        // Close together if that can be had.
        foreach (string near in Topology.Near)
        {
            if (machines.Domains(near) > 1 && PlaceTogether(machines, gang, until, near) is { } slots)
                return slots;
        }
        return PlaceAnywhere(machines, gang, until, null);
    }

    private static Slot[]? PlaceTogether(Machines machines, Gang gang, long until, string level)
    {
        // The fullest domain that has room for all, so that emptier ones stay whole.
        foreach (string domain in Topology.Candidates(machines, gang, level))
        {
            if (PlaceAnywhere(machines, gang, until, m => m.Labels.TryGetValue(level, out string? has) && has == domain) is { } slots)
                return slots;
        }
        return null;
    }

    private static Slot[]? PlaceAnywhere(Machines machines, Gang gang, long until, Func<Machine, bool>? allowed)
    {
        Slot[] slots = new Slot[gang.Count];
        int taken = 0;
        foreach ((Role role, int at) in gang.LargestFirst)
        {
            HashSet<Machine>? used = role.Apart ? [] : null;
            Func<Machine, bool>? may = used is null ? allowed : m => !used.Contains(m) && allowed?.Invoke(m) != false;
            for (int i = 0; i < role.Count; i++, taken++)
            {
                if (PlaceOne(machines, role, until, may) is not { } slot)
                {
                    foreach (Slot given in slots)
                        given?.Machine.Give(given.Ask, given.Devices);
                    return null;
                }
                slot.Machine.Take(slot.Ask, slot.Devices);
                slots[at + i] = slot;
                used?.Add(slot.Machine);
            }
        }
        return slots;
    }

    private static Slot? PlaceOne(Machines machines, Role role, long until, Func<Machine, bool>? allowed)
    {
        if (machines.All.Count == 1 && machines.All[0] is var only)
        {
            Room view = only.IsClaimed ? only.ViewUntil(until) : only.Now;
            return only.Accepts(role) && view.Fits(role.Ask) && allowed?.Invoke(only) != false
                ? new Slot(only, role.Ask, view.Choose(role.Ask))
                : null;
        }
        AskIndex index = machines.Index(role);
        if (index.Pick(allowed, out int device) is { } best)
            return new Slot(best, role.Ask, best.View.Choose(role.Ask, device));
        if (until == long.MaxValue)
            return null;
        foreach (Machine machine in machines.Claimed)
        {
            if (index.Matches(machine) && allowed?.Invoke(machine) != false && machine.ViewUntil(until) is var view && view.Fits(role.Ask))
                return new Slot(machine, role.Ask, view.Choose(role.Ask));
        }
        return null;
    }
}
