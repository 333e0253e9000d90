using MLPlatform.Activities.Lineage;
using MLPlatform.Core.Artifacts;
using MLPlatform.Core.Lineage;

namespace MLPlatform.Server.Lineage;

/// <summary>Answers questions about lineage. Documents that attempts wrote are taken into the index before the first question that needs them.</summary>
internal sealed class LineageDesk(ILineageStore store, IArtifactStore artifacts) : IDisposable
{
    private readonly SemaphoreSlim _indexing = new(1, 1);

    public async Task<LineageGraph> OfFileAsync(string file, long from, long to, CancellationToken cancel)
    {
        await IndexAsync(cancel);
        return await new LineageWalk(store).DownFromFileAsync(await store.FindSourcesAsync(file, from, to, cancel), cancel);
    }

    /// <param name="down">To what was made of it, instead of what it was made of.</param>
    public async Task<LineageGraph> OfArtifactAsync(string hash, bool down, CancellationToken cancel)
    {
        await IndexAsync(cancel);
        LineageWalk walk = new(store);
        return down ? await walk.DownAsync([hash], cancel) : await walk.UpAsync([hash], cancel);
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
