using MLPlatform.Core.Datasets;
using MLPlatform.Core.Lineage;
using MLPlatform.Core.Lineage.OpenLineage;
using MLPlatform.Core.Runs;

namespace MLPlatform.Server.Lineage;

/// <summary>Reads what an attempt read and made: files, datasets by name, other artifacts by what made them.</summary>
internal sealed class AttemptReader(ILineageStore store, LineageDesk desk, CheckReader checks)
{
    /// <summary>The facts of the attempt that an event is about, or null where it is about none.</summary>
    public async Task<AttemptData?> ReadAsync(RunRow run, RunEvent happened, CancellationToken cancel)
    {
        AttemptId? of = happened switch
        {
            RunEvent.AttemptStarted e => new AttemptId(run.Id, e.Node, e.Number),
            RunEvent.AttemptEnded e => new AttemptId(run.Id, e.Node, e.Number),
            _ => null,
        };
        if (of is not { } attempt || await store.NamesAsync([attempt], cancel) is not [AttemptName name])
            return null;
        IReadOnlyList<ArtifactRow> outputs = await store.OutputsOfAsync([attempt], cancel);
        List<DataFacts> inputs = [];
        foreach (ArtifactUseRow use in await store.InputsOfAsync([attempt], cancel))
            inputs.Add(await OfAsync(use.Hash, $"artifact.{use.Hash}", cancel) with { Input = use.Input });
        foreach (DatasetRead read in await store.ReadsByAsync([attempt], cancel))
            inputs.AddRange((await store.VersionsOfAsync([.. outputs.Select(o => o.Hash)], cancel)).Where(v => v.Dataset == read.Dataset && v.Version == read.Version)
                .Select(v => new DataFacts(null, v.Dataset, v, v.Artifact.Hash, null)));
        IReadOnlyList<IndexedColumns> columns = [];
        if (happened is RunEvent.AttemptEnded && outputs.Any(o => o.Kind == LineageDocument.Kind))
        {
            await desk.IndexAsync(cancel);
            string[] documents = [.. outputs.Where(o => o.Kind == LineageDocument.Kind).Select(o => o.Hash)];
            foreach (IGrouping<string, IndexedSource> file in (await store.SourcesOfAsync(documents, cancel)).GroupBy(s => s.Source.Path))
                inputs.Add(new DataFacts("file", file.Key, null, null, file.Sum(f => f.Source.Records)));
            columns = await store.ColumnsOfAsync(documents, cancel);
        }
        if (happened is RunEvent.AttemptEnded ended && await checks.ReadAsync(name.Type, outputs, ended.Failure, cancel) is { } quality)
            inputs = [.. inputs.Select(i => i.Input == CheckReader.Input ? i with { Quality = quality } : i)];
        List<DataFacts> made = [];
        foreach (ArtifactRow output in outputs.Where(o => o.Kind != LineageDocument.Kind))
            made.Add(await OfAsync(output.Hash, $"{run.Pipeline}.{name.Activity}.{output.Output}", cancel) with { Columns = columns.FirstOrDefault(c => c.Output == output.Output)?.Columns });
        return new AttemptData(name.Activity, name.Type, inputs, made);
    }

    private async Task<DataFacts> OfAsync(string hash, string name, CancellationToken cancel)
    {
        if (await store.VersionsOfAsync([hash], cancel) is [DatasetVersion version, ..])
            return new DataFacts(null, version.Dataset, version, hash, null);
        // What made it first gives it its name, so that who reads it calls it the same.
        ArtifactRow? maker = (await store.MadeAsync([hash], cancel)).Where(m => m.Kind != LineageDocument.Kind).OrderBy(m => m.At).ThenBy(m => m.Run.Value).FirstOrDefault();
        if (maker is null || await store.NamesAsync([new AttemptId(maker.Run, maker.Node, maker.Number)], cancel) is not [AttemptName by])
            return new DataFacts(null, name, null, hash, null);
        return new DataFacts(null, $"{by.Pipeline}.{by.Activity}.{maker.Output}", null, hash, null);
    }
}
