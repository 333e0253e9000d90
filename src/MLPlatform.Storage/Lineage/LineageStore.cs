using System.Text.Json;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Datasets;
using MLPlatform.Core.Lineage;
using MLPlatform.Core.Registry;
using MLPlatform.Core.Runs;
using MLPlatform.Storage.Datasets;
using MLPlatform.Storage.Registry;
using MLPlatform.Storage.Sql;

namespace MLPlatform.Storage.Lineage;

/// <summary>Reads lineage from the rows that the journal's commits wrote; only the index of what documents tell is written here.</summary>
internal sealed class LineageStore(Database database, TimeProvider time) : ILineageStore
{
    private const string Made = "SELECT run, node, number, output, hash, kind, bytes, at FROM artifacts";
    private const string Used = "SELECT run, node, number, input, hash FROM artifact_uses";
    private const string Sources = "SELECT document, output, path, identity, unit, exact, ranges_json FROM lineage_sources";

    public async Task<IReadOnlyList<ArtifactRow>> MadeAsync(IReadOnlyCollection<string> hashes, CancellationToken cancel) =>
        await database.WhereInAsync(Made + " WHERE hash", hashes, ToMade, cancel);

    public async Task<IReadOnlyList<ArtifactUseRow>> UsedAsync(IReadOnlyCollection<string> hashes, CancellationToken cancel) =>
        await database.WhereInAsync(Used + " WHERE hash", hashes, ToUsed, cancel);

    public async Task<IReadOnlyList<ArtifactRow>> OutputsOfAsync(IReadOnlyCollection<AttemptId> attempts, CancellationToken cancel) =>
        await database.OfAttemptsAsync(Made, "", numbered: true, attempts, ToMade, cancel);

    public async Task<IReadOnlyList<ArtifactUseRow>> InputsOfAsync(IReadOnlyCollection<AttemptId> attempts, CancellationToken cancel) =>
        await database.OfAttemptsAsync(Used, "", numbered: true, attempts, ToUsed, cancel);

    public async Task<IReadOnlyList<AttemptName>> NamesAsync(IReadOnlyCollection<AttemptId> attempts, CancellationToken cancel)
    {
        Dictionary<(Guid, int), (string Pipeline, string Activity, string Type)> names = (await database.OfAttemptsAsync(
            "SELECT a.run, a.node, r.pipeline, a.name, a.type FROM activities a JOIN runs r ON r.id = a.run", "a.", numbered: false, attempts,
            row => (Key: (row.Guid(0), row.Int(1)), Name: (row.Text(2), row.Text(3), row.Text(4))), cancel)).DistinctBy(n => n.Key).ToDictionary(n => n.Key, n => n.Name);
        return [.. attempts.Where(a => names.ContainsKey((a.Run.Value, a.Node)))
            .Select(a => (Id: a, Name: names[(a.Run.Value, a.Node)])).Select(a => new AttemptName(a.Id, a.Name.Pipeline, a.Name.Activity, a.Name.Type))];
    }

    public async Task<IReadOnlyList<DatasetVersion>> VersionsOfAsync(IReadOnlyCollection<string> hashes, CancellationToken cancel) =>
        await database.WhereInAsync(DatasetStore.Versions + " WHERE hash", hashes, DatasetStore.ToVersion, cancel);

    public async Task<IReadOnlyList<DatasetVersion>> NeighboursAsync(IReadOnlyCollection<DatasetVersion> versions, bool older, CancellationToken cancel)
    {
        List<DatasetVersion> found = [];
        foreach (IGrouping<string, DatasetVersion> dataset in versions.GroupBy(v => v.Dataset, StringComparer.Ordinal))
        {
            HashSet<int> numbers = [.. older ? dataset.Select(v => v.BaseVersion).OfType<int>() : dataset.Select(v => v.Version)];
            if (numbers.Count > 0)
                found.AddRange((await database.ListAsync(DatasetStore.Versions + " WHERE dataset = $1", [dataset.Key], DatasetStore.ToVersion, cancel))
                    .Where(v => older ? numbers.Contains(v.Version) : v.BaseVersion is { } before && numbers.Contains(before)));
        }
        return found;
    }

    public async Task<IReadOnlyList<DatasetRead>> ReadsOfAsync(IReadOnlyCollection<DatasetVersion> versions, CancellationToken cancel)
    {
        HashSet<(string, int)> wanted = [.. versions.Select(v => (v.Dataset, v.Version))];
        return [.. (await database.WhereInAsync("SELECT run, node, dataset, version FROM dataset_reads WHERE dataset",
            [.. versions.Select(v => v.Dataset).Distinct()], ToRead, cancel)).Where(r => wanted.Contains((r.Dataset, r.Version)))];
    }

    public async Task<IReadOnlyList<DatasetRead>> ReadsByAsync(IReadOnlyCollection<AttemptId> attempts, CancellationToken cancel) =>
        await database.OfAttemptsAsync("SELECT run, node, dataset, version FROM dataset_reads", "", numbered: false, attempts, ToRead, cancel);

    public async Task<IReadOnlyList<ModelVersion>> ModelsOfAsync(IReadOnlyCollection<string> hashes, CancellationToken cancel) =>
        await database.WhereInAsync(ModelRegistry.Versions + " WHERE v.hash", hashes, ModelRegistry.ToVersion, cancel);

    public async Task<IReadOnlyList<string>> ListUnindexedAsync(CancellationToken cancel) => await database.ListAsync(
        "SELECT DISTINCT a.hash FROM artifacts a WHERE a.kind = $1 AND NOT EXISTS (SELECT 1 FROM lineage_documents d WHERE d.hash = a.hash)",
        [LineageDocument.Kind], row => row.Text(0), cancel);

    public Task IndexAsync(string document, LineageDocument? content, CancellationToken cancel) => database.WriteAsync(async session =>
    {
        if (await session.ExecuteAsync("INSERT INTO lineage_documents (hash, indexed_at) VALUES ($1, $2) ON CONFLICT (hash) DO NOTHING", [document, time.GetUtcNow()], cancel) == 0)
            return;
        foreach ((string output, OutputLineage lineage) in content?.Outputs ?? new Dictionary<string, OutputLineage>())
        {
            if (lineage.Columns is { } columns)
                await session.ExecuteAsync("INSERT INTO lineage_columns (document, output, columns_json) VALUES ($1, $2, $3)",
                    [document, output, JsonSerializer.Serialize(columns, ActivityJson.Options)], cancel);
            foreach ((int number, SourceLineage source) in lineage.Sources.Where(s => s.Ranges.Count > 0).Index())
            {
                await session.ExecuteAsync(
                    "INSERT INTO lineage_sources (document, output, number, path, identity, unit, exact, first, last, ranges_json) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
                    [
                        document, output, number, source.Path, source.Identity, source.Unit, source.Exact, source.Ranges[0].From, source.Ranges[^1].To,
                        JsonSerializer.Serialize(source.Ranges, ActivityJson.Options),
                    ], cancel);
            }
        }
    }, cancel);

    public async Task<IReadOnlyList<IndexedSource>> SourcesOfAsync(IReadOnlyCollection<string> documents, CancellationToken cancel) =>
        await database.WhereInAsync(Sources + " WHERE document", documents, ToSource, cancel);

    public async Task<IReadOnlyList<IndexedColumns>> ColumnsOfAsync(IReadOnlyCollection<string> documents, CancellationToken cancel) =>
        await database.WhereInAsync("SELECT document, output, columns_json FROM lineage_columns WHERE document", documents,
            row => new IndexedColumns(row.Text(0), row.Text(1), JsonSerializer.Deserialize<ColumnLineage>(row.Text(2), ActivityJson.Options)!), cancel);

    public async Task<IReadOnlyList<IndexedSource>> FindSourcesAsync(string file, long from, long to, CancellationToken cancel)
    {
        List<IndexedSource> near = await database.ListAsync(Sources + " WHERE (path = $1 OR identity = $1) AND first < $2 AND last > $3", [file, to, from], ToSource, cancel);
        return [.. near.Select(n => n with { Source = n.Source with { Ranges = [.. n.Source.Ranges.Where(r => r.From < to && r.To > from)] } }).Where(n => n.Source.Ranges.Count > 0)];
    }

    private static ArtifactRow ToMade(SqlRow row) =>
        new(new RunId(row.Guid(0)), row.Int(1), row.Int(2), row.Text(3), row.Text(4), row.Text(5), row.Long(6), row.Time(7));

    private static ArtifactUseRow ToUsed(SqlRow row) => new(new RunId(row.Guid(0)), row.Int(1), row.Int(2), row.Text(3), row.Text(4));

    private static DatasetRead ToRead(SqlRow row) => new(new RunId(row.Guid(0)), row.Int(1), row.Text(2), row.Int(3));

    private static IndexedSource ToSource(SqlRow row) => new(row.Text(0), row.Text(1), new SourceLineage(
        row.Text(2), row.TextOrNull(3), row.Text(4), row.Bool(5), JsonSerializer.Deserialize<List<SourceRange>>(row.Text(6), ActivityJson.Options)!));
}
