using MLPlatform.Core.Scheduling.Placement;

namespace MLPlatform.Core.Scheduling.Admission;

/// <summary>The machines of a pool, what changed on them lately, and how places on them are compared.</summary>
internal sealed class Machines
{
    private readonly Dictionary<NodeAsk, int> _asked = [];
    private readonly Dictionary<Role, AskIndex> _indices = [];
    private readonly Dictionary<string, int> _domains = new(StringComparer.Ordinal);
    private int _asks, _learnAt = 64;
    private bool _isRanked;

    public List<Machine> All { get; } = [];
    public Dictionary<string, Machine> ByName { get; } = new(StringComparer.Ordinal);

    /// <summary>Indices of machines in the order of their changes; what is oldest is forgotten.</summary>
    public List<int> Log { get; } = [];

    /// <summary>How many changes were forgotten.</summary>
    public long Forgotten { get; private set; }

    /// <summary>Up to where somebody has read the log: a machine that changed since stands in it already.</summary>
    public long ReadTo { get; set; }

    /// <summary>Grows when all that was found out about machines is void.</summary>
    public int Epoch { get; private set; }

    /// <summary>Null where no device is at stake: the first machine with room will do.</summary>
    public PlacementScore? Score { get; private set; }

    /// <summary>What all machines have.</summary>
    public Amount Capacity { get; private set; }

    /// <summary>Machines of which something is claimed.</summary>
    public HashSet<Machine> Claimed { get; } = [];

    public AskIndex Index(Role role)
    {
        Role alike = role.Count == 1 ? role : role with { Count = 1 };
        if (!_indices.TryGetValue(alike, out AskIndex? index))
        {
            if (_indices.Count >= 512)
                _indices.Clear();
            _indices.Add(alike, index = new AskIndex(this, alike));
        }
        return index;
    }

    public void Add(Machine machine)
    {
        All.Add(machine);
        ByName[machine.Name] = machine;
        Capacity += machine.Capacity;
        machine.Owner = this;
        _isRanked = false;
    }

    public void Remove(Machine machine)
    {
        machine.IsGone = true;
        ByName.Remove(machine.Name);
        Capacity -= machine.Capacity;
        All.Remove(machine);
        Claimed.Remove(machine);
        _isRanked = false;
    }

    /// <summary>Takes note that what is free on a machine has changed.</summary>
    public void Touch(Machine machine)
    {
        if (!_isRanked || machine.IsGone)
            return;
        if (machine.LoggedAt < ReadTo)
        {
            if (Log.Count >= MostLogged)
            {
                // Whoever read no further looks at all machines again.
                Log.RemoveRange(0, MostLogged / 2);
                Forgotten += MostLogged / 2;
            }
            machine.LoggedAt = Forgotten + Log.Count;
            Log.Add(machine.Index);
        }
        if (machine.IsClaimed)
            Claimed.Add(machine);
        else if (Claimed.Count > 0)
            Claimed.Remove(machine);
    }

    /// <summary>Takes note of what is asked for, and when that has doubled, compares places anew by it.</summary>
    public void Learn(Gang gang)
    {
        foreach (Role role in gang.Roles)
        {
            NodeAsk ask = role.Ask.MemoryMiB == 0 ? role.Ask : role.Ask with { MemoryMiB = 0 };
            _asked[ask] = _asked.GetValueOrDefault(ask) + role.Count;
            _asks += role.Count;
        }
        if (_asks >= _learnAt && _isRanked)
            LearnNow();
    }

    private void LearnNow()
    {
        // What was asked long ago counts less and less.
        if (_asks > 65_536)
        {
            foreach (NodeAsk ask in _asked.Keys.ToArray())
            {
                if ((_asked[ask] /= 2) == 0)
                    _asked.Remove(ask);
            }
            _asks = _asked.Values.Sum();
        }
        _learnAt = Math.Max(64, 2 * _asks);
        Score = All.Count > 1 && _asks > 0 && All.Any(m => m.Kind is { Gpus: > 0 })
            ? new ReservingGradient(Workload.Of(_asked), All.Select(m => m.Kind!))
            : null;
        Forget();
    }

    /// <summary>To be called before places are looked for: machines may have come and gone.</summary>
    public void Prepare()
    {
        if (_isRanked)
            return;
        _isRanked = true;
        int rank = 0;
        // Side by side in the order of their places, so that small work fills rack after rack.
        foreach (Machine machine in All.OrderBy(m => m.Labels.GetValueOrDefault("zone", ""), StringComparer.Ordinal)
            .ThenBy(m => m.Labels.GetValueOrDefault("rack", ""), StringComparer.Ordinal).ThenBy(m => m.Name, StringComparer.Ordinal))
            machine.Rank = rank++;
        for (int i = 0; i < All.Count; i++)
            All[i].Index = i;
        _domains.Clear();
        Claimed.Clear();
        Claimed.UnionWith(All.Where(m => m.IsClaimed));
        LearnNow();
    }

    /// <summary>How many values a label has.</summary>
    public int Domains(string label)
    {
        if (!_domains.TryGetValue(label, out int count))
        {
            count = All.Select(m => m.Labels.GetValueOrDefault(label)).OfType<string>().Distinct(StringComparer.Ordinal).Count();
            _domains.Add(label, count);
        }
        return count;
    }

    private const int MostLogged = 65_536;

    private void Forget()
    {
        Forgotten += Log.Count;
        Log.Clear();
        ReadTo = Forgotten;
        Epoch++;
    }
}
