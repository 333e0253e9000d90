using MLPlatform.Core.Scheduling;
using MLPlatform.Core.Scheduling.Admission;
using MLPlatform.Core.Scheduling.Placement;

namespace MLPlatform.Tests.Scheduling.Admission;

// What must hold of each decision.
internal sealed partial class History
{
    private bool _lentOut; // Whether something was promised or reserved lately, which the books do not know.

    private void Decide()
    {
        AdmissionPlan plan = _scheduler.Decide(_now);
        Decisions++;
        Reservations();
        _grown = [.. plan.Admissions.Select(a => _tree.GroupOf(a.Work.Group))];
        foreach (IGrouping<WorkId, Preemption> stops in plan.Preemptions.GroupBy(p => p.For))
            Check(stops.Key, [.. stops], plan);
        foreach (Admitted admitted in plan.Admissions)
            Check(admitted);
        foreach (WorkId broken in plan.Broken)
        {
            Must(_books.Running.TryGetValue(broken, out Books.Held? held) && _brokenOnce.Add(broken), "what does not run, or was given up before, is given up");
            Must(held!.Places.Any(p => !_books.Nodes.ContainsKey(p.Node)), "a gang is given up that lost nothing");
        }
        foreach (WorkId id in plan.Broken)
        {
            // Requeued whole.
            Work work = _books.Running[id].Work;
            _brokenOnce.Remove(id);
            if (work.Id.Node < 0)
                continue;
            End(id);
            Again(work);
        }
        Must(_scheduler.Waiting == _waiting.Count, $"{_scheduler.Waiting} wait, and {_waiting.Count} should");
        Must(_scheduler.Running == _books.Running.Count, $"{_scheduler.Running} run, and {_books.Running.Count} should");
        foreach (Holding held in _scheduler.Holdings)
            Must(_books.Running.TryGetValue(held.Work.Id, out Books.Held? known) && SamePlaces(known.Places, held.Places), $"{held.Work.Id} holds other places than it got");
        // Invariant 4: whoever others stopped for starts once they have, if not before.
        foreach (WorkId kept in plan.Broken.Count > 0 ? [] : _books.Kept.Keys.ToList())
            Must(_books.Stopping.ContainsValue(kept), $"all who stopped for {kept} are gone, and it does not start: {_scheduler.Why(kept, _now)}");
        NothingMoreStarts(plan);
        NothingIsTwice();
        PromisesHold();
        QuotaPromisesHold(plan);
    }

    private void Again(Work work)
    {
        work = work with { Since = _now };
        ForgetPassed(work);
        Must(_scheduler.Enqueue(work), "work that ended could not wait again");
        _waiting.Add(work.Id, work);
    }

    // Invariants 5, 7, 11 and 15: a place for each member on nodes that have all it asks for, and quota for all of it.
    private void Check(Admitted admitted)
    {
        Work work = admitted.Work;
        Must(_waiting.ContainsKey(work.Id), $"{work.Id} is admitted and does not wait");
        Gang gang = work.Gang;
        Must(admitted.Places.Count == gang.Count, $"{work.Id}: {admitted.Places.Count} of {gang.Count} members");
        bool kept = _books.Kept.Remove(work.Id);
        Dictionary<string, (long Cpu, long Memory, long[] Devices)> free = _books.Free(admitted.Pool, kept: false);
        int member = 0;
        foreach (Role role in gang.Roles)
        {
            Must(!role.Apart || admitted.Places.Skip(member).Take(role.Count).DistinctBy(p => p.Node).Count() == role.Count, $"{work.Id}: members that must be apart are not");
            for (int i = 0; i < role.Count; i++, member++)
                Check(work.Id, role, admitted.Pool, admitted.Places[member]);
        }
        Must(gang.Together is not { } level || admitted.Places.Select(p => _books.Nodes[p.Node].Node.Labels[level]).Distinct().Count() == 1, $"{work.Id}: members that must be together are not");
        Books.Take(free, gang, admitted.Places);
        foreach (MemberPlace place in admitted.Places)
        {
            (long cpu, long memory, long[] devices) = free[place.Node];
            Must((cpu >= 0 || gang.Amount.MilliCpu == 0) && (memory >= 0 || gang.Amount.MemoryBytes == 0) && place.Devices.All(d => devices[d] >= 0), $"{work.Id}: {place.Node} gives more than it has");
        }
        if (!kept)
            CheckQuota(work, admitted.Pool);
        Amount ceiling = _tree.Ceiling(_tree.GroupOf(work.Group), work.Person, admitted.Pool) ?? new Amount(long.MaxValue, long.MaxValue, long.MaxValue);
        _waiting.Remove(work.Id);
        _books.Running.Add(work.Id, new Books.Held(work, admitted.Pool, admitted.Places, _now));
        Amount used = _books.Used(_tree.GroupOf(work.Group), admitted.Pool, _tree.GroupOf, work.Person);
        Must(kept || gang.Amount.MilliGpu == 0 || used.MilliGpu <= ceiling.MilliGpu, $"{work.Id}: {work.Person} is above the ceiling");
        Admissions++;
    }

    private void Check(WorkId id, Role role, string pool, MemberPlace place)
    {
        Must(_books.Nodes.TryGetValue(place.Node, out (string Pool, SchedulerNode Node) at) && at.Pool == pool, $"{id}: there is no node {place.Node}");
        NodeAsk ask = role.Ask;
        Must(ask.Gpus == 0 || ask.Accepts(at.Node.Kind), $"{id}: {place.Node} has another model");
        Must(role.Selector?.Matches(at.Node.Labels) != false, $"{id}: {place.Node} has other labels");
        Must(place.Devices.Count == ask.Gpus && place.Devices.Distinct().Count() == ask.Gpus && place.Devices.All(d => d >= 0 && d < at.Node.Kind.Gpus), $"{id}: devices {string.Join(',', place.Devices)} for {ask.Gpus}");
    }

    private static bool SamePlaces(IReadOnlyList<MemberPlace> a, IReadOnlyList<MemberPlace> b) =>
        a.Count == b.Count && a.Zip(b).All(p => p.First.Node == p.Second.Node && p.First.Devices.SequenceEqual(p.Second.Devices));

    private void CheckQuota(Work work, string pool) => Must(Allows(work, pool), $"{work.Id} of '{work.Group}' is above what its group may use");

    private static readonly Func<Amount, long>[] Parts = [a => a.MilliCpu, a => a.MemoryBytes, a => a.MilliGpu];

    private StaticQuota Quota(string pool, Func<Amount, long> part, Func<string, Amount>? more = null)
    {
        Amount capacity = Amount.Zero;
        foreach ((string of, SchedulerNode node) in _books.Nodes.Values)
            capacity += of == pool ? new Amount(node.Kind.MilliCpu, (long)node.Kind.MemoryMiB << 20, node.Kind.Gpus * 1000) : Amount.Zero;
        return new StaticQuota(_file, g => _tree.Groups[g].In(pool), g => _books.Used(g, pool, _tree.GroupOf) + (more?.Invoke(g) ?? Amount.Zero), part, capacity);
    }

    // What flows up the tree because of it stays within each bound; or within that of its own group.
    private bool Allows(Work work, string pool) => AllowsAt(work, pool, ownOnly: false);

    private bool AllowsAt(Work work, string pool, bool ownOnly)
    {
        string group = _tree.GroupOf(work.Group);
        foreach (Func<Amount, long> part in Parts)
        {
            if (part(work.Gang.Amount) == 0)
                continue;
            List<(long Flow, long Limit)> before = Quota(pool, part).Path(group);
            List<(long Flow, long Limit)> after = Quota(pool, part, g => g == group ? work.Gang.Amount : Amount.Zero).Path(group);
            if (after.Take(ownOnly ? 1 : after.Count).Where((a, i) => a.Flow > before[i].Flow && a.Flow > a.Limit).Any())
                return false;
        }
        return true;
    }

    private bool FitsCeiling(Work work, string pool)
    {
        string group = _tree.GroupOf(work.Group);
        if (_tree.Ceiling(group, work.Person, pool) is not { } ceiling)
            return true;
        return work.Gang.Amount.MilliGpu == 0 || (_books.Used(group, pool, _tree.GroupOf, work.Person) + work.Gang.Amount).MilliGpu <= ceiling.MilliGpu;
    }

    // Invariants 6, 9 and 10: where nothing is promised, all starts that has quota and room, however long the queue and whatever stands before it.
    private void NothingMoreStarts(AdmissionPlan plan)
    {
        if (_settings.Promises > 0 || _lentOut || plan.Broken.Count > 0)
            return;
        Dictionary<string, (long, long, long[])> free = _books.Free("default", kept: false);
        // What victims leave belongs to who they stop for, and to nobody else though other victims may leave more.
        foreach (WorkId kept in _books.Kept.Keys)
        {
            foreach ((string node, (long cpu, long memory, long[] devices)) in _books.FreeOnce(kept, "default"))
                free[node] = (Math.Min(free[node].Item1, cpu), Math.Min(free[node].Item2, memory), [.. free[node].Item3.Zip(devices, Math.Min)]);
        }
        foreach (Work work in _waiting.Values)
        {
            // Behind one of its own shape for whom others stop, it waits with that.
            if (_books.Kept.Values.Any(k => k.Work.Gang.Equals(work.Gang) && _tree.GroupOf(k.Work.Group) == _tree.GroupOf(work.Group)))
                continue;
            if (work.Gang.Count == 1 && !_books.Kept.ContainsKey(work.Id) && _books.FitsOne(free, work.Gang.Roles[0]) && FitsCeiling(work, "default"))
                Must(!Allows(work, "default"), $"{work.Id} of '{work.Group}' has quota and room, and waits: {_scheduler.Why(work.Id, _now)}");
        }
    }

    // Places that victims leave are those of who they stop for, and of nobody else.
    private void NothingIsTwice()
    {
        foreach (string pool in (string[])["default", "cloud"])
        {
            foreach ((string node, (long cpu, long memory, long[] devices)) in _books.Free(pool, _books.Stopping.ContainsKey))
                Must(cpu >= 0 && memory >= 0 && devices.All(d => d >= 0), $"{node} is given out twice");
        }
    }

    // Invariants 1 to 4.
    private void Check(WorkId by, Preemption[] stops, AdmissionPlan plan)
    {
        Must(_waiting.TryGetValue(by, out Work? work), $"work is stopped for {by}, which does not wait");
        Must(!_books.Kept.ContainsKey(by), $"work is stopped for {by} again");
        string group = _tree.GroupOf(work!.Group), pool = work.Pool;
        long[] beyond = [.. Parts.Select(p => Beyond(pool, p))];
        bool reclaims = IsFlat && plan.Admissions.Count == 0
            && stops.Any(s => _books.Running.TryGetValue(s.Victim, out Books.Held? held) && _tree.GroupOf(held.Work.Group) != group);
        foreach (Preemption stop in stops)
        {
            Must(_books.Running.TryGetValue(stop.Victim, out Books.Held? victim) && victim.Pool == pool, $"{stop.Victim} is stopped and does not run");
            Must(victim!.Work.Preemptible && !_books.Stopping.ContainsKey(stop.Victim), $"{stop.Victim} may not be stopped");
            Must(victim.Since + _settings.MinimumRun <= _now, $"{stop.Victim} is stopped in its first minute");
            string theirs = _tree.GroupOf(victim.Work.Group);
            bool grew = plan.Admissions.Any(a => a.Pool == pool && _tree.GroupOf(a.Work.Group) == theirs);
            bool lower = theirs == group && victim.Work.Priority < work.Priority;
            Must(lower || (theirs != group && (grew || Parts.Any(p => p(work.Gang.Amount) > 0 && p(victim.Work.Gang.Amount) > 0 && Quota(pool, p).IsOver(theirs)))), $"{stop.Victim} is within its quota, and not of lower priority in the group");
            Must(lower || _file.Groups.Values.Any(g => g.Parent is not null) || Parts.All(p => Quota(pool, p).IsWithin(group, p(work.Gang.Amount))), $"{by} takes lent quota back beyond its own");
            Must(!_evictions.Any(e => e.Victim == by && e.By == stop.Victim && e.At + _settings.CoolDown > _now), $"{by} and {stop.Victim} stop each other");
            _evictions.Add((stop.Victim, by, _now));
            _books.Stopping.Add(stop.Victim, by);
            Preemptions++;
        }
        Must(Allows(work, pool) && FitsCeiling(work, pool), $"work is stopped for {by}, which has no quota even so");
        // What is kept is free once the victims are gone.
        Dictionary<string, (long Cpu, long Memory, long[] Devices)> free = _books.Free(pool, id => _books.Stopping.ContainsKey(id) || plan.Admissions.Any(a => a.Work.Id == id));
        Books.Take(free, work.Gang, stops[0].Places);
        Must(stops[0].Places.All(p => free[p.Node] is var f && f.Cpu >= 0 && f.Memory >= 0 && f.Devices.All(d => d >= 0)), $"the place kept for {by} is not free even so");
        if (work.Gang.Count == 1 && _settings.Promises == 0 && !_lentOut && plan.Admissions.Count == 0 && plan.Preemptions.Count == stops.Length)
        {
            foreach (Preemption stop in stops)
                Must(!WouldDo(work, pool, stop.Victim), $"{stop.Victim} need not be stopped for {by}");
            Must(!LeaveEnough(work, pool, stops), $"nobody need be stopped for {by}: who stops already leaves enough");
        }
        _books.Kept.Add(by, new Books.Held(work, pool, stops[0].Places, _now));
        if (reclaims)
            MustFall(by, pool, beyond);
    }

    // Of those who stop for others.
    private bool LeaveEnough(Work work, string pool, Preemption[] stops)
    {
        Dictionary<string, (long, long, long[])> free = _books.Free(pool, id => _books.Stopping.ContainsKey(id) && stops.All(s => s.Victim != id));
        stops.ToList().ForEach(s => _books.Stopping.Remove(s.Victim));
        bool allows = Allows(work, pool);
        stops.ToList().ForEach(s => _books.Stopping.Add(s.Victim, s.For));
        return allows && _books.FitsOne(free, work.Gang.Roles[0]);
    }

    private bool WouldDo(Work work, string pool, WorkId spared)
    {
        WorkId by = _books.Stopping[spared];
        Dictionary<string, (long, long, long[])> free = _books.Free(pool, id => id != spared && _books.Stopping.TryGetValue(id, out WorkId f) && f == by);
        _books.Stopping.Remove(spared);
        bool allows = Allows(work, pool);
        _books.Stopping.Add(spared, by);
        return allows && _books.FitsOne(free, work.Gang.Roles[0]);
    }

    private void Reserve(Step step)
    {
        NodeAsk ask = At<NodeAsk>([new(1_000, 1, 1, 1000, ""), new(2_000, 1, 0, 0, ""), new(1_000, 1, 2, 1000, "")], step.A);
        Reservation asked = new(new Guid(_next++, 0, 0, new byte[8]), At(GroupNames, step.C), "ann", "default", Gang.Of(ask), _now.AddSeconds((uint)step.B % 3 * 100), _now.AddSeconds(300 + ((uint)step.A % 300)));
        if (_scheduler.Reserve(asked, _now) is not ReservationResult.Granted granted)
            return;
        _lentOut = true;
        _reserved.Add(asked.Id, asked);
        Must(granted.Places.Count == 1, "a reservation has a place");
        Reservations();
    }

    // Begin and end with the scheduler; whether they hold what others hold, and count, is looked at as for all.
    private void Reservations()
    {
        foreach (WorkId held in _books.Running.Keys.Where(r => r.Node < 0).ToList())
            _books.Running.Remove(held);
        foreach (Holding held in _scheduler.Holdings.Where(h => h.Work.Id.Node < 0))
            _books.Running.Add(held.Work.Id, new Books.Held(held.Work, held.Pool, held.Places, held.Since));
    }

    // Invariant 8 and 2: when all is over, whatever could run does.
    private void Finish()
    {
        MustBeBounded();
        // Grace, and a cycle: nobody holds on to what is another's.
        _promised.Clear();
        _promisedQuota.Clear();
        _now = _now.AddMinutes(11);
        EndDue();
        Decide();
        MustReclaim();
        foreach (Guid reservation in _reserved.Keys)
            _scheduler.Release(reservation);
        for (int round = 0; round < 400 && (_books.Running.Count > 0 || _waiting.Count > 0); round++)
        {
            _now = _now.AddMinutes(11);
            foreach (WorkId id in _books.Running.Keys.Order(ById).ToList())
            {
                if (id.Node < 0)
                    _books.Running.Remove(id);
                else
                    End(id);
            }
            if (round == 0)
                SetTree();
            _lentOut = true;
            int before = _waiting.Count;
            Decide();
            if (_books.Running.Count == 0 && before == _waiting.Count)
                break;
        }
        foreach (Work work in _waiting.Values)
        {
            bool fits = _scheduler.CouldEverFit("default", work.Gang) && FitsCeiling(work, "default") && Allows(work, "default");
            Must(!fits, $"{work.Id} waits for ever though nothing runs: {_scheduler.Why(work.Id, _now)}");
        }
    }
}
