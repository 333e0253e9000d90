using MLPlatform.Core.Scheduling;
using MLPlatform.Core.Scheduling.Admission;
using MLPlatform.Core.Scheduling.Budgets;
using MLPlatform.Core.Scheduling.Placement;
using MLPlatform.Core.Scheduling.Quotas;

namespace MLPlatform.Engine.Scheduling;

// What the scheduler decides by, and how that changes.
internal sealed partial class AdmissionDesk
{
    /// <summary>Shares by the past hardly change sooner, and each change enters all that wait again.</summary>
    private static readonly TimeSpan PastRecheck = TimeSpan.FromHours(1);

    private IReadOnlyList<BudgetState> _budgets = [];
    private IReadOnlyDictionary<string, ResourceTime> _past = new Dictionary<string, ResourceTime>();
    private DateTimeOffset _pastAt;

    /// <summary>Decides by these from now on.</summary>
    public void Use(QuotaBook book, IReadOnlyList<BudgetState> budgets, IReadOnlyDictionary<string, ResourceTime> past)
    {
        QuotaBook before = Book;
        (Book, _budgets, _past) = (book, budgets, past);
        bool machines = before.Version != book.Version || !before.Machines.Select(Facts).SequenceEqual(book.Machines.Select(Facts));
        bool quotas = machines || !InForce(before).SequenceEqual(InForce(book)) || (past.Count > 0 && book.At - _pastAt >= PastRecheck);
        if (machines)
            Rebuild();
        else if (quotas)
            SetTree();
        foreach (Waiting asked in _waiting.Values.Where(w => _heldBack.ContainsKey(w.Id) || OverBudget(w) is not null).ToList())
        {
            _scheduler.Cancel(asked.Id);
            Enqueue(asked);
        }
    }

    /// <summary>What others hold now.</summary>
    public void SetOthers(IReadOnlyList<Allocation> allocations)
    {
        Dictionary<WorkId, Allocation> now = [];
        foreach (Allocation a in allocations)
        {
            WorkId id = new(a.Id.Run.Value, a.Id.Node);
            if (a.Replica != _self.Replica && !_held.ContainsKey(id) && !_waiting.ContainsKey(id))
                now[id] = a;
        }
        foreach (WorkId gone in _others.Keys.Except(now.Keys).ToList())
        {
            Forget(gone);
            _isDirty = true;
        }
        foreach ((WorkId id, Allocation held) in now)
        {
            if (_others.TryAdd(id, held))
                AdoptOther(id, held);
        }
    }

    private void Rebuild()
    {
        _asks = new AdmissionAsks(IsMetered && Book.Machines.Any(m => m.Replica != _self.Replica) ? _self.Replica : null);
        _scheduler = new Scheduler(new AdmissionSettings { Patience = _options.Patience, Grace = _options.PreemptionGrace, MinimumRun = _options.MinimumRun }) { Limit = IsMetered ? this : null };
        SetTree();
        _orders.Clear();
        foreach (string pool in Book.Pools.Names)
        {
            PoolDeclaration declared = Book.Pools.Declared(pool);
            if (declared.Executor != PoolDeclaration.Process)
                _scheduler.Delegate(pool, declared.Nodes.Count == 0 ? null : Book.MachinesOf(pool).Aggregate(Amount.Zero, (sum, m) => sum + m.Amount));
        }
        AddMachine(_self);
        if (IsMetered)
        {
            foreach (PoolMachine other in Book.Machines.Where(m => m.Replica != _self.Replica))
                AddMachine(other);
        }
        foreach ((Waiting asked, Allocation holds) in _held.Values)
            AdoptHeld(asked, holds);
        foreach ((WorkId id, Allocation held) in _others)
            AdoptOther(id, held);
        HoldAll(Book.At);
        _heldBack.Clear();
        foreach (Waiting asked in _waiting.Values.OrderBy(w => w.Since).ToList())
            Enqueue(asked);
        _isDirty = true;
    }

    private void SetTree()
    {
        _tree = Book.File is { } file ? QuotaTree.Of(file, Book.Expansions, Book.At, _past) : QuotaTree.None;
        _scheduler.SetTree(_tree);
        _pastAt = Book.At;
        _isDirty = true;
    }

    // By the server's name where two of them stand on one machine.
    private string NodeName(string replica, string machine) =>
        Book.Machines.Any(m => m.Name == machine && m.Replica != replica) ? $"{machine} ({replica})" : machine;

    private void AddMachine(PoolMachine machine) => _scheduler.AddNode(Book.Pools.PoolOf(machine.Labels), new SchedulerNode(
        NodeName(machine.Replica, machine.Name),
        new NodeKind((int)Math.Min(int.MaxValue, machine.MilliCpu), (int)Math.Min(int.MaxValue, machine.MemoryBytes >> 20), machine.Gpus.Count, machine.Gpus.Count > 0 ? machine.Gpus[0].Model : ""),
        new Dictionary<string, string>(machine.Labels) { [AdmissionAsks.ReplicaLabel] = machine.Replica }));

    private void AdoptOther(WorkId id, Allocation held)
    {
        Work work = new()
        {
            Id = id,
            Gang = Gang.Of(AskOf(held)),
            Group = _tree.GroupOf(held.Group),
            Person = held.Person,
            Pool = held.Pool,
            Priority = held.Priority,
            Since = held.Since,
            Preemptible = held.Preemptible,
            Reservation = ReservationOf(held),
        };
        _scheduler.Adopt(new Holding(work, held.Pool, [PlaceOf(held)], held.Since));
        BeganElsewhere(id, held);
        _isDirty = true;
    }

    private static NodeAsk AskOf(Allocation held) => new(
        (int)Math.Min(int.MaxValue, held.Amount.MilliCpu), (int)Math.Min(int.MaxValue, held.Amount.MemoryBytes >> 20),
        held.Amount.MilliGpu == 0 ? 0 : Math.Max(1, held.Devices.Count), held.Devices.Count > 0 ? held.Devices[0].Milli : (int)Math.Min(NodeKind.Device, held.Amount.MilliGpu), "");

    private bool HasMachineHere(string pool) =>
        Book.Pools.Declared(pool).Executor == PoolDeclaration.Process ? Book.Pools.PoolOf(_self.Labels) == pool : Book.Pools.Declared(pool).Nodes.Count > 0;

    private string? OverBudget(Waiting asked) =>
        asked.Request.MilliGpu == 0 || _budgets.Count == 0 ? null : BudgetPolicy.WhyHeld(Book.File, _budgets, asked.Group, asked.Person);

    private static IEnumerable<Expansion> InForce(QuotaBook book) => book.Expansions.Where(e => e.IsInForce(book.At));

    private static string Facts(PoolMachine m) =>
        $"{m.Replica} {m.Name} {m.MilliCpu} {m.MemoryBytes} {string.Join(',', m.Gpus.Select(g => g.Model))} {string.Join(',', m.Labels.Select(l => $"{l.Key}={l.Value}"))}";
}
