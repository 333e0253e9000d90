using MLPlatform.Core.Scheduling;
using MLPlatform.Core.Scheduling.Admission;
using MLPlatform.Core.Scheduling.Placement;
using MLPlatform.Core.Scheduling.Quotas;

namespace MLPlatform.Tests.Scheduling.Admission;

/// <summary>One thing that happens; any numbers mean something.</summary>
internal readonly record struct Step(int What, int A, int B, int C);

/// <summary>
/// A cluster, its groups and what happens to them, held against books of its own after each decision. Throws
/// <see cref="BrokenInvariantException"/> at the first thing that must not be.
/// </summary>
internal sealed partial class History
{
    private static readonly string[] GroupNames = ["", "a", "b", "c", "d", "nobody"];
    private static readonly NodeKind[] Kinds = [new(8_000, 64, 0, ""), new(16_000, 64, 2, "A"), new(32_000, 128, 4, "A"), new(32_000, 128, 4, "B"), new(64_000, 256, 8, "B")];

    private readonly Books _books = new();
    private readonly Dictionary<WorkId, Work> _waiting = [];
    private readonly HashSet<WorkId> _brokenOnce = [];
    private readonly List<(WorkId Victim, WorkId By, DateTimeOffset At)> _evictions = [];
    private readonly Dictionary<Guid, Reservation> _reserved = [];
    private readonly AdmissionSettings _settings;
    private readonly Random _random;
    private readonly List<(string Pool, SchedulerNode Node)> _lost = [];
    private Scheduler _scheduler;
    private ResourcesFile _file;
    private readonly List<Expansion> _expansions = [];
    private QuotaTree _tree = QuotaTree.None;
    private DateTimeOffset _now = new(2026, 1, 5, 8, 0, 0, TimeSpan.Zero);
    private int _next = 1;

    private History(int seed)
    {
        _random = new Random(seed);
        _settings = new AdmissionSettings
        {
            Promises = Pick(0, 0, 1, 4),
            Patience = TimeSpan.FromMinutes(Pick(1, 5)),
            MinimumRun = TimeSpan.FromSeconds(Pick(0, 0, 60)),
            CoolDown = TimeSpan.FromMinutes(10),
            KeepBroken = TimeSpan.FromMinutes(2),
        };
        _scheduler = new Scheduler(_settings);
        int nodes = _random.Next(1, 7);
        for (int i = 0; i < nodes; i++)
        {
            string pool = i > 0 && _random.Next(4) == 0 ? "cloud" : "default";
            Add(pool, new SchedulerNode($"n{i}", Pick(Kinds), new Dictionary<string, string> { ["rack"] = $"r{i / 2}", ["disk"] = i % 2 == 0 ? "fast" : "slow" }));
        }
        _file = RandomFile();
        SetTree();
    }

    public int Admissions { get; private set; }
    public int Preemptions { get; private set; }
    public int Decisions { get; private set; }

    /// <summary>How often the first of a group was told when it would have quota.</summary>
    public int QuotaPromises { get; private set; }

    public static History Run(int seed, IReadOnlyList<Step> steps)
    {
        History history = new(seed);
        foreach (Step step in steps)
        {
            history.Happen(step);
            if (step.C % 4 != 0)
                history.Decide();
        }
        history.Finish();
        return history;
    }

    private T Pick<T>(params T[] values) => values[_random.Next(values.Length)];

    private static T At<T>(IReadOnlyList<T> values, int at) => values[(int)((uint)at % (uint)values.Count)];

    private void Happen(Step step)
    {
        ForgetPromises(step);
        switch ((uint)step.What % 16)
        {
            case <= 6:
                Enqueue(step);
                break;
            case 7 or 8:
                End(_books.Running.Keys.Where(r => r.Node > 0 && !_books.Stopping.ContainsKey(r)).Order(ById).ToList(), step.A);
                break;
            case 9:
                foreach (WorkId victim in _books.Stopping.Keys.Order(ById).ToList())
                {
                    Work stopped = _books.Running[victim].Work;
                    End(victim);
                    // Most wait again, and may stop others in turn.
                    if (step.B % 4 != 0)
                        Again(stopped);
                }
                break;
            case 10:
                _now = _now.AddSeconds((uint)step.A % 400);
                EndDue();
                break;
            case 11:
                LoseOrReturn(step);
                break;
            case 12:
                ChangeQuotas(step);
                break;
            case 13:
                if (_waiting.Count > 0 && _waiting.Keys.Order(ById).ToList() is var ids && At(ids, step.A) is var id)
                {
                    if (step.B % 2 == 0)
                        _scheduler.Reorder(id, step.C % 5);
                    else if (_scheduler.Cancel(id))
                        Forget(id);
                }
                break;
            case 14:
                Restart();
                break;
            default:
                Reserve(step);
                break;
        }
    }

    private static readonly Comparer<WorkId> ById = Comparer<WorkId>.Create((a, b) => a.Node != b.Node ? a.Node.CompareTo(b.Node) : a.Run.CompareTo(b.Run));

    private void Forget(WorkId id)
    {
        _waiting.Remove(id);
        _books.Kept.Remove(id);
    }

    private void Enqueue(Step step)
    {
        NodeAsk ask = At<NodeAsk>(
        [
            new(1_000, 1, 0, 0, ""), new(6_000, 8, 0, 0, ""), new(500, 1, 1, 500, ""), new(500, 1, 1, 300, ""), new(1_000, 4, 1, 1000, ""), new(2_000, 8, 2, 1000, ""),
            new(2_000, 8, 4, 1000, ""), new(1_000, 1, 1, 1000, "A"), new(1_000, 1, 1, 700, "B"), new(1_000, 1, 1, 1000, "none"), new(500_000, 1, 0, 0, ""), new(0, 0, 2, 500, ""),
        ], step.A);
        Gang gang = ((uint)step.B % 11) switch
        {
            0 => Gang.Of(ask, 2),
            1 => Gang.Of(ask, 5),
            2 => new Gang([new Role(ask, 2)], "rack"),
            3 => new Gang([new Role(ask, 2, Apart: true)]),
            4 => new Gang([new Role(ask, 1, Selector: new Selector([new("disk", "fast")]))]),
            5 => new Gang([new Role(ask), new Role(new NodeAsk(500, 1, 0, 0, ""), 2)]),
            _ => Gang.Of(ask),
        };
        Work work = new()
        {
            Id = WorkId.Of(_next++),
            Gang = gang,
            Group = At(GroupNames, step.C),
            Person = At(["ann", "bob"], step.C / 7),
            Priority = (int)((uint)step.C / 3 % 3),
            RunTime = (step.B & 64) != 0 ? TimeSpan.FromSeconds(30 + ((uint)step.B % 300)) : null,
            Since = _now,
            Preemptible = step.A % 5 != 0,
            Overflow = step.B % 3 == 0 ? ["cloud"] : [],
        };
        ForgetPassed(work);
        Must(_scheduler.Enqueue(work), "new work was not taken");
        Must(!_scheduler.Enqueue(work), "work was taken twice");
        _waiting.Add(work.Id, work);
    }

    private void End(List<WorkId> among, int at)
    {
        if (among.Count > 0)
            End(At(among, at));
    }

    private void End(WorkId id)
    {
        Must(_scheduler.Ended(id), $"{id} ran and was not known");
        Must(!_scheduler.Ended(id), $"{id} ended twice");
        _books.Running.Remove(id);
        _books.Stopping.Remove(id);
    }

    // Work runs exactly as long as it said.
    private void EndDue()
    {
        foreach (Books.Held held in _books.Running.Values.Where(h => h.Since + h.Work.RunTime <= _now && h.Work.Id.Node >= 0).OrderBy(h => h.Work.Id, ById).ToList())
            End(held.Work.Id);
    }

    private void Add(string pool, SchedulerNode node)
    {
        _scheduler.AddNode(pool, node);
        _books.Nodes.Add(node.Name, (pool, node));
    }

    private void LoseOrReturn(Step step)
    {
        if (step.B % 2 == 0 && _lost.Count > 0)
        {
            (string pool, SchedulerNode node) = At(_lost, step.A);
            _lost.Remove((pool, node));
            Add(pool, node);
        }
        else if (_books.Nodes.Count > 1)
        {
            string name = At(_books.Nodes.Keys.Order(StringComparer.Ordinal).ToList(), step.A);
            (string pool, SchedulerNode node) = _books.Nodes[name];
            IReadOnlyList<WorkId> broken = _scheduler.RemoveNode(pool, name, _now);
            _books.Nodes.Remove(name);
            _lost.Add((pool, node));
            IEnumerable<WorkId> there = _books.Running.Where(r => r.Value.Pool == pool && r.Value.Places.Any(p => p.Node == name)).Select(r => r.Key);
            Must(there.Where(t => t.Node >= 0).Order(ById).SequenceEqual(broken.Order(ById)), "another set of works is broken than stood on the node");
            // Places that were kept there are no more.
            foreach (WorkId id in _books.Kept.Where(k => k.Value.Places.Any(p => p.Node == name)).Select(k => k.Key).ToList())
                _books.Kept.Remove(id);
            Reservations();
        }
    }

    private void ChangeQuotas(Step step)
    {
        if (step.A % 3 == 0)
            _file = RandomFile();
        else if (_file.Groups.Count > 0)
        {
            _expansions.Add(new Expansion(Guid.Empty, At(_file.Groups.Keys.ToList(), step.A), "default", new Amount(0, 0, 1000 * (step.B & 3)),
                _now, _now.AddSeconds((uint)step.C % 300), "", "", step.B % 2 == 0 ? At(_file.Groups.Keys.ToList(), step.C) : null));
        }
        SetTree();
    }

    private void SetTree()
    {
        _expansions.RemoveAll(e => !e.IsInForce(_now));
        _promised.Clear();
        _promisedQuota.Clear();
        _tree = QuotaTree.Of(_file, _expansions, _now);
        _scheduler.SetTree(_tree);
    }

    private ResourcesFile RandomFile()
    {
        Dictionary<string, GroupDeclaration> groups = [];
        if (_random.Next(5) > 0)
        {
            foreach (string name in GroupNames.Skip(1).SkipLast(1))
            {
                if (_random.Next(5) == 0)
                    continue;
                GroupDeclaration group = Setting.Group(_random.Next(0, 5), Pick<double?>(null, null, 0, 2), Pick<double?>(null, null, 0, 1), name == "d" && groups.ContainsKey("a") ? "a" : null, Pick(1.0, 2.0));
                if (_random.Next(3) == 0)
                {
                    group = group with
                    {
                        Persons = new Dictionary<string, PersonDeclaration> { ["ann"] = new() { Ceilings = new Dictionary<string, AmountDeclaration> { ["default"] = Setting.Of(_random.Next(1, 4)) } } },
                    };
                }
                groups.Add(name, _random.Next(6) == 0 ? group with { Quotas = new Dictionary<string, QuotaDeclaration>() } : group);
            }
        }
        return new ResourcesFile { Groups = groups };
    }

    // The server is started again: what runs and what waits is all it knows.
    private void Restart()
    {
        _scheduler = new Scheduler(_settings);
        foreach ((string pool, SchedulerNode node) in _books.Nodes.Values)
            _scheduler.AddNode(pool, node);
        _scheduler.SetTree(_tree);
        // Who was told to stop is told again, or has stopped meanwhile.
        foreach (WorkId victim in _books.Stopping.Keys)
            _books.Running.Remove(victim);
        _books.Stopping.Clear();
        _books.Kept.Clear();
        _reserved.Clear();
        // Nor who stopped whom: from a restart on, the least run time alone keeps from ping-pong.
        _evictions.Clear();
        _promised.Clear();
        _promisedQuota.Clear();
        foreach (WorkId held in _books.Running.Keys.Where(r => r.Node < 0).ToList())
            _books.Running.Remove(held);
        foreach (Books.Held held in _books.Running.Values)
            Must(_scheduler.Adopt(new Holding(held.Work, held.Pool, held.Places, held.Since)), "a holding was not taken up");
        foreach (Work work in _waiting.Values)
            Must(_scheduler.Enqueue(work), "waiting work was not taken up");
    }

    private static void Must(bool holds, string what)
    {
        if (!holds)
            throw new BrokenInvariantException(what);
    }
}

/// <summary>What must always hold did not.</summary>
internal sealed class BrokenInvariantException(string message) : Exception(message);
