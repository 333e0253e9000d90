using MLPlatform.Core.Scheduling.Quotas;

namespace MLPlatform.Core.Scheduling.Admission;

/// <summary>
/// Decides what starts, where, and what has to stop for it. Pure: no clock, no I/O, and for one thread. Tell it what
/// happens, then ask <see cref="Decide"/>, which costs what changed and not what waits.
/// </summary>
/// <remarks>
/// For whoever carries the decisions out:
/// <list type="number">
/// <item>At the start: <see cref="SetTree"/>, <see cref="AddNode"/> for each machine (<see cref="Delegate"/> for a pool on a cluster that places by
/// itself), <see cref="Adopt"/> for what runs, <see cref="Enqueue"/> for what waits. Build one <see cref="Gang"/> per kind of request and keep it.</item>
/// <item>Whenever something ends, comes or changes, tell it (<see cref="Ended"/>, <see cref="Enqueue"/>, …); after all that happened at
/// once is told, call <see cref="Decide"/> once. Call it too when <see cref="AdmissionPlan.LookAgain"/> has come.</item>
/// <item>Start what is admitted, and stop what is preempted; everything in a plan counts as done. What cannot be started after all is
/// told as ended. A victim counts as running until it is told as ended, then waits again if it is enqueued again.</item>
/// </list>
/// Without declared groups and nodes with devices it is a queue by priority and age with room counted, and costs as much.
/// </remarks>
public sealed partial class Scheduler
{
    /// <summary>Where work runs that names no pool.</summary>
    public const string DefaultPool = "default";

    private readonly AdmissionSettings _settings;
    private readonly Dictionary<string, Pool> _pools = new(StringComparer.Ordinal);
    private readonly Dictionary<WorkId, Waiter> _waiting = [];
    private readonly Dictionary<WorkId, Running> _running = [];
    private readonly Dictionary<ClassKey, WorkClass> _classes = [];
    private readonly Dictionary<WorkId, Claim> _claims = [];
    private readonly Dictionary<(string, string, string), PersonUse> _persons = [];
    private QuotaTree _tree = QuotaTree.None;
    private readonly HashSet<Running> _breaking = [];
    private long _number, _now;

    public Scheduler(AdmissionSettings? settings = null) => _settings = settings ?? new AdmissionSettings();

    /// <summary>What keeps work from starting besides quotas and room. Null: nothing.</summary>
    public IStartLimit? Limit { get; set; }

    /// <summary>Works that wait.</summary>
    public int Waiting => _waiting.Count;

    /// <summary>Works that were admitted and have not ended.</summary>
    public int Running => _running.Count;

    /// <summary>All that waits, in the order in which it came.</summary>
    public IEnumerable<Work> Queue => _waiting.Values.OrderBy(w => w.Number).Select(w => w.Work);

    /// <summary>All that was admitted and has not ended, and what is held for persons; the latter as work whose run is the reservation.</summary>
    public IEnumerable<Holding> Holdings =>
        _running.Values.Select(r => new Holding(r.Work, r.Pool.Name, [.. r.Slots.Select(s => s.Place)], Time(r.Since)));

    /// <summary>Changes the quotas; what runs goes on, and what waits is decided anew.</summary>
    public void SetTree(QuotaTree tree)
    {
        _tree = tree;
        _persons.Clear();
        _classes.Clear();
        foreach (Pool pool in _pools.Values)
            pool.SetTree(tree);
        foreach (Running running in _running.Values)
            Charge(running);
        foreach (Waiter waiter in _waiting.Values.OrderBy(w => w.Number).ToList())
            Enter(waiter.Work, waiter.Number);
        RenewClaims();
    }

    /// <summary>Adds a machine. One that was lost and comes back gives broken gangs their places back.</summary>
    public void AddNode(string pool, SchedulerNode node)
    {
        Pool into = PoolOf(pool);
        if (into.Machines.ByName.ContainsKey(node.Name))
            throw new ArgumentException($"pool '{pool}' has a node '{node.Name}' already", nameof(node));
        Machine machine = new(node);
        into.Machines.Add(machine);
        into.CapacityChanged();
        ComeBack(into, machine);
        // What stands on it again may be beyond its quota.
        ReclaimAgain(into, 0);
    }

    /// <summary>A machine is lost, or taken out; gangs that ran on it are broken.</summary>
    /// <returns>The work that had members there.</returns>
    public IReadOnlyList<WorkId> RemoveNode(string pool, string name, DateTimeOffset now)
    {
        if (!_pools.TryGetValue(pool, out Pool? from) || !from.Machines.ByName.TryGetValue(name, out Machine? machine))
            return [];
        _now = now.UtcTicks;
        from.Machines.Remove(machine);
        from.CapacityChanged();
        return Break(from, machine);
    }

    /// <summary>Makes the pool one that places by itself, as a cluster with a scheduler of its own: quotas count, nodes do not.</summary>
    /// <param name="capacity">What it has in all; null where nobody knows.</param>
    public void Delegate(string pool, Amount? capacity)
    {
        Pool into = PoolOf(pool);
        Machine? before = into.Whole;
        into.Delegate(capacity);
        if (before is not null)
            Move(before, into.Whole!);
    }

    /// <summary>Lets work wait; once per id until it was admitted or cancelled.</summary>
    /// <returns>False if it waits or runs already.</returns>
    public bool Enqueue(Work work)
    {
        if (_waiting.ContainsKey(work.Id) || _running.ContainsKey(work.Id))
            return false;
        PoolOf(work.Pool).Machines.Learn(work.Gang);
        Enter(work, _number++);
        if (work.Reservation is not null)
            _arrived.Add(work.Id);
        return true;
    }

    /// <summary>Takes work out of the queue.</summary>
    /// <returns>False if it does not wait.</returns>
    public bool Cancel(WorkId id)
    {
        if (!_waiting.TryGetValue(id, out Waiter? waiter))
            return false;
        Leave(waiter);
        DropClaim(id);
        return true;
    }

    /// <summary>Changes the place of waiting work among those of its group and priority.</summary>
    /// <returns>False if it does not wait.</returns>
    public bool Reorder(WorkId id, double order)
    {
        if (!_waiting.TryGetValue(id, out Waiter? waiter))
            return false;
        if (waiter.Work.Order == order)
            return true;
        WorkClass @class = waiter.Class;
        Waiter? first = @class.First;
        @class.Remove(waiter);
        waiter.Work = waiter.Work with { Order = order };
        @class.Add(waiter);
        if (first == waiter || @class.First == waiter)
            Open(@class);
        OpenKeptFor(waiter);
        return true;
    }

    /// <summary>Takes up what runs already, whether there is room for it or not.</summary>
    /// <returns>False if it is known.</returns>
    public bool Adopt(Holding holding)
    {
        Work work = holding.Work;
        if (_waiting.ContainsKey(work.Id) || _running.ContainsKey(work.Id))
            return false;
        Pool pool = PoolOf(holding.Pool);
        pool.Machines.Learn(work.Gang);
        List<Slot> slots = [];
        foreach (Role role in work.Gang.Roles)
        {
            for (int i = 0; i < role.Count; i++)
                slots.Add(Take(pool, role, slots.Count < holding.Places.Count ? holding.Places[slots.Count] : null));
        }
        Begin(pool, work, [.. slots], holding.Since.UtcTicks, charge: true);
        if (work.Reservation is { } id && _reservations.TryGetValue(id, out Held? held))
            Join(held, _running[work.Id]);
        return true;
    }

    /// <summary>Whether work that runs uses more than its group's nominal quota, and may have to give it back.</summary>
    public bool IsBorrowed(WorkId id) => _running.TryGetValue(id, out Running? running) && running.Leaf.IsOver(running.Amount);

    /// <summary>Gives back what work held, whatever its end.</summary>
    /// <returns>False if it does not run.</returns>
    public bool Ended(WorkId id)
    {
        if (!_running.Remove(id, out Running? running))
            return false;
        foreach (Slot slot in running.Slots)
            GiveBack(slot);
        running.Pool.Contest(running.Leaf).Runs.Remove(running);
        // What stops for other work has left its quota to that already.
        if (running.StopsFor is null)
            Discharge(running.Pool, running.Leaf, running.Person, running.Amount);
        if (running.End < long.MaxValue)
            running.Pool.Ends.Remove(running);
        running.Pool.Stopping.Remove(running);
        _breaking.Remove(running);
        LeaveReserved(running);
        running.Pool.IsFreed = true;
        ReclaimAgain(running.Pool, 0);
        return true;
    }

    /// <summary>Takes note how long running work is expected to take in all; null: nobody knows.</summary>
    /// <returns>False if it does not run.</returns>
    public bool Expect(WorkId id, TimeSpan? runTime)
    {
        if (!_running.TryGetValue(id, out Running? running))
            return false;
        // Its place among ends hangs on its end.
        if (running.End < long.MaxValue)
            running.Pool.Ends.Remove(running);
        running.End = EndOf(running.Since, runTime);
        if (running.End < long.MaxValue)
            running.Pool.Ends.Add(running);
        // What could not be foreseen may be now.
        running.Pool.IsFreed = true;
        QuotaFreed(running.Pool, running.Leaf, running.Person);
        return true;
    }

    /// <summary>Takes note that running work could go on from here if it had to stop.</summary>
    public bool Checkpointed(WorkId id, DateTimeOffset at)
    {
        if (!_running.TryGetValue(id, out Running? running))
            return false;
        running.Saved = Math.Max(running.Saved, at.UtcTicks);
        return true;
    }

    private Pool PoolOf(string name)
    {
        if (_pools.TryGetValue(name, out Pool? pool))
            return pool;
        _pools.Add(name, pool = new Pool(name));
        pool.SetTree(_tree);
        return pool;
    }
}
