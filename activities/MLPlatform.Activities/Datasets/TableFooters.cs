using MLPlatform.Activities.Tables;
using MLPlatform.Core.Artifacts;
using MLPlatform.Core.Datasets;
using ParquetSharp;

namespace MLPlatform.Activities.Datasets;

/// <summary>Reads what a table holds from the ends of its Parquet files; the rows themselves are left alone.</summary>
public static class TableFooters
{
    private const string DayPrefix = TableWriter.DayColumn + "=";

    public static async Task<TableFacts> ReadAsync(ArtifactRef table, IArtifactStore artifacts, CancellationToken cancel)
    {
        List<ArtifactFile> files = await FilesAsync(table, artifacts, cancel).ConfigureAwait(false);
        IReadOnlyList<DatasetColumn>? columns = null;
        HashSet<string> missing = new(StringComparer.Ordinal);
        long rows = 0;
        foreach (ArtifactFile file in files)
        {
            cancel.ThrowIfCancellationRequested();
            using ParquetFileReader reader = new(await artifacts.FetchAsync(file, cancel).ConfigureAwait(false));
            List<DatasetColumn> own = [.. ColumnsOf(reader)];
            columns ??= own;
            if (!own.SequenceEqual(columns))
                throw DataErrors.Bad("DSET-003", $"The files of the table have different columns: '{files[0].Path}' and '{file.Path}'. Write the table anew, with data.sql say.");
            rows += reader.FileMetaData.NumRows;
            AddMissing(reader, columns, missing);
        }
        return new TableFacts(columns!, rows, [.. files.Select(f => DayOf(f.Path)).OfType<string>().Distinct().Order(StringComparer.Ordinal)],
            [.. columns!.Select(c => c.Name).Where(missing.Contains)]);
    }

    /// <summary>The Parquet files of a table, by path.</summary>
    public static async Task<List<ArtifactFile>> FilesAsync(ArtifactRef table, IArtifactStore artifacts, CancellationToken cancel)
    {
        ArtifactManifest manifest = await artifacts.FindAsync(table.Hash, cancel).ConfigureAwait(false)
            ?? throw DataErrors.Bad("DATA-022", $"The table ({table.Hash}) is not in the artifact store. Run again the activity that made it.");
        List<ArtifactFile> files = [.. manifest.Files.Where(f => f.Path.EndsWith(".parquet", StringComparison.Ordinal))];
        return files.Count > 0 ? files : throw DataErrors.Bad("DSET-002", $"A dataset holds tables; this {table.Kind} ({table.Hash}) has no Parquet files.");
    }

    /// <summary>The day that a file's rows are of, or null.</summary>
    public static string? DayOf(string path) =>
        path.StartsWith(DayPrefix, StringComparison.Ordinal) && path.IndexOf('/', StringComparison.Ordinal) is var slash and > 0 ? path[DayPrefix.Length..slash] : null;

    internal static IEnumerable<DatasetColumn> ColumnsOf(ParquetFileReader reader)
    {
        SchemaDescriptor schema = reader.FileMetaData.Schema;
        return Enumerable.Range(0, schema.NumColumns).Select(i => new DatasetColumn(NameOf(schema.Column(i)), TypeOf(schema.Column(i))));
    }

    // A list is kept as its items, two levels further in.
    private static string NameOf(ColumnDescriptor column) =>
        column.MaxRepetitionLevel == 1 && column.Path.ToDotString().Split('.') is { Length: > 2 } path ? string.Join('.', path[..^2]) : column.Name;

    private static string TypeOf(ColumnDescriptor column) => (column.PhysicalType, column.LogicalType) switch
    {
        _ when column.MaxRepetitionLevel > 0 => "list",
        (_, TimestampLogicalType) => ColumnTypes.Name(ColumnType.Timestamp),
        (PhysicalType.ByteArray, StringLogicalType) => ColumnTypes.Name(ColumnType.String),
        (PhysicalType.Int64, _) => ColumnTypes.Name(ColumnType.Int64),
        (PhysicalType.Double, _) => ColumnTypes.Name(ColumnType.Double),
        (PhysicalType.Boolean, _) => ColumnTypes.Name(ColumnType.Bool),
        _ => column.PhysicalType.ToString().ToLowerInvariant(), // A script's own file; its name says what it is.
    };

    private static void AddMissing(ParquetFileReader reader, IReadOnlyList<DatasetColumn> columns, HashSet<string> missing)
    {
        for (int group = 0; group < reader.FileMetaData.NumRowGroups; group++)
        {
            using RowGroupReader rows = reader.RowGroup(group);
            for (int i = 0; i < columns.Count; i++)
            {
                using ColumnChunkMetaData chunk = rows.MetaData.GetColumnChunkMetaData(i);
                using Statistics? statistics = chunk.Statistics;
                // Without statistics nobody knows, so the column counts as one with missing values.
                if (!chunk.IsStatsSet || statistics is not { NullCount: 0 })
                    missing.Add(columns[i].Name);
            }
        }
    }
}
