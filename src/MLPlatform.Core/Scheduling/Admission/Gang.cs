using MLPlatform.Core.Scheduling.Placement;

namespace MLPlatform.Core.Scheduling.Admission;

/// <summary>
/// The shape of what work asks for: all its members start together or none does. Gangs are equal by value, and work of equal shape
/// shares what was found out about it; build one for each plan's node and keep it.
/// </summary>
public sealed class Gang : IEquatable<Gang>
{
    private readonly int _hash;

    /// <param name="roles">At least one, with at least one member.</param>
    /// <param name="together">The label, such as <c>rack</c>, of which all members must find one value; null for anywhere.</param>
    public Gang(IReadOnlyList<Role> roles, string? together = null)
    {
        if (roles.Count == 0 || roles.Any(r => r.Count < 1))
            throw new ArgumentException("a gang has at least one role, and each role at least one member", nameof(roles));
        (Roles, Together) = (roles, together);
        HashCode hash = default;
        foreach (Role role in roles)
        {
            hash.Add(role);
            Amount += role.Amount * role.Count;
            Count += role.Count;
        }
        int at = 0;
        LargestFirst = [.. roles.Select(r => (r, (at += r.Count) - r.Count)).OrderByDescending(r => r.r.Ask.TotalMilliGpu).ThenByDescending(r => r.r.Ask.MilliCpu)];
        hash.Add(together);
        _hash = hash.ToHashCode();
    }

    /// <summary>One member on any node.</summary>
    public static Gang Of(NodeAsk ask, int count = 1) => new([new Role(ask, count)]);

    public IReadOnlyList<Role> Roles { get; }

    public string? Together { get; }

    /// <summary>Roles in the order in which they find their places, each with the number of its first member.</summary>
    internal IReadOnlyList<(Role Role, int At)> LargestFirst { get; }

    /// <summary>Members in all.</summary>
    public int Count { get; }

    /// <summary>What all members ask for together, as it counts against quotas.</summary>
    public Amount Amount { get; }

    public bool Equals(Gang? other) => ReferenceEquals(this, other)
        || (other is not null && _hash == other._hash && string.Equals(Together, other.Together, StringComparison.Ordinal) && Roles.SequenceEqual(other.Roles));

    public override bool Equals(object? obj) => Equals(obj as Gang);

    public override int GetHashCode() => _hash;
}

/// <summary>Members that are alike.</summary>
/// <param name="Ask">What each asks of its node.</param>
/// <param name="Apart">Whether each needs a node of its own.</param>
/// <param name="Selector">Labels that the node must have.</param>
public sealed record Role(NodeAsk Ask, int Count = 1, bool Apart = false, Selector? Selector = null)
{
    /// <summary>What one member counts for.</summary>
    public Amount Amount => new(Ask.MilliCpu, (long)Ask.MemoryMiB << 20, Ask.TotalMilliGpu);
}

/// <summary>Labels by name, equal by value.</summary>
public sealed class Selector(IEnumerable<KeyValuePair<string, string>> labels) : IEquatable<Selector>
{
    private readonly KeyValuePair<string, string>[] _labels = [.. labels.OrderBy(l => l.Key, StringComparer.Ordinal)];

    public bool Matches(IReadOnlyDictionary<string, string> labels)
    {
        foreach ((string name, string value) in _labels)
        {
            if (!labels.TryGetValue(name, out string? has) || !string.Equals(has, value, StringComparison.Ordinal))
                return false;
        }
        return true;
    }

    public bool Equals(Selector? other) => other is not null && _labels.AsSpan().SequenceEqual(other._labels);

    public override bool Equals(object? obj) => Equals(obj as Selector);

    public override int GetHashCode() => _labels.Aggregate(0, (hash, l) => HashCode.Combine(hash, l.Key, l.Value));

    public override string ToString() => string.Join(", ", _labels.Select(l => $"{l.Key}={l.Value}"));
}
