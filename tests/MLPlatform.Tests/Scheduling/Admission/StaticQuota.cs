using MLPlatform.Core.Scheduling;
using MLPlatform.Core.Scheduling.Quotas;

namespace MLPlatform.Tests.Scheduling.Admission;

/// <summary>
/// What a quota tree allows, said of a state instead of a change: what flows from each node to its parent, and the bounds on it.
/// One resource of one pool at a time.
/// </summary>
internal sealed class StaticQuota
{
    private const long All = QuotaTree.Unbounded;
    private readonly ResourcesFile _file;
    private readonly Func<string, Quota> _quota;
    private readonly Func<string, long> _used;
    private readonly Func<Amount, long> _part;
    private readonly long _capacity;

    public StaticQuota(ResourcesFile file, Func<string, Quota> quota, Func<string, Amount> used, Func<Amount, long> part, Amount capacity)
    {
        (_file, _quota, _used, _part, _capacity) = (file, quota, g => part(used(g)), part, part(capacity));
    }

    /// <summary>For the group and each above it: what flows up, and how much may; last the pool's root.</summary>
    public List<(long Flow, long Limit)> Path(string group)
    {
        List<(long, long)> path = [];
        if (_file.Groups.Count == 0)
            return path;
        if (group.Length == 0)
            path.Add((_used(""), All));
        for (string? at = group.Length == 0 ? null : group; at is not null; at = _file.Groups[at].Parent)
        {
            Node node = Of(at);
            path.Add((node.Flow, node.Limit));
        }
        long declared = _file.Groups.Select(g => _part(_quota(g.Key).Nominal)).Where(n => n < All).Sum();
        IEnumerable<Node> top = _file.Groups.Where(g => g.Value.Parent is null).Select(g => Of(g.Key));
        long own = Math.Max(0, _capacity - declared);
        path.Add((top.Sum(t => t.Flow) + _used(""), own + top.Sum(t => t.Lent)));
        return path;
    }

    /// <summary>Whether the group itself would be within its nominal quota with so much more.</summary>
    public bool IsWithin(string group, long more) => more == 0 || _used(group) + more <= (group.Length == 0 ? 0 : _part(_quota(group).Nominal));

    public bool IsOver(string group) => _used(group) > (group.Length == 0 ? 0 : _part(_quota(group).Nominal));

    /// <summary>What the group itself uses beyond its nominal quota.</summary>
    public long Beyond(string group) => Math.Max(0, _used(group) - (group.Length == 0 ? 0 : _part(_quota(group).Nominal)));

    private Node Of(string group)
    {
        Quota quota = _quota(group);
        Node[] parts = [.. _file.Groups.Where(g => g.Value.Parent == group).Select(g => Of(g.Key))];
        long nominal = _part(quota.Nominal), used = _used(group);
        if (parts.Length > 0)
        {
            // Of what is not counted nothing flows up, nor is any lent.
            if (nominal >= All)
                (nominal, used) = (0, 0);
            nominal += parts.Sum(p => p.Lent);
            used += parts.Sum(p => p.Flow);
        }
        if (nominal >= All)
            return new Node(0, All, 0);
        long kept = Math.Max(0, nominal - _part(quota.Lending));
        return new Node(Math.Max(0, used - kept), Math.Min(All, nominal - kept + _part(quota.Borrowing)), nominal - kept);
    }

    private readonly record struct Node(long Flow, long Limit, long Lent);
}
