using MLPlatform.Core.Lineage;

namespace MLPlatform.Activities.Lineage;

/// <summary>A column of a relation inside a query, and the columns of the inputs that it is made of.</summary>
internal sealed record TracedColumn(string Name, HashSet<ColumnSource> From);

/// <summary>A relation: its columns, and what decides which rows it has.</summary>
internal sealed record Traced(IReadOnlyList<TracedColumn> Columns, HashSet<ColumnSource> Rows)
{
    /// <summary>The columns under other names: as many of them as are given, from the first.</summary>
    public Traced Renamed(IReadOnlyList<string> names) => names.Count == 0 ? this : this with { Columns = [.. Columns.Select((c, i) => i < names.Count ? c with { Name = names[i] } : c)] };
}

/// <summary>That a query says something whose columns nobody can follow here; the result is that they are not known.</summary>
internal sealed class NotTraceableException(string what) : Exception(what);

/// <summary>What names in an expression mean: the relations of FROM, the aliases of SELECT, and those of the query around it.</summary>
internal sealed class SqlScope(SqlScope? around)
{
    private readonly List<(string Alias, IReadOnlyList<TracedColumn> Columns, HashSet<string> Hidden)> _relations = [];
    private readonly Dictionary<string, HashSet<ColumnSource>> _aliases = new(StringComparer.OrdinalIgnoreCase);
    private readonly HashSet<string> _lambda = new(StringComparer.OrdinalIgnoreCase);

    public SqlScope? Around => around;

    public int Count => _relations.Count;

    public void Add(string alias, IReadOnlyList<TracedColumn> columns) => _relations.Add((alias, columns, new(StringComparer.OrdinalIgnoreCase)));

    /// <summary>Names what an item of SELECT is called, for what follows it.</summary>
    public void Name(TracedColumn column)
    {
        if (column.Name.Length > 0)
            _aliases.TryAdd(column.Name, column.From);
    }

    /// <summary>A scope in which these names are parameters of a lambda.</summary>
    public SqlScope Within(IEnumerable<string> parameters)
    {
        SqlScope inner = new(this);
        inner._lambda.UnionWith(parameters);
        return inner;
    }

    /// <summary>Columns of relations that * gives once although two have them.</summary>
    public void Hide(int from, IEnumerable<string> names)
    {
        foreach (var relation in _relations.Skip(from))
            relation.Hidden.UnionWith(names);
    }

    /// <summary>Relations from one on whose rows may be missing: what decides it has a say in every value of theirs.</summary>
    public void Influence(int from, int to, IEnumerable<ColumnSource> sources)
    {
        HashSet<ColumnSource> all = [.. sources];
        for (int i = from; i < to; i++)
            _relations[i] = (_relations[i].Alias, [.. _relations[i].Columns.Select(c => c with { From = [.. c.From, .. all] })], _relations[i].Hidden);
    }

    public void RemoveFrom(int from) => _relations.RemoveRange(from, _relations.Count - from);

    /// <summary>Columns that both the relations before and those from a place on have.</summary>
    public IReadOnlyList<string> Common(int start, int middle) =>
        [.. _relations[start..middle].SelectMany(r => r.Columns).Select(c => c.Name).Intersect(_relations[middle..].SelectMany(r => r.Columns).Select(c => c.Name), StringComparer.OrdinalIgnoreCase)];

    /// <summary>What * gives, of one relation or of all.</summary>
    public IReadOnlyList<TracedColumn> Star(string? relation)
    {
        var chosen = _relations.Where(r => relation is null || Same(r.Alias, relation)).ToList();
        return chosen.Count == 0 ? throw new NotTraceableException($"nothing is called {relation ?? "*"}")
            : [.. chosen.SelectMany(r => r.Columns.Where(c => relation is not null || !r.Hidden.Contains(c.Name)))];
    }

    /// <summary>What a name stands for.</summary>
    public HashSet<ColumnSource> Find(IReadOnlyList<string> name) => Look(name) ?? around?.Find(name)
        ?? throw new NotTraceableException($"it is not clear what {string.Join('.', name)} is");

    private HashSet<ColumnSource>? Look(IReadOnlyList<string> name)
    {
        if (_lambda.Contains(name[0]))
            return []; // The list that it runs over is told of where the lambda stands.
        // relation.column (and what is inside it), column (and what is inside it), an alias, a whole row.
        for (int at = 0; at < name.Count - 1 && at < 3; at++)
        {
            if (Columns(r => Same(r.Alias, name[at]), name[at + 1]) is { } qualified)
                return qualified;
        }
        return Columns(_ => true, name[0]) ?? _aliases.GetValueOrDefault(name[0])
            ?? (name.Count == 1 && _relations.Any(r => Same(r.Alias, name[0])) ? [.. Star(name[0]).SelectMany(c => c.From)] : null);
    }

    // Two relations have a name without a relation only where USING made one column of both.
    private HashSet<ColumnSource>? Columns(Func<(string Alias, IReadOnlyList<TracedColumn> Columns, HashSet<string>), bool> of, string name)
    {
        List<TracedColumn> found = [.. _relations.Where(of).SelectMany(r => r.Columns).Where(c => Same(c.Name, name))];
        return found.Count == 0 ? null : found.Count == 1 ? found[0].From : [.. found.SelectMany(c => c.From)];
    }

    private static bool Same(string a, string b) => string.Equals(a, b, StringComparison.OrdinalIgnoreCase);
}
