using MLPlatform.Core.Datasets;
using MLPlatform.Core.Registry;
using MLPlatform.Core.Runs;

namespace MLPlatform.Core.Lineage;

/// <summary>
/// Walks the lineage from artifacts, level by level, in one direction. An artifact is its content: whatever made the same
/// bytes counts as where they come from.
/// </summary>
public sealed class LineageWalk(ILineageStore store, int mostNodes = LineageWalk.MostNodes)
{
    /// <summary>Nodes after which a walk is cut.</summary>
    public const int MostNodes = 20_000;

    private readonly Dictionary<string, LineageNode> _nodes = new(StringComparer.Ordinal);
    private readonly Dictionary<(string, string, string?), LineageEdge> _edges = [];
    private readonly HashSet<string> _seen = new(StringComparer.Ordinal);
    private readonly HashSet<AttemptId> _attempts = [];

    /// <summary>All that the artifacts were made of.</summary>
    public async Task<LineageGraph> UpAsync(IEnumerable<string> hashes, CancellationToken cancel)
    {
        HashSet<string> level = [.. hashes.Where(_seen.Add)];
        while (level.Count > 0 && _nodes.Count < mostNodes)
        {
            HashSet<string> next = new(StringComparer.Ordinal);
            IReadOnlyList<ArtifactRow> made = await store.MadeAsync(level, cancel).ConfigureAwait(false);
            foreach (ArtifactRow row in made)
                AddArtifact(row);
            await AddVersionsAsync(level, older: true, next, cancel).ConfigureAwait(false);
            HashSet<AttemptId> makers = [.. made.Select(Maker)];
            ILookup<AttemptId, ArtifactUseRow> inputs = (await store.InputsOfAsync(makers, cancel).ConfigureAwait(false)).ToLookup(User);
            HashSet<(RunId, int)> readers = [.. (await store.ReadsByAsync(makers, cancel).ConfigureAwait(false)).Select(r => (r.Run, r.Node))];
            // Who only passes on what it got, such as dataset.read, is not where it comes from.
            List<ArtifactRow> real = [.. made.Where(m => !readers.Contains((m.Run, m.Node)) && !inputs[Maker(m)].Any(i => i.Hash == m.Hash))];
            foreach (ArtifactRow row in real)
                Connect(LineageNode.Attempt(Maker(row)), LineageNode.Artifact(row.Hash), row.Output);
            HashSet<AttemptId> fresh = [.. real.Select(Maker).Where(_attempts.Add)];
            foreach (ArtifactUseRow use in fresh.SelectMany(a => inputs[a]))
            {
                Connect(LineageNode.Artifact(use.Hash), LineageNode.Attempt(User(use)), use.Input);
                next.Add(use.Hash);
            }
            await AddFilesAsync(fresh, level, cancel).ConfigureAwait(false);
            level = [.. next.Where(_seen.Add)];
        }
        return await GraphAsync(level.Count == 0, cancel).ConfigureAwait(false);
    }

    /// <summary>All that was made of the artifacts.</summary>
    public async Task<LineageGraph> DownAsync(IEnumerable<string> hashes, CancellationToken cancel)
    {
        HashSet<string> level = [.. hashes.Where(_seen.Add)];
        foreach (ArtifactRow row in await store.MadeAsync(level, cancel).ConfigureAwait(false))
            AddArtifact(row);
        while (level.Count > 0 && _nodes.Count < mostNodes)
        {
            HashSet<string> next = new(StringComparer.Ordinal);
            await AddVersionsAsync(level, older: false, next, cancel).ConfigureAwait(false);
            foreach (ModelVersion model in await store.ModelsOfAsync(level, cancel).ConfigureAwait(false))
                AddModel(model);
            IReadOnlyList<ArtifactUseRow> used = await store.UsedAsync(level, cancel).ConfigureAwait(false);
            foreach (ArtifactUseRow use in used)
                Connect(LineageNode.Artifact(use.Hash), LineageNode.Attempt(User(use)), use.Input);
            HashSet<AttemptId> fresh = [.. used.Select(User).Where(_attempts.Add)];
            foreach (ArtifactRow row in (await store.OutputsOfAsync(fresh, cancel).ConfigureAwait(false)).Where(r => r.Kind != LineageDocument.Kind))
            {
                AddArtifact(row);
                if (used.Any(u => User(u) == Maker(row) && u.Hash == row.Hash))
                    continue;
                Connect(LineageNode.Attempt(Maker(row)), LineageNode.Artifact(row.Hash), row.Output);
                next.Add(row.Hash);
            }
            level = [.. next.Where(_seen.Add)];
        }
        return await GraphAsync(level.Count == 0, cancel).ConfigureAwait(false);
    }

    /// <summary>All that was made of records of a file.</summary>
    public async Task<LineageGraph> DownFromFileAsync(IReadOnlyList<IndexedSource> sources, CancellationToken cancel)
    {
        List<string> tables = [];
        ILookup<string, IndexedSource> byDocument = sources.ToLookup(s => s.Document);
        IReadOnlyList<ArtifactRow> documents = await store.MadeAsync([.. byDocument.Select(d => d.Key)], cancel).ConfigureAwait(false);
        ILookup<AttemptId, ArtifactRow> outputs = (await store.OutputsOfAsync([.. documents.Select(Maker).Distinct()], cancel).ConfigureAwait(false)).ToLookup(Maker);
        foreach (ArtifactRow document in documents)
        {
            foreach (IndexedSource source in byDocument[document.Hash])
            {
                foreach (ArtifactRow table in outputs[Maker(document)].Where(o => o.Output == source.Output))
                {
                    AddFile(source.Source, table);
                    tables.Add(table.Hash);
                }
            }
        }
        return await DownAsync(tables, cancel).ConfigureAwait(false);
    }

    private async Task AddFilesAsync(HashSet<AttemptId> attempts, HashSet<string> level, CancellationToken cancel)
    {
        IReadOnlyList<ArtifactRow> outputs = await store.OutputsOfAsync(attempts, cancel).ConfigureAwait(false);
        ILookup<string, ArtifactRow> documents = outputs.Where(o => o.Kind == LineageDocument.Kind).ToLookup(o => o.Hash);
        foreach (IndexedSource source in await store.SourcesOfAsync([.. documents.Select(d => d.Key)], cancel).ConfigureAwait(false))
        {
            foreach (ArtifactRow table in documents[source.Document].SelectMany(d => outputs.Where(o => Maker(o) == Maker(d) && o.Output == source.Output && level.Contains(o.Hash))))
                AddFile(source.Source, table);
        }
    }

    private async Task AddVersionsAsync(HashSet<string> level, bool older, HashSet<string> next, CancellationToken cancel)
    {
        IReadOnlyList<DatasetVersion> versions = await store.VersionsOfAsync(level, cancel).ConfigureAwait(false);
        foreach (DatasetVersion version in versions)
            AddVersion(version);
        foreach (DatasetVersion other in await store.NeighboursAsync(versions, older, cancel).ConfigureAwait(false))
        {
            AddVersion(other);
            next.Add(other.Artifact.Hash);
            DatasetVersion newer = older ? versions.First(v => v.Dataset == other.Dataset && v.BaseVersion == other.Version) : other;
            Connect(LineageNode.Dataset(newer.Dataset, newer.BaseVersion!.Value), LineageNode.Dataset(newer.Dataset, newer.Version), "days");
        }
        if (older)
            return;
        foreach (DatasetRead read in await store.ReadsOfAsync(versions, cancel).ConfigureAwait(false))
            Connect(LineageNode.Dataset(read.Dataset, read.Version), LineageNode.Attempt(new AttemptId(read.Run, read.Node, 1)), "read");
    }

    private void AddArtifact(ArtifactRow row) =>
        _nodes.TryAdd(LineageNode.Artifact(row.Hash), new LineageNode(LineageNode.Artifact(row.Hash), LineageKind.Artifact, row.Hash, row.Kind));

    private void AddFile(SourceLineage source, ArtifactRow table)
    {
        string id = LineageNode.File(source.Path);
        _nodes.TryAdd(id, new LineageNode(id, LineageKind.SourceFile, source.Path, source.Identity));
        AddArtifact(table);
        _edges.TryAdd((id, LineageNode.Artifact(table.Hash), table.Output), new LineageEdge(id, LineageNode.Artifact(table.Hash), table.Output, source));
    }

    private void AddVersion(DatasetVersion version)
    {
        string id = LineageNode.Dataset(version.Dataset, version.Version);
        if (_nodes.TryAdd(id, new LineageNode(id, LineageKind.Dataset, $"{version.Dataset} version {version.Version}", version.Pipeline)))
            Connect(LineageNode.Artifact(version.Artifact.Hash), id, null);
    }

    private void AddModel(ModelVersion model)
    {
        string id = LineageNode.Model(model.Model, model.Version);
        _nodes.TryAdd(id, new LineageNode(id, LineageKind.Model, $"{model.Model} version {model.Version}", string.Join(", ", model.Aliases)));
        Connect(LineageNode.Artifact(model.Artifact.Hash), id, null);
    }

    private void Connect(string from, string to, string? name) => _edges.TryAdd((from, to, name), new LineageEdge(from, to, name));

    private async Task<LineageGraph> GraphAsync(bool complete, CancellationToken cancel)
    {
        HashSet<string> ends = [.. _edges.Values.SelectMany(e => new[] { e.From, e.To })];
        List<AttemptId> attempts = [.. ends.Where(e => e.StartsWith("attempt:", StringComparison.Ordinal))
            .Select(e => AttemptId.TryParse(e["attempt:".Length..], out AttemptId id) ? id : default)];
        foreach (AttemptName name in await store.NamesAsync(attempts, cancel).ConfigureAwait(false))
            _nodes.TryAdd(LineageNode.Attempt(name.Id), new LineageNode(LineageNode.Attempt(name.Id), LineageKind.Attempt, $"{name.Pipeline}/{name.Activity}", name.Type));
        foreach (string end in ends.Where(e => !_nodes.ContainsKey(e))) // Made before anybody wrote lineage down, or named in a file.
            _nodes.Add(end, new LineageNode(end, end.StartsWith("artifact:", StringComparison.Ordinal) ? LineageKind.Artifact : LineageKind.Attempt, end[(end.IndexOf(':', StringComparison.Ordinal) + 1)..]));
        return new LineageGraph([.. _nodes.Values.OrderBy(n => n.Kind).ThenBy(n => n.Id, StringComparer.Ordinal)],
            [.. _edges.Values.OrderBy(e => e.From, StringComparer.Ordinal).ThenBy(e => e.To, StringComparer.Ordinal).ThenBy(e => e.As, StringComparer.Ordinal)], complete);
    }

    private static AttemptId Maker(ArtifactRow row) => new(row.Run, row.Node, row.Number);

    private static AttemptId User(ArtifactUseRow row) => new(row.Run, row.Node, row.Number);
}
