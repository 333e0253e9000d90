using MLPlatform.Core.Datasets;
using MLPlatform.Core.Registry;
using MLPlatform.Core.Runs;

namespace MLPlatform.Core.Lineage;

/// <summary>The columns and edges that a walk has found so far.</summary>
internal sealed class ColumnGraph
{
    private readonly Dictionary<(string, string, string?), LineageEdge> _edges = [];
    private readonly HashSet<ColumnPlace> _places = [];
    private readonly Dictionary<string, LineageNode> _others = new(StringComparer.Ordinal);

    public int Count => _places.Count + _others.Count;

    public void Add(IEnumerable<ColumnPlace> places) => _places.UnionWith(places);

    public void Flow(ColumnPlace from, ColumnPlace to, string use)
    {
        _places.Add(from);
        _places.Add(to);
        Connect(Id(from), Id(to), use);
    }

    public void AddFile(string path, string field, ColumnPlace table)
    {
        string id = LineageNode.FileColumn(path, field);
        _others.TryAdd(id, new LineageNode(id, LineageKind.Column, field, path));
        _places.Add(table);
        Connect(id, Id(table), nameof(ColumnUse.Identity));
    }

    public void AddModel(ModelVersion model, IEnumerable<ColumnPlace> places)
    {
        string id = LineageNode.Model(model.Model, model.Version);
        _others.TryAdd(id, new LineageNode(id, LineageKind.Model, $"{model.Model} version {model.Version}", string.Join(", ", model.Aliases)));
        foreach (ColumnPlace place in places)
        {
            _places.Add(place);
            Connect(Id(place), id, null);
        }
    }

    /// <summary>The graph, each column with what people call its table.</summary>
    public async Task<LineageGraph> ToLineageAsync(ILineageStore store, bool complete, CancellationToken cancel)
    {
        string[] hashes = [.. _places.Select(p => p.Hash).Distinct()];
        Dictionary<string, DatasetVersion> versions = (await store.VersionsOfAsync(hashes, cancel).ConfigureAwait(false)).GroupBy(v => v.Artifact.Hash).ToDictionary(g => g.Key, g => g.First());
        // What made it first gives it its name.
        Dictionary<string, ArtifactRow> made = (await store.MadeAsync(hashes, cancel).ConfigureAwait(false)).GroupBy(m => m.Hash)
            .ToDictionary(g => g.Key, g => g.OrderBy(m => m.At).ThenBy(m => m.Run.Value).First());
        Dictionary<AttemptId, AttemptName> names = (await store.NamesAsync([.. made.Values.Select(Maker).Distinct()], cancel).ConfigureAwait(false)).ToDictionary(n => n.Id);
        IEnumerable<LineageNode> columns = _places.Select(p => new LineageNode(Id(p), LineageKind.Column, p.Column,
            versions.TryGetValue(p.Hash, out DatasetVersion? version) ? $"{version.Dataset} version {version.Version}"
            : made.TryGetValue(p.Hash, out ArtifactRow? row) && names.TryGetValue(Maker(row), out AttemptName? name) ? $"{name.Pipeline}/{name.Activity} {row.Output}" : p.Hash));
        return new LineageGraph([.. columns.Concat(_others.Values).OrderBy(n => n.Kind).ThenBy(n => n.Id, StringComparer.Ordinal)],
            [.. _edges.Values.OrderBy(e => e.From, StringComparer.Ordinal).ThenBy(e => e.To, StringComparer.Ordinal).ThenBy(e => e.As, StringComparer.Ordinal)], complete);
    }

    private void Connect(string from, string to, string? use)
    {
        string? name = use is null ? null : char.ToLowerInvariant(use[0]) + use[1..];
        _edges.TryAdd((from, to, name), new LineageEdge(from, to, name));
    }

    private static string Id(ColumnPlace place) => LineageNode.Column(place.Hash, place.Column);

    private static AttemptId Maker(ArtifactRow row) => new(row.Run, row.Node, row.Number);
}
