namespace MLPlatform.Core.Artifacts;

/// <summary>Who made what of what: the whole lineage, in memory.</summary>
/// <param name="Made">Makers and the artifacts they made.</param>
/// <param name="Used">Makers and the artifacts they read.</param>
/// <param name="Bases">Artifacts and those whose files they share.</param>
public sealed record ArtifactEdges(
    IReadOnlyCollection<(Runs.AttemptId Attempt, string Hash)> Made, IReadOnlyCollection<(Runs.AttemptId Attempt, string Hash)> Used,
    IReadOnlyCollection<(string Hash, string Base)> Bases);

/// <summary>Decides which artifacts somebody still needs.</summary>
public static class Reachability
{
    /// <summary>The artifacts and everything that they were made of, to the beginning.</summary>
    public static HashSet<string> WithOrigins(IEnumerable<string> artifacts, ArtifactEdges edges)
    {
        ILookup<string, Runs.AttemptId> makers = edges.Made.ToLookup(m => m.Hash, m => m.Attempt, StringComparer.Ordinal);
        ILookup<Runs.AttemptId, string> inputs = edges.Used.ToLookup(u => u.Attempt, u => u.Hash);
        ILookup<string, string> bases = edges.Bases.ToLookup(b => b.Hash, b => b.Base, StringComparer.Ordinal);
        HashSet<string> reached = new(StringComparer.Ordinal);
        Stack<string> open = new(artifacts);
        while (open.TryPop(out string? hash))
        {
            if (!reached.Add(hash))
                continue;
            foreach (string origin in makers[hash].SelectMany(a => inputs[a]).Concat(bases[hash]))
                open.Push(origin);
        }
        return reached;
    }
}
