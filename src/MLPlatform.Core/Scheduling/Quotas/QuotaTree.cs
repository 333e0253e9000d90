using MLPlatform.Core.Scheduling.Budgets;

namespace MLPlatform.Core.Scheduling.Quotas;

/// <summary>
/// Who may use how much of which pool at an instant: the declared groups, with the expansions that are in force. Immutable.
/// A group borrows what its parent and its siblings leave idle, then what the parent's siblings do, and so on up to the
/// pool, whose capacity beyond all quotas is idle too.
/// </summary>
public sealed class QuotaTree
{
    /// <summary>Stands for "as much as there is" and for "not counted".</summary>
    public const long Unbounded = 1L << 60;

    /// <summary>The group of all who belong to no declared one: it has no quota and may borrow.</summary>
    public const string Undeclared = "";

    private readonly Dictionary<string, QuotaGroup> _groups = new(StringComparer.Ordinal);
    private readonly Dictionary<(string Group, string Person, string Pool), Amount> _ceilings = [];

    private QuotaTree()
    {
    }

    /// <summary>Nothing is declared: all belong to one group without bounds.</summary>
    public static QuotaTree None { get; } = new();

    /// <summary>Declared groups by name.</summary>
    public IReadOnlyDictionary<string, QuotaGroup> Groups => _groups;

    /// <summary>What groups that are not declared held lately.</summary>
    public ResourceTime UndeclaredPast { get; private init; }

    /// <param name="file">Parents that are missing or make a circle count as none.</param>
    /// <param name="past">What groups held lately on the mean (<see cref="PastUse.Mean"/>), by name: of equal shares, who held less goes first.</param>
    public static QuotaTree Of(ResourcesFile file, IEnumerable<Expansion> expansions, DateTimeOffset now, IReadOnlyDictionary<string, ResourceTime>? past = null)
    {
        QuotaTree tree = new()
        {
            UndeclaredPast = past is null ? default : past.Where(p => !file.Groups.ContainsKey(p.Key)).Aggregate(default(ResourceTime), (sum, p) => sum + p.Value),
        };
        foreach ((string name, GroupDeclaration group) in file.Groups)
        {
            Dictionary<string, Quota> quotas = group.Quotas.ToDictionary(q => q.Key, q => Quota.Of(q.Value), StringComparer.Ordinal);
            tree._groups.Add(name, new QuotaGroup(name, ParentOf(file, name), group.Weight, quotas, past?.GetValueOrDefault(name) ?? default));
            foreach ((string person, PersonDeclaration declared) in group.Persons)
            {
                foreach ((string pool, AmountDeclaration ceiling) in declared.Ceilings)
                    tree._ceilings[(name, person, pool)] = ceiling.Or(new Amount(Unbounded, Unbounded, Unbounded));
            }
        }
        foreach (Expansion expansion in expansions.Where(e => e.IsInForce(now)))
        {
            tree.Change(expansion.Group, expansion.Pool, nominal => nominal + expansion.More);
            if (expansion.Source is { } source)
                tree.Change(source, expansion.Pool, nominal => (nominal - expansion.More).Max(Amount.Zero));
        }
        return tree;
    }

    /// <summary>The group whose quota counts for a run of that group.</summary>
    public string GroupOf(string? group) => group is not null && _groups.ContainsKey(group) ? group : Undeclared;

    /// <summary>What the person may use at most; null where no ceiling is declared.</summary>
    public Amount? Ceiling(string group, string person, string pool) => _ceilings.TryGetValue((group, person, pool), out Amount ceiling) ? ceiling : null;

    private void Change(string group, string pool, Func<Amount, Amount> change)
    {
        if (!_groups.TryGetValue(group, out QuotaGroup? found))
            return;
        Quota quota = found.In(pool), changed = quota with { Nominal = Quota.Metered(quota.Nominal, change(quota.Nominal)) };
        _groups[group] = found with { Quotas = new Dictionary<string, Quota>(found.Quotas, StringComparer.Ordinal) { [pool] = changed } };
    }

    private static string? ParentOf(ResourcesFile file, string name)
    {
        if (file.Groups[name].Parent is not { } parent || !file.Groups.ContainsKey(parent))
            return null;
        HashSet<string> seen = new(StringComparer.Ordinal) { name };
        for (string? at = parent; at is not null; at = file.Groups.TryGetValue(at, out GroupDeclaration? next) ? next.Parent : null)
        {
            if (!seen.Add(at))
                return null;
        }
        return parent;
    }
}

/// <summary>A declared group.</summary>
/// <param name="Past">What it held lately on the mean, the groups below it aside.</param>
public sealed record QuotaGroup(string Name, string? Parent, double Weight, IReadOnlyDictionary<string, Quota> Quotas, ResourceTime Past = default)
{
    /// <summary>Its quota in a pool: none where none is declared, which it may exceed by borrowing.</summary>
    public Quota In(string pool) => Quotas.GetValueOrDefault(pool, Quota.None);
}

/// <summary>What a group may use of a pool; <see cref="QuotaTree.Unbounded"/> where nothing bounds it.</summary>
/// <param name="Nominal">What it gets whenever it asks. Unbounded: that resource is not counted.</param>
/// <param name="Borrowing">How much more it may use of what others leave idle.</param>
/// <param name="Lending">How much of its idle quota others may use.</param>
public sealed record Quota(Amount Nominal, Amount Borrowing, Amount Lending)
{
    private static readonly Amount All = new(QuotaTree.Unbounded, QuotaTree.Unbounded, QuotaTree.Unbounded);

    public static Quota None { get; } = new(Amount.Zero, All, All);

    /// <summary>What is never lent.</summary>
    public Amount Guarantee => (Nominal - Lending).Max(Amount.Zero);

    public static Quota Of(QuotaDeclaration declared) =>
        new(declared.Nominal.Or(All), declared.BorrowingLimit?.Or(All) ?? All, declared.LendingLimit?.Or(All) ?? All);

    // A resource that is not counted stays so, whatever is added or taken.
    internal static Amount Metered(Amount before, Amount after) => new(
        before.MilliCpu >= QuotaTree.Unbounded ? before.MilliCpu : after.MilliCpu,
        before.MemoryBytes >= QuotaTree.Unbounded ? before.MemoryBytes : after.MemoryBytes,
        before.MilliGpu >= QuotaTree.Unbounded ? before.MilliGpu : after.MilliGpu);
}
