using System.ComponentModel;
using System.IO.Compression;
using System.Text.Json.Serialization;
using MLPlatform.Activities.Data.Stores.Postgres;
using MLPlatform.Activities.Tables;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Artifacts;

namespace MLPlatform.Activities.Data.Stores;

/// <summary>What happens to the rows that a database has already.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<ExportMode>))]
public enum ExportMode
{
    /// <summary>They make room for the new ones.</summary>
    [JsonStringEnumMemberName("replace")] Replace,

    /// <summary>They stay; the same table is appended once.</summary>
    [JsonStringEnumMemberName("append")] Append,

    /// <summary>Those with a key of the new rows take their values; the others stay.</summary>
    [JsonStringEnumMemberName("upsert")] Upsert,
}

/// <summary>
/// Brings an artifact to a place outside: a table as one file or as rows of a database, any artifact as its files. Who looks
/// there sees what was before or all of the new, never a part; exporting the same again changes nothing.
/// </summary>
[Activity("data.export", Version = 1, Cacheable = false)]
[Description("Exports a table (or any artifact's files) to a file, an S3 store, WebHDFS or PostgreSQL: all or nothing, and doing it twice changes nothing.")]
public sealed class ExportData : IActivity<ExportData.Inputs, ExportData.Outputs>
{
    public sealed record Inputs
    {
        [Description("What to export: a table, a model, features, any artifact.")]
        public required ArtifactRef Artifact { get; init; }

        [Description("Where to.")]
        public required Location To { get; init; }

        [Description("How a table is written into a file. Default: auto, as the name says.")]
        public TableFormat Format { get; init; } = TableFormat.Auto;

        [Description("What happens to rows that a database has already. Default: replace.")]
        public ExportMode Mode { get; init; } = ExportMode.Replace;

        [Description("For upsert: the columns that tell rows apart; the database's table needs a unique index on them, and gets one if it is made here. Default: none.")]
        public IReadOnlyList<string> Key { get; init; } = [];

        [Description("For append: the name that this export is known by, so that it is done once. Default: the table's hash.")]
        public string? Once { get; init; }
    }

    /// <param name="Location">Where it is now, without anything secret.</param>
    /// <param name="Written">Whether this activity wrote it, in this attempt or an earlier one; false where it was all there.</param>
    /// <param name="Rows">Rows exported; 0 for files.</param>
    /// <param name="Files">Files written.</param>
    /// <param name="Bytes">Their size.</param>
    public sealed record Outputs(string Location, bool Written, long Rows, int Files, long Bytes);

    public async Task<Outputs> RunAsync(Inputs inputs, ActivityContext context, CancellationToken cancel)
    {
        Location to = LocationUri.Resolve(inputs.To);
        try
        {
            Outputs outputs = to.Postgres is { } postgres
                ? await RowsAsync(inputs, postgres, context, cancel)
                : await FilesAsync(inputs, to, context, cancel);
            context.Log(outputs.Written ? $"Exported to {outputs.Location}" : $"It is in {outputs.Location} already; nothing was written");
            return outputs;
        }
        catch (Exception problem) when (DataErrors.Describe(problem) is { } described)
        {
            throw described;
        }
    }

    private static async Task<Outputs> RowsAsync(Inputs inputs, PostgresLocation postgres, ActivityContext context, CancellationToken cancel)
    {
        if (inputs.Format != TableFormat.Auto)
            throw StoreErrors.Location("A database has rows, not files; leave 'format' out.");
        if (inputs.Once is not null && inputs.Mode != ExportMode.Append)
            throw StoreErrors.Location("Only the mode append has 'once': to replace or to upsert the same again changes nothing anyway.");
        PgExport export = new(postgres, inputs.Mode, inputs.Key, $"{inputs.Mode.ToString().ToLowerInvariant()}:{inputs.Once ?? inputs.Artifact.Hash}", $"{context.Attempt.Run.Value:N}-{context.Attempt.Node}");
        using DuckSession session = DuckSession.Open(context);
        await session.AttachAsync("source", inputs.Artifact, cancel);
        session.Seal();
        long? rows = await export.RunAsync(session, "SELECT * FROM source", cancel);
        return new Outputs($"{PgConnection.Shown(postgres)}/{postgres.Table}", rows is not null, rows ?? 0, 0, 0);
    }

    private static async Task<Outputs> FilesAsync(Inputs inputs, Location to, ActivityContext context, CancellationToken cancel)
    {
        if (inputs.Mode != ExportMode.Replace || inputs.Key.Count > 0 || inputs.Once is not null)
            throw StoreErrors.Location("Files are always replaced; mode, key and once are for databases.");
        using IFileStore store = FileStores.Open(to);
        string name = to.File ?? to.S3?.Key ?? to.WebHdfs!.Path;
        TableFormat format = TableFormats.Of(inputs.Format, name);
        if (format == TableFormat.Files)
        {
            int files = await ExportedFiles.PutAsync(store, inputs.Artifact, context, cancel);
            return new Outputs(store.Shown, files > 0, 0, files, files > 0 ? inputs.Artifact.Bytes : 0);
        }
        string local = Path.Combine(context.ScratchFolder, "export");
        long rows = await WriteAsync(inputs.Artifact, format, name.EndsWith(".gz", StringComparison.OrdinalIgnoreCase), local, context, cancel);
        context.Progress(0.5, "written here");
        await store.PutAsync("", local, cancel);
        context.Report("rows", rows);
        return new Outputs(store.Shown, true, rows, 1, new FileInfo(local).Length);
    }

    private static async Task<long> WriteAsync(ArtifactRef table, TableFormat format, bool gzip, string local, ActivityContext context, CancellationToken cancel)
    {
        using DuckSession session = DuckSession.Open(context);
        await session.AttachAsync("source", table, cancel);
        session.Seal();
        IReadOnlyList<TableColumn> columns = [.. session.Columns("source").Select(c => new TableColumn(c.Name, Checks.CheckColumns.TypeOf(c.Type)))];
        using IRowSink sink = format == TableFormat.Parquet ? new ParquetSink(local, columns)
            : format == TableFormat.JsonLines ? new JsonLinesSink(Open(local, gzip), columns)
            : new DelimitedSink(Open(local, gzip), columns, format == TableFormat.Tsv ? '\t' : ',');
        long count = 0;
        await Task.Run(() => session.Read("SELECT * FROM source", (vectors, rows) =>
        {
            sink.Write(vectors, rows);
            count += rows;
        }, cancel), cancel);
        sink.Complete();
        return count;
    }

    private static Stream Open(string path, bool gzip)
    {
        FileStream file = new(path, FileMode.Create, FileAccess.Write, FileShare.None, 1 << 16);
        return gzip ? new GZipStream(file, CompressionLevel.Optimal) : file;
    }
}
