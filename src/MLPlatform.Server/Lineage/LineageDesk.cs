using MLPlatform.Activities.Lineage;
using MLPlatform.Core.Artifacts;
using MLPlatform.Core.Lineage;
using MLPlatform.Core.Lineage.OpenLineage;

namespace MLPlatform.Server.Lineage;

/// <summary>Answers questions about lineage. Documents that attempts wrote are taken into the index before the first question that needs them.</summary>
internal sealed class LineageDesk(ILineageStore store, IArtifactStore artifacts, ForeignLineage foreign) : IDisposable
{
    private readonly SemaphoreSlim _indexing = new(1, 1);

    public async Task<LineageGraph> OfFileAsync(string file, long from, long to, CancellationToken cancel)
    {
        await IndexAsync(cancel);
        return await foreign.ExtendAsync(await new LineageWalk(store).DownFromFileAsync(await store.FindSourcesAsync(file, from, to, cancel), cancel), down: true, cancel);
    }

    /// <param name="down">To what was made of it, instead of what it was made of.</param>
    public async Task<LineageGraph> OfArtifactAsync(string hash, bool down, CancellationToken cancel)
    {
        await IndexAsync(cancel);
        LineageWalk walk = new(store);
        return await foreign.ExtendAsync(down ? await walk.DownAsync([hash], cancel) : await walk.UpAsync([hash], cancel), down, cancel);
    }

    /// <summary>What columns of an artifact were made of, or what was made of them.</summary>
    /// <param name="columns">Null for whichever there are.</param>
    /// <param name="rows">Whether columns count that only decide which rows there are.</param>
    public async Task<LineageGraph> OfColumnsAsync(string hash, IEnumerable<string>? columns, bool down, bool rows, CancellationToken cancel)
    {
        await IndexAsync(cancel);
        IEnumerable<ColumnPlace> start = (columns ?? [ColumnWalk.Any]).Select(c => new ColumnPlace(hash, c));
        ColumnWalk walk = new(store, rows);
        return down ? await walk.DownAsync(start, cancel) : await walk.UpAsync(start, cancel);
    }

    /// <summary>What was made of a field of a source file.</summary>
    public async Task<LineageGraph> OfFieldAsync(string file, string field, bool rows, CancellationToken cancel)
    {
        await IndexAsync(cancel);
        return await new ColumnWalk(store, rows).DownFromFileAsync(await store.FindSourcesAsync(file, 0, long.MaxValue, cancel), field, cancel);
    }

    /// <summary>From a dataset of another system, through the files it wrote that we read, or the other way.</summary>
    public async Task<LineageGraph> OfExternalAsync(NamedDataset dataset, bool down, CancellationToken cancel)
    {
        await IndexAsync(cancel);
        LineageNode start = new(LineageNode.External(dataset.Namespace, dataset.Name), LineageKind.External, dataset.Name, dataset.Namespace);
        LineageGraph graph = await foreign.ExtendAsync(new LineageGraph([start], [], true), down, cancel);
        if (!down)
            return graph;
        List<IndexedSource> sources = [];
        foreach (string file in ForeignLineage.FilesOf(graph))
            sources.AddRange(await store.FindSourcesAsync(file, 0, long.MaxValue, cancel));
        LineageGraph ours = await new LineageWalk(store).DownFromFileAsync(sources, cancel);
        return new LineageGraph([.. graph.Nodes.Concat(ours.Nodes).DistinctBy(n => n.Id)], [.. graph.Edges, .. ours.Edges], graph.Complete && ours.Complete);
    }

    /// <summary>Takes in what attempts wrote since the last time; by replicas at once, too, since each document is taken once.</summary>
    public async Task IndexAsync(CancellationToken cancel)
    {
        await _indexing.WaitAsync(cancel);
        try
        {
            foreach (string document in await store.ListUnindexedAsync(cancel))
                await store.IndexAsync(document, await LineageFile.ReadAsync(document, artifacts, cancel), cancel);
        }
        finally
        {
            _indexing.Release();
        }
    }

    public void Dispose() => _indexing.Dispose();
}
