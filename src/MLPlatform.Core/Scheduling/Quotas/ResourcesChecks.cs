using System.Text.Json;
using MLPlatform.Core.Pipelines;
using MLPlatform.Core.Pipelines.Source;

namespace MLPlatform.Core.Scheduling.Quotas;

/// <summary>What the types of a resources file cannot say: names, who belongs to whom, and whether the amounts add up.</summary>
internal sealed class ResourcesChecks(SourceNode root, DiagnosticList problems)
{
    private readonly IReadOnlyList<SourceNode> _pools = Entries(root, "pools");
    private readonly IReadOnlyList<SourceNode> _groups = Entries(root, "groups");
    private readonly HashSet<string> _poolNames = [.. Entries(root, "pools").Select(p => p.Name!), ResourcesFile.DefaultPool];

    public void Check()
    {
        foreach (SourceNode named in _pools.Concat(_groups))
        {
            if (!Names.IsPipeline(named.Name!))
                problems.NameError("QUOTA-001", named, $"\"{named.Name}\" cannot be a name here", "Use a letter or digit, then letters, digits and . _ -, 128 characters at most.");
        }
        foreach (SourceNode pool in _pools)
            CheckOverflow(pool);
        foreach (SourceNode group in _groups)
            CheckGroup(group);
        CheckParents();
        foreach (SourceNode rule in root.Find("promotions")?.Children ?? [])
            CheckPromotion(rule);
        new QuotaAlarmChecks(root, _poolNames, problems).Check();
        new ResourcesSums(_pools, _groups, problems).Check();
    }

    private void CheckOverflow(SourceNode pool)
    {
        HashSet<string> seen = [];
        foreach (SourceNode to in pool.Find("overflow")?.Children ?? [])
        {
            if (to.Text is not { } name || !KnownPool(to))
                continue;
            if (name == pool.Name)
                problems.Error("QUOTA-006", to, $"{name} cannot overflow into itself", "Remove it.");
            else if (!seen.Add(name))
                problems.Error("QUOTA-006", to, $"{name} is named twice", "Remove one.");
        }
    }

    private void CheckGroup(SourceNode group)
    {
        foreach (SourceNode quota in Entries(group, "quotas"))
            KnownPool(quota, byName: true);
        foreach (SourceNode person in Entries(group, "persons"))
        {
            foreach (SourceNode ceiling in Entries(person, "ceilings"))
                KnownPool(ceiling, byName: true);
        }
    }

    private void CheckPromotion(SourceNode rule)
    {
        SourceNode? from = rule.Find("from"), to = rule.Find("to");
        foreach (SourceNode? pool in (SourceNode?[])[from, to])
        {
            if (pool is not null)
                KnownPool(pool);
        }
        if (from?.Text is { } name && name == to?.Text)
            problems.Error("QUOTA-006", to, $"a promotion from {name} to itself moves nothing", "Name another pool.");
    }

    private bool KnownPool(SourceNode at, bool byName = false)
    {
        if ((byName ? at.Name : at.Text) is not { } name || _poolNames.Contains(name))
            return true;
        string message = $"there is no pool \"{name}\"";
        string? hint = problems.Hint(name, _poolNames) ?? "Declare it in \"pools\".";
        if (byName)
            problems.NameError("QUOTA-002", at, message, hint);
        else
            problems.Error("QUOTA-002", at, message, hint);
        return false;
    }

    private void CheckParents()
    {
        Dictionary<string, SourceNode> parents = new(StringComparer.Ordinal);
        string[] names = [.. _groups.Select(g => g.Name!)];
        foreach (SourceNode group in _groups)
        {
            if (group.Find("parent") is not { Text: { } parent } at)
                continue;
            if (names.Contains(parent))
                parents[group.Name!] = at;
            else
                problems.Error("QUOTA-003", at, $"there is no group \"{parent}\"", problems.Hint(parent, names) ?? "Declare it in \"groups\".");
        }
        HashSet<string> told = [];
        foreach ((string start, SourceNode at) in parents)
        {
            List<string> path = [start];
            for (string next = at.Text!; !path.Contains(next); next = parents[next].Text!)
            {
                path.Add(next);
                if (!parents.ContainsKey(next))
                    break;
            }
            if (!parents.TryGetValue(path[^1], out SourceNode? last) || last.Text != start || !told.Add(string.Join('\n', path.Order(StringComparer.Ordinal))))
                continue;
            problems.Error("QUOTA-004", at, $"groups are parts of each other: {string.Join(" -> ", path)} -> {start}", "Remove one of these parents.");
        }
    }

    internal static IReadOnlyList<SourceNode> Entries(SourceNode at, string name) =>
        at.Find(name) is { Kind: JsonValueKind.Object } found ? found.Children : [];
}
