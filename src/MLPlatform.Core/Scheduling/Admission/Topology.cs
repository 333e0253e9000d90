namespace MLPlatform.Core.Scheduling.Admission;

/// <summary>Where machines stand, by their labels: a zone has racks, a rack has hosts.</summary>
internal static class Topology
{
    /// <summary>The closest first.</summary>
    public static IReadOnlyList<string> Near { get; } = ["host", "rack", "zone"];

    /// <summary>Values of the label whose machines have room for all members, the fullest first.</summary>
    public static IEnumerable<string> Candidates(Machines machines, Gang gang, string level)
    {
        AskIndex[] indices = [.. gang.Roles.Select(machines.Index)];
        Dictionary<string, long[]> fits = new(StringComparer.Ordinal);
        foreach (Machine machine in machines.All)
        {
            if (!machine.Labels.TryGetValue(level, out string? domain))
                continue;
            if (!fits.TryGetValue(domain, out long[]? counts))
                fits.Add(domain, counts = new long[indices.Length]);
            for (int i = 0; i < indices.Length; i++)
                counts[i] += indices[i].CopiesOn(machine);
        }
        return fits.Where(f => gang.Roles.Select((role, i) => f.Value[i] >= role.Count).All(enough => enough))
            .OrderBy(f => f.Value.Sum()).ThenBy(f => f.Key, StringComparer.Ordinal).Select(f => f.Key);
    }
}
