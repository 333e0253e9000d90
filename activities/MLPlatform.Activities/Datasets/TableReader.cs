using System.Text.Json.Nodes;
using DuckDB.NET.Native;
using MLPlatform.Activities.Tables;
using MLPlatform.Core.Artifacts;
using MLPlatform.Core.Datasets;

namespace MLPlatform.Activities.Datasets;

/// <summary>
/// Looks into tables outside any attempt, in bounded memory: a preview reads no more than it shows, a comparison spills
/// to a temporary folder.
/// </summary>
public sealed class TableReader(IArtifactStore artifacts)
{
    private const long Memory = 512L << 20;
    private const int Cores = 2;
    private const int MostColumns = 200;

    /// <summary>The first rows, or as many drawn at random; the same seed draws the same.</summary>
    public Task<TablePreview> PreviewAsync(ArtifactRef table, int rows, int? sampleSeed, CancellationToken cancel) => WithAsync([("source", table)], session =>
    {
        string sample = sampleSeed is { } seed ? $"USING SAMPLE reservoir({rows} ROWS) REPEATABLE ({seed})" : $"LIMIT {rows}";
        return Preview(session, sample, cancel);
    }, cancel);

    private static TablePreview Preview(DuckSession session, string sample, CancellationToken cancel)
    {
        List<string> names = [];
        List<IReadOnlyList<JsonNode?>> found = [];
        // Tables of the platform have no lists, but vectors do.
        string lists = string.Join(", ", session.Columns("source").Where(c => c.Type.EndsWith(']')).Select(c => $"{DuckSession.Name(c.Name)}::VARCHAR AS {DuckSession.Name(c.Name)}"));
        using DuckQuery query = DuckQuery.Prepare(session, $"SELECT *{(lists.Length > 0 ? $" REPLACE ({lists})" : "")} FROM source {sample}");
        query.Run(result =>
        {
            IReadOnlyList<TableColumn> columns = DuckVectors.Columns(ref result.Value);
            names.AddRange(columns.Select(c => c.Name));
            return chunk => Take(found, columns, chunk);
        }, cancel);
        return new TablePreview(names, found);
    }

    /// <summary>How many rows, each column in a few figures, and the first rows.</summary>
    public Task<TableProfile> ProfileAsync(ArtifactRef table, int rows, CancellationToken cancel) => WithAsync([("source", table)], session =>
    {
        List<ColumnProfile> columns = [];
        foreach ((string name, string type) in session.Columns("source").Take(MostColumns))
        {
            cancel.ThrowIfCancellationRequested();
            columns.Add(new ColumnProfile(name, type, TableComparison.Summary(session, "source", name, type)));
        }
        return new TableProfile(session.Count("SELECT count(*) FROM source"), columns, Preview(session, $"LIMIT {rows}", cancel));
    }, cancel);

    /// <summary>What differs between two versions of a table.</summary>
    /// <param name="keys">Columns that together name a row; none compares counts and columns only.</param>
    public Task<TableDiff> DiffAsync(ArtifactRef from, ArtifactRef to, IReadOnlyList<string> keys, CancellationToken cancel) =>
        WithAsync([("old", from), ("new", to)], session => TableComparison.Of(session, keys, cancel), cancel);

    private async Task<T> WithAsync<T>(IReadOnlyList<(string Name, ArtifactRef Table)> tables, Func<DuckSession, T> work, CancellationToken cancel)
    {
        string folder = Directory.CreateTempSubdirectory("mlp-table-").FullName;
        try
        {
            using DuckSession session = DuckSession.Open(artifacts, folder, Memory, Cores);
            foreach ((string name, ArtifactRef table) in tables)
                await session.AttachAsync(name, table, cancel).ConfigureAwait(false);
            session.Seal();
            return await Task.Run(() => work(session), cancel).ConfigureAwait(false);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static void Take(List<IReadOnlyList<JsonNode?>> found, IReadOnlyList<TableColumn> columns, DuckDBDataChunk chunk)
    {
        DuckVectors.Vector[] vectors = DuckVectors.Vectors(chunk, columns);
        for (int row = 0; row < DuckVectors.Rows(chunk); row++)
        {
            JsonNode?[] values = new JsonNode?[vectors.Length];
            for (int i = 0; i < vectors.Length; i++)
                values[i] = JsonValue.Create(DuckVectors.Value(vectors[i], row, columns[i].Type));
            found.Add(values);
        }
    }
}
