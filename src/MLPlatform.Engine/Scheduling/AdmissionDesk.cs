using MLPlatform.Core.Plans;
using MLPlatform.Core.Runs;
using MLPlatform.Core.Scheduling;
using MLPlatform.Core.Scheduling.Admission;
using MLPlatform.Core.Scheduling.Placement;
using MLPlatform.Core.Scheduling.Quotas;

namespace MLPlatform.Engine.Scheduling;

/// <summary>A node of a run that waits for resources.</summary>
/// <param name="Ticket">Which binding of the node asks; an older one is dropped.</param>
/// <param name="Activity">The activity's name in the plan.</param>
/// <param name="Group">As the pipeline's <c>basic.group</c> says.</param>
/// <param name="Person">As the pipeline's <c>basic.owner</c> says.</param>
/// <param name="Longest">The declared maximum of its run time; null where none is.</param>
internal sealed record Waiting(
    RunId Run, int Node, int Ticket, string Pipeline, string Activity, string Group, string Person, ResourceRequest Request, TimeSpan? Longest, bool MayStop, DateTimeOffset Since)
{
    public WorkId Id => new(Run.Value, Node);
}

/// <summary>
/// Who waits on this server and who holds what: the scheduler with the machines, quotas and holdings that it decides by.
/// Touched by the engine's loop only.
/// </summary>
internal sealed partial class AdmissionDesk : IStartLimit
{
    private readonly EngineOptions _options;
    private readonly PoolMachine _self;
    private readonly Dictionary<WorkId, Waiting> _waiting = [];
    private readonly Dictionary<WorkId, (Waiting Asked, Allocation Holds)> _held = [];
    private readonly Dictionary<WorkId, Allocation> _others = [];
    private readonly Dictionary<WorkId, string> _heldBack = [];
    private Scheduler _scheduler = null!;
    private AdmissionAsks _asks = null!;
    private QuotaTree _tree = QuotaTree.None;
    private bool _isDirty;

    public AdmissionDesk(EngineOptions options, PoolMachine self)
    {
        (_options, _self) = (options, self);
        Book = new QuotaBook(0, null, [], [], [], DateTimeOffset.MinValue);
        Rebuild();
    }

    /// <summary>What holds of pools and quotas.</summary>
    public QuotaBook Book { get; private set; }

    /// <summary>Whether a resources file holds, so that what is held is written down.</summary>
    public bool IsMetered => Book.File is not null;

    /// <summary>What this machine has in all.</summary>
    public Amount Total => _self.Amount;

    /// <summary>When to decide again though nothing happens.</summary>
    public DateTimeOffset? LookAgain { get; private set; }

    public int WaitingCount => _waiting.Count;

    /// <summary>Whether something happened since the last decision.</summary>
    public bool IsDirty(DateTimeOffset now) => _isDirty || LookAgain <= now;

    /// <summary>Why the request can never be granted here, or null.</summary>
    public Failure? Refuses(ResourceRequest request)
    {
        if (Book.Pools.Find(request.Pool) is not { } pool)
        {
            return new Failure(FailureKind.User, "QUOTA-002",
                $"asks for the pool \"{request.Pool}\", and there is none of that name. {Core.Pipelines.Names.Hint(request.Pool!, [.. Book.Pools.Names]) ?? "The resources file declares none"}");
        }
        Gang gang = _asks.Of(request);
        if (_scheduler.CouldEverFit(pool, gang))
            return null;
        string[] pools = [pool, .. Book.Pools.Declared(pool).Overflow];
        // A pool without a machine may get one yet; what waits for it says so.
        if (pools.Any(p => _scheduler.CouldEverFit(p, gang)) || !pools.Any(HasMachineHere))
            return null;
        string asks = AmountWords.Of(Amount.Of(request))
            + (request.GpuModels is { } models ? $" of model {models.Replace("|", " or ", StringComparison.Ordinal)}" : "") + (request.Nodes is { } nodes ? $" on a machine with {nodes}" : "");
        return new Failure(FailureKind.User, "ENG-002",
            $"asks for {asks}; this server's machine has {AmountWords.Of(Total)}{(Total.MilliGpu > 0 ? "" : " and no GPU")} in all"
            + (IsMetered ? $", in pool {Book.Pools.PoolOf(_self.Labels)}" : "") + ". Lower its resources section, or run it where there is more");
    }

    public void Add(Waiting asked)
    {
        Forget(asked.Id);
        _scheduler.Cancel(asked.Id);
        _waiting[asked.Id] = asked;
        Enqueue(asked);
    }

    /// <summary>It does not wait any more.</summary>
    public void Cancel(RunId run, int node)
    {
        WorkId id = new(run.Value, node);
        if (_waiting.Remove(id))
            _isDirty |= _scheduler.Cancel(id);
        _heldBack.Remove(id);
        Leave(id);
    }

    /// <summary>Takes up what runs already, room or not.</summary>
    /// <param name="written">What it holds as it was written down; null where nothing was.</param>
    /// <returns>What it holds.</returns>
    public Allocation Adopt(Waiting asked, AttemptId attempt, Allocation? written)
    {
        if (_held.TryGetValue(asked.Id, out (Waiting, Allocation Holds) known))
            return known.Holds;
        Forget(asked.Id);
        Allocation holds = written is null ? Allot(asked, attempt, PoolOf(asked), _self.Name, [], borrowed: false, asked.Since) : written with { Replica = _self.Replica };
        _held.Add(asked.Id, (asked, holds));
        AdoptHeld(asked, holds);
        return holds;
    }

    /// <summary>What the node holds; null where it holds nothing.</summary>
    public Allocation? Held(RunId run, int node) => _held.TryGetValue(new WorkId(run.Value, node), out (Waiting, Allocation Holds) found) ? found.Holds : null;

    /// <summary>What is held by attempts of this server.</summary>
    public IEnumerable<(Waiting Asked, Allocation Holds)> AllHeld => _held.Values;

    /// <summary>What an attempt holds is held in another pool from now on, room or not.</summary>
    /// <returns>What it holds there; null where that attempt holds nothing, or holds it there already.</returns>
    public Allocation? Move(AttemptId attempt, string pool)
    {
        WorkId id = new(attempt.Run.Value, attempt.Node);
        if (!_held.TryGetValue(id, out (Waiting Asked, Allocation Holds) held) || held.Holds.Id != attempt || held.Holds.Pool == pool)
            return null;
        _scheduler.Ended(id);
        // A pool on a cluster is one machine of the pool's name.
        Allocation holds = held.Holds with { Pool = pool, Machine = Book.Pools.Declared(pool).Executor == PoolDeclaration.Process ? _self.Name : pool, Devices = [] };
        AdoptHeld(held.Asked, holds);
        holds = holds with { Borrowed = IsMetered && _scheduler.IsBorrowed(id) };
        _held[id] = (held.Asked, holds);
        return holds;
    }

    /// <summary>Gives back what the node holds.</summary>
    public Allocation? Release(RunId run, int node)
    {
        WorkId id = new(run.Value, node);
        if (!_held.Remove(id, out (Waiting, Allocation Holds) held))
            return null;
        _scheduler.Ended(id);
        Leave(id);
        _isDirty = true;
        return held.Holds;
    }

    /// <summary>Forgets all that waits and is held.</summary>
    public void Clear()
    {
        _waiting.Clear();
        _held.Clear();
        _others.Clear();
        _heldBack.Clear();
        Rebuild();
    }

    /// <summary>Why a node waits; null where it does not.</summary>
    public WaitReason? Why(RunId run, int node, DateTimeOffset now)
    {
        WorkId id = new(run.Value, node);
        if (!_waiting.TryGetValue(id, out Waiting? asked))
            return null;
        if (_heldBack.TryGetValue(id, out string? budget))
            return new WaitReason(WaitCause.Quota, budget, "the next month, or a larger budget", NextMonth(now));
        WaitReason? why = _scheduler.Why(id, now);
        // People know runs, and not how the scheduler counts them.
        return why?.Behind is { } behind ? why with { What = why.What.Replace(behind.ToString(), NameOf(behind), StringComparison.Ordinal) } : why;
    }

    /// <summary>Why those wait that have waited longest.</summary>
    public IReadOnlyList<ToldWait> TellWaits(int most, DateTimeOffset now) =>
        [.. _waiting.Values.OrderBy(w => w.Since).Take(most).Select(w => Why(w.Run, w.Node, now) is { } why ? ToldWait.Of(w.Run, w.Node, why) : null).OfType<ToldWait>()];

    /// <summary>Something may have changed that nobody tells of.</summary>
    public void LookSoon() => _isDirty = true;

    /// <summary>The attempt of another server that holds something; null where none does.</summary>
    public int? NumberOfOther(WorkId id) => _others.TryGetValue(id, out Allocation? held) ? held.Id.Number : null;

    // It was another server's, and is this one's now.
    private void Forget(WorkId id)
    {
        if (!_others.Remove(id))
            return;
        _scheduler.Ended(id);
        Leave(id);
    }

    private string PoolOf(Waiting asked) => Book.Pools.Find(asked.Request.Pool) ?? ResourcesFile.DefaultPool;

    private Work WorkOf(Waiting asked)
    {
        string pool = PoolOf(asked);
        return new Work
        {
            Id = asked.Id,
            Gang = _asks.Of(asked.Request),
            Group = IsMetered ? _tree.GroupOf(asked.Group) : "",
            Person = IsMetered ? asked.Person : "",
            Pool = pool,
            Overflow = Book.Pools.Declared(pool).Overflow,
            Priority = asked.Request.Priority,
            Since = asked.Since,
            RunTime = ExpectedOf(asked),
            Reservation = ReservationOf(asked),
            // Where no file was applied nobody has a claim on what others hold.
            Preemptible = IsMetered && asked.MayStop && asked.Request.Preemptible != false,
        };
    }

    private void Enqueue(Waiting asked)
    {
        if (OverBudget(asked) is { } why)
        {
            _heldBack[asked.Id] = why;
            return;
        }
        _heldBack.Remove(asked.Id);
        _scheduler.Enqueue(WorkOf(asked) with { Order = OrderOf(asked) });
        _isDirty = true;
    }

    private void AdoptHeld(Waiting asked, Allocation holds)
    {
        _scheduler.Adopt(new Holding(WorkOf(asked) with { Reservation = ReservationOf(holds) }, holds.Pool, [PlaceOf(holds)], holds.Since));
        OrderOf(asked);
        Began(asked, holds.Pool, holds.Since);
        _isDirty = true;
    }

    // The scheduler counts devices from 0; a server may have been given some of the machine's alone.
    private MemberPlace PlaceOf(Allocation holds)
    {
        IReadOnlyList<MachineGpu> gpus = holds.Replica == _self.Replica ? _self.Gpus : Book.Machines.FirstOrDefault(m => m.Replica == holds.Replica)?.Gpus ?? [];
        return new MemberPlace(NodeName(holds.Replica, holds.Machine),
            [.. holds.Devices.Select(d => Enumerable.Range(0, gpus.Count).FirstOrDefault(i => gpus[i].Index == d.Device, -1)).Where(d => d >= 0).Order()]);
    }

    private Allocation Allot(Waiting asked, AttemptId attempt, string pool, string machine, IReadOnlyList<int> devices, bool borrowed, DateTimeOffset at) => new(
        attempt, _self.Replica, pool, machine, IsMetered ? asked.Group : "", asked.Person, asked.Pipeline, _asks.Of(asked.Request).Amount,
        [.. devices.Select(d => new DeviceShare(_self.Gpus[d].Index, Math.Min(asked.Request.MilliGpu, NodeKind.Device)))], asked.Request.Priority, asked.Request.Preemptible != false, borrowed, at);

    private static DateTimeOffset NextMonth(DateTimeOffset now) => new DateTimeOffset(now.UtcDateTime.Year, now.UtcDateTime.Month, 1, 0, 0, 0, TimeSpan.Zero).AddMonths(1);
}
