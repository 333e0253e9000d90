namespace MLPlatform.Core.Scheduling.Quotas;

/// <summary>Which machine belongs to which pool, and which pool is meant by a name.</summary>
/// <param name="file">The file that holds; null where none was applied: then all machines are one pool, whatever it is called.</param>
public sealed class PoolMap(ResourcesFile? file)
{
    // Takes the machines that no selector asks for; also what is meant where no pool is named, unless 'default' is declared.
    private readonly string _rest = file is null || file.Pools.ContainsKey(ResourcesFile.DefaultPool)
        ? ResourcesFile.DefaultPool
        : file.Pools.FirstOrDefault(p => p.Value is { Executor: PoolDeclaration.Process, Selector.Count: 0, Nodes.Count: 0 }).Key ?? ResourcesFile.DefaultPool;

    /// <summary>The pools there are, the unnamed one included.</summary>
    public IReadOnlyList<string> Names => file is null ? [_rest] : file.Pools.ContainsKey(_rest) ? [.. file.Pools.Keys] : [.. file.Pools.Keys, _rest];

    /// <summary>The pool of a machine that was found: the first whose selector its labels satisfy, else the one for the rest.</summary>
    public string PoolOf(IReadOnlyDictionary<string, string> labels) => file?.Pools.FirstOrDefault(p =>
        p.Value is { Executor: PoolDeclaration.Process, Selector.Count: > 0 } && p.Value.Selector.All(s => labels.GetValueOrDefault(s.Key) == s.Value)).Key ?? _rest;

    /// <summary>The pool that is meant, or null where there is none of that name.</summary>
    public string? Find(string? asked) =>
        file is null || asked is null || (asked == ResourcesFile.DefaultPool && !file.Pools.ContainsKey(asked)) ? _rest
        : file.Pools.ContainsKey(asked) ? asked : null;

    /// <summary>What a pool says of itself; nothing where it is not declared.</summary>
    public PoolDeclaration Declared(string pool) => file?.Pools.GetValueOrDefault(pool) ?? new PoolDeclaration();
}
