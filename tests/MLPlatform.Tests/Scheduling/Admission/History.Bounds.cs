using MLPlatform.Core.Scheduling;
using MLPlatform.Core.Scheduling.Admission;

namespace MLPlatform.Tests.Scheduling.Admission;

// What must hold over time, and not of one decision alone.
internal sealed partial class History
{
    private readonly Dictionary<WorkId, DateTimeOffset> _promised = [], _promisedQuota = [];

    private HashSet<string> _grown = []; // Groups of which something started at the last look.

    private bool IsFlat => _file.Groups.Values.All(g => g.Parent is null);

    private IEnumerable<string> Holders => _books.Running.Values.Concat(_books.Kept.Values).Select(h => _tree.GroupOf(h.Work.Group)).Distinct();

    // What all groups use beyond their nominal quotas, which ends every chain of reclaims.
    private long Beyond(string pool, Func<Amount, long> part) => Holders.Sum(g => Quota(pool, part).Beyond(g));

    // Invariant 1: with each reclaim the sum falls where something is asked for, and rises nowhere.
    private void MustFall(WorkId by, string pool, long[] before)
    {
        long[] after = [.. Parts.Select(p => Beyond(pool, p))];
        Must(after.Zip(before).All(p => p.First <= p.Second) && after.Zip(before).Any(p => p.First < p.Second),
            $"what is used beyond quotas does not fall by what is taken back for {by}: {string.Join(", ", before)}, then {string.Join(", ", after)}");
    }

    // Invariant 1: in each hour nobody stops more often than it can have run for the least time.
    private void MustBeBounded()
    {
        if (_settings.MinimumRun <= TimeSpan.Zero)
            return;
        foreach (IGrouping<WorkId, (WorkId Victim, WorkId By, DateTimeOffset At)> of in _evictions.GroupBy(e => e.Victim))
        {
            DateTimeOffset[] times = [.. of.Select(e => e.At)];
            for (int i = 1; i < times.Length; i++)
                Must(times[i] - times[i - 1] >= _settings.MinimumRun, $"{of.Key} is stopped twice within {times[i] - times[i - 1]}");
        }
    }

    // Invariant 2: after minimum run, cool-down and pauses, whoever is within quota stops who is not, if one is enough.
    private void MustReclaim()
    {
        // What lost a node for good waits again since this look, and left its quota after it.
        if (_settings.Promises > 0 || _lentOut || !IsFlat || _file.Groups.Count == 0 || _waiting.Values.Any(w => w.Since == _now))
            return;
        foreach (Work work in _waiting.Values.Where(w => w.Pool == "default" && w.Gang.Count == 1 && !_books.Kept.ContainsKey(w.Id)))
        {
            string group = _tree.GroupOf(work.Group);
            if (!FitsCeiling(work, "default") || _books.Kept.Values.Any(k => k.Work.Gang.Equals(work.Gang) && _tree.GroupOf(k.Work.Group) == group)
                || !Parts.All(p => Quota("default", p).IsWithin(group, p(work.Gang.Amount))))
                continue;
            // It waits for those who stop already, where they leave room for it, too.
            if (_books.FitsOne(_books.Free("default", _books.Stopping.ContainsKey), work.Gang.Roles[0]))
                continue;
            foreach (Books.Held held in _books.Running.Values.Where(h => h.Pool == "default" && h.Work.Id.Node > 0 && h.Work.Preemptible && h.Since.Add(_settings.MinimumRun) < _now).ToList())
            {
                string theirs = _tree.GroupOf(held.Work.Group);
                // Who came to be beyond its quota at this look gives back at the next.
                if (_books.Stopping.ContainsKey(held.Work.Id) || theirs == group || _grown.Contains(theirs) || held.Places.Any(p => !_books.Nodes.ContainsKey(p.Node))
                    || !Parts.Any(p => p(work.Gang.Amount) > 0 && p(held.Work.Gang.Amount) > 0 && Quota("default", p).IsOver(theirs)))
                    continue;
                _books.Running.Remove(held.Work.Id);
                bool enough = _books.FitsOne(_books.Free("default"), work.Gang.Roles[0]) && Allows(work, "default");
                _books.Running.Add(held.Work.Id, held);
                Must(!enough, $"{work.Id} of '{group}' is within quota and waits, though {held.Work.Id} of '{theirs}' is beyond its own and would make room: {_scheduler.Why(work.Id, _now)}");
            }
        }
    }

    // Invariant 6: who is first of all starts when it was promised, however many came after it: run times are right here.
    private void PromisesHold()
    {
        foreach ((WorkId id, DateTimeOffset at) in _promised)
        {
            // Whoever others stop for waits for them, and they take their time here.
            Must(at > _now || !_waiting.ContainsKey(id) || _books.Kept.ContainsKey(id), $"{id} was promised a start at {at:T}, and waits at {_now:T}: {_scheduler.Why(id, _now)}");
        }
        // What has to stop does so when it likes here, and is counted on to do so within its grace.
        if (_file.Groups.Count > 0 || _lentOut || _books.Stopping.Count > 0)
            return;
        Work? first = _waiting.Values.Where(w => w.Pool == "default").OrderByDescending(w => w.Priority).ThenBy(w => w.Since).ThenBy(w => w.Id.Node).FirstOrDefault();
        if (first is not null && !_promised.ContainsKey(first.Id)
            && _scheduler.Why(first.Id, _now) is { Cause: WaitCause.NoNode, Earliest: { } start } why && why.Release.Contains("is kept for it", StringComparison.Ordinal) && start > _now)
            _promised.Add(first.Id, start);
    }

    // Invariant 6: who is first in its group has what it needs of the group's quota, and of its person's ceiling, when it was promised.
    private void QuotaPromisesHold(AdmissionPlan plan)
    {
        // Who has its quota, sooner than promised even, and finds no room leaves it to others.
        foreach (WorkId id in _promisedQuota.Keys.Where(p => _waiting.TryGetValue(p, out Work? work) && (_scheduler.Why(p, _now) is { Cause: WaitCause.NoNode } || FoundNoRoom(work, plan))).ToList())
            _promisedQuota.Remove(id);
        foreach ((WorkId id, DateTimeOffset at) in _promisedQuota.Where(p => p.Value <= _now).ToList())
        {
            // Whoever others stop for has its quota already; and who had it when its turn came and found no room leaves it to others.
            Must(!_waiting.TryGetValue(id, out Work? work) || _books.Kept.ContainsKey(id) || (FitsCeiling(work, "default") && AllowsAt(work, "default", ownOnly: true))
                || _scheduler.Why(id, _now) is not { Cause: WaitCause.Quota or WaitCause.Ceiling },
                $"{id} was promised quota at {at:T}, and has none at {_now:T}: {_scheduler.Why(id, _now)}");
            // Where it still waits then, it does so for room, and is told anew what is kept.
            _promisedQuota.Remove(id);
        }
        if (_lentOut)
            return;
        foreach (IGrouping<string, Work> group in _waiting.Values.Where(w => w.Pool == "default").GroupBy(w => _tree.GroupOf(w.Group)).Where(g => !_file.Groups.Values.Any(d => d.Parent == g.Key)))
        {
            Work first = group.OrderByDescending(w => w.Priority).ThenBy(w => w.Since).ThenBy(w => w.Id.Node).First();
            if (!_promisedQuota.ContainsKey(first.Id) && _scheduler.Why(first.Id, _now) is { Cause: WaitCause.Quota or WaitCause.Ceiling, Earliest: { } start } why
                && why.Release.Contains("is kept for it", StringComparison.Ordinal) && start > _now)
            {
                _promisedQuota.Add(first.Id, start);
                QuotaPromises++;
            }
        }
    }

    // Whether it had its quota before others of its group started at this look, and no node had room for it even then.
    private bool FoundNoRoom(Work work, AdmissionPlan plan)
    {
        List<Books.Held> after = [.. plan.Admissions.Where(a => _tree.GroupOf(a.Work.Group) == _tree.GroupOf(work.Group)).Select(a => _books.Running[a.Work.Id])];
        after.ForEach(a => _books.Running.Remove(a.Work.Id));
        Dictionary<string, (long, long, long[])> free = _books.Free("default", kept: false);
        bool found = Allows(work, "default") && FitsCeiling(work, "default") && !work.Gang.Roles.All(r => _books.FitsOne(free, r));
        after.ForEach(a => _books.Running.Add(a.Work.Id, a));
        return found;
    }

    // Others may go before it from here on, or what was to end is another thing.
    private void ForgetPromises(Step step)
    {
        if ((uint)step.What % 16 is <= 8 or 10)
            return;
        _promised.Clear();
        _promisedQuota.Clear();
    }

    // Who comes with a higher priority goes first.
    private void ForgetPassed(Work by)
    {
        foreach (Dictionary<WorkId, DateTimeOffset> promised in (Dictionary<WorkId, DateTimeOffset>[])[_promised, _promisedQuota])
        {
            foreach (WorkId passed in promised.Keys.Where(p => !_waiting.TryGetValue(p, out Work? other) || other.Priority < by.Priority).ToList())
                promised.Remove(passed);
        }
    }
}
