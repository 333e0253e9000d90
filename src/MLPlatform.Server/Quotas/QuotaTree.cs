using MLPlatform.Core.Scheduling.Quotas;

namespace MLPlatform.Server.Quotas;

/// <summary>Which groups are told of in which pools.</summary>
internal static class QuotaTree
{
    /// <summary>
    /// Every declared group in each pool that its tree has anything to do with, and whoever holds something without being declared. A group
    /// without a quota of its own is among them where one above or below it has one, so that the tree is whole.
    /// </summary>
    public static IReadOnlyList<(string Group, string Pool)> Places(QuotaBook book)
    {
        IReadOnlyDictionary<string, GroupDeclaration> groups = book.File?.Groups ?? new Dictionary<string, GroupDeclaration>();
        ILookup<string, string> members = groups.Keys.ToLookup(g => RootOf(groups, g), StringComparer.Ordinal);
        List<(string, string)> places = [];
        foreach (IGrouping<string, string> tree in members)
        {
            HashSet<string> pools = [.. tree.SelectMany(g => groups[g].Quotas.Keys), .. book.Allocations.Where(a => tree.Contains(a.Group)).Select(a => a.Pool)];
            places.AddRange(pools.SelectMany(pool => tree.Select(group => (group, pool))));
        }
        return [.. places.Concat(book.Allocations.Select(a => (a.Group, a.Pool))).Distinct()];
    }

    /// <summary>A group and those below it.</summary>
    public static IReadOnlyList<string> Below(QuotaBook book, string group)
    {
        IReadOnlyDictionary<string, GroupDeclaration> groups = book.File?.Groups ?? new Dictionary<string, GroupDeclaration>();
        List<string> found = [group];
        for (int i = 0; i < found.Count; i++)
            found.AddRange(groups.Where(g => g.Value.Parent == found[i] && !found.Contains(g.Key)).Select(g => g.Key));
        return found;
    }

    // The file's rules allow no circle; the bound keeps one that slips through from hanging a request.
    private static string RootOf(IReadOnlyDictionary<string, GroupDeclaration> groups, string group)
    {
        for (int i = 0; i < groups.Count && groups.GetValueOrDefault(group)?.Parent is { } parent && groups.ContainsKey(parent); i++)
            group = parent;
        return group;
    }
}
