using MLPlatform.Core.Scheduling;
using MLPlatform.Core.Scheduling.Admission;
using MLPlatform.Core.Scheduling.Quotas;
using MLPlatform.Core.Scheduling.Score;

namespace MLPlatform.Engine.Scheduling;

/// <summary>Work that is alike in what earlier runs tell of it.</summary>
internal readonly record struct WorkKind(string Pipeline, string Activity);

// Who goes first of those that wait, and how long they are expected to run. Without a resources file it is who came first.
internal sealed partial class AdmissionDesk
{
    /// <summary>How often it is looked for who waited too long.</summary>
    private static readonly TimeSpan LateEvery = TimeSpan.FromMinutes(1);

    private const int MostKinds = 100_000;
    private readonly Dictionary<string, WaitingOrder> _orders = new(StringComparer.Ordinal);
    private readonly Dictionary<WorkKind, (DateTimeOffset At, Experience Known)> _experience = [];
    private readonly Dictionary<string, RunTimeEstimate> _longest = new(StringComparer.Ordinal);
    private readonly HashSet<WorkKind> _unread = [];
    private DateTimeOffset _lateLooked, _decidedAt;

    /// <summary>The kinds of work that wait and of which nothing is known, or nothing new.</summary>
    public IReadOnlyList<WorkKind> TakeUnread(DateTimeOffset now)
    {
        if (_unread.Count == 0)
            return [];
        List<WorkKind> taken = [.. _unread.Where(k => !_experience.TryGetValue(k, out (DateTimeOffset At, Experience) known) || now - known.At >= Foresight.Stands)];
        _unread.Clear();
        return taken;
    }

    /// <summary>Takes in what was read; what waits is put in its new place, and what runs is expected to end by it.</summary>
    /// <param name="asked">What was to be read; what is missing in <paramref name="read"/> could not be.</param>
    public void Learn(IReadOnlyList<WorkKind> asked, IReadOnlyDictionary<WorkKind, Experience> read, DateTimeOffset now)
    {
        if (_experience.Count > MostKinds)
        {
            _experience.Clear();
            _longest.Clear();
        }
        foreach (WorkKind kind in asked)
            _experience[kind] = (now, read.GetValueOrDefault(kind) ?? _experience.GetValueOrDefault(kind).Known ?? Experience.None);
        foreach ((WorkKind kind, Experience known) in read)
        {
            if (RunTimeEstimate.Of(known.Took, null) is { } estimate && !(_longest.TryGetValue(kind.Pipeline, out RunTimeEstimate? longest) && longest.Seconds >= estimate.Seconds))
                _longest[kind.Pipeline] = estimate;
        }
        HashSet<WorkKind> learned = [.. read.Where(r => r.Value != Experience.None && (r.Value.Took.Count > 0 || r.Value.Standing is not null)).Select(r => r.Key)];
        foreach (Waiting waiting in _waiting.Values.Where(w => learned.Contains(KindOf(w))).OrderBy(w => w.Since).ToList())
        {
            _scheduler.Cancel(waiting.Id);
            Enqueue(waiting);
        }
        foreach ((Waiting runs, _) in _held.Values)
        {
            if (learned.Contains(KindOf(runs)))
                _isDirty |= _scheduler.Expect(runs.Id, ExpectedOf(runs));
        }
    }

    private static WorkKind KindOf(Waiting asked) => new(asked.Pipeline, asked.Activity);

    private RunTimeEstimate? EstimateOf(Waiting asked) => RunTimeEstimate.Of(ExperienceOf(asked).Took, asked.Longest);

    private TimeSpan? ExpectedOf(Waiting asked) => EstimateOf(asked) is { } estimate ? TimeSpan.FromSeconds(estimate.Seconds) : null;

    private Experience ExperienceOf(Waiting asked) =>
        IsMetered && _experience.TryGetValue(KindOf(asked), out (DateTimeOffset, Experience Known) found) ? found.Known : Experience.None;

    private double OrderOf(Waiting asked)
    {
        if (!IsMetered)
            return 0;
        _unread.Add(KindOf(asked));
        return OrderIn(PoolOf(asked)).Come(asked.Id, Amount.Of(asked.Request), EstimateOf(asked), ExperienceOf(asked).Standing, asked.Since);
    }

    private WaitingOrder OrderIn(string pool)
    {
        if (!_orders.TryGetValue(pool, out WaitingOrder? order))
        {
            IReadOnlyList<PoolMachine> machines = Book.MachinesOf(pool);
            _orders.Add(pool, order = new WaitingOrder(
                machines.Aggregate(Amount.Zero, (sum, m) => sum + m.Amount), machines.Aggregate(Amount.Zero, (most, m) => most.Max(m.Amount))));
        }
        return order;
    }

    // Where it runs is where it takes from others.
    private void Began(Waiting asked, string pool, DateTimeOffset at)
    {
        if (!IsMetered)
            return;
        if (pool != PoolOf(asked) || !_orders.ContainsKey(pool))
        {
            Leave(asked.Id);
            OrderIn(pool).Come(asked.Id, Amount.Of(asked.Request), EstimateOf(asked), ExperienceOf(asked).Standing, asked.Since);
        }
        OrderIn(pool).Start(asked.Id, at);
    }

    // Of another server's work its pipeline is known and not its activity: the longest of those that are known there.
    private void BeganElsewhere(WorkId id, Allocation held)
    {
        if (!IsMetered)
            return;
        OrderIn(held.Pool).Come(id, held.Amount, _longest.GetValueOrDefault(held.Pipeline), null, held.Since);
        OrderIn(held.Pool).Start(id, held.Since);
    }

    bool IStartLimit.Allows(Work work) => !_orders.TryGetValue(work.Pool, out WaitingOrder? order) || order.Allows(work.Id);

    void IStartLimit.Starts(Work work, string pool)
    {
        if (_waiting.TryGetValue(work.Id, out Waiting? asked))
            Began(asked, pool, _decidedAt);
    }

    private void Leave(WorkId id)
    {
        foreach (WaitingOrder order in _orders.Values)
            order.Leave(id, _decidedAt);
    }

    // Whoever waited too long goes before all others.
    private void PutLateFirst(DateTimeOffset now)
    {
        _decidedAt = now;
        foreach (WaitingOrder order in _orders.Values)
            order.Look();
        if (!IsMetered || now - _lateLooked < LateEvery)
            return;
        _lateLooked = now;
        foreach (WaitingOrder order in _orders.Values)
        {
            foreach ((WorkId id, double first) in order.FindLate(now))
                _scheduler.Reorder(id, first);
        }
    }

    // Nobody tells that time passes.
    private DateTimeOffset? LateAgain => IsMetered && _waiting.Count > 0 ? _lateLooked + LateEvery : null;

    private static DateTimeOffset? Earlier(DateTimeOffset? a, DateTimeOffset? b) => a is null || b < a ? b : a;
}
