using System.ComponentModel;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Serialization;
using MLPlatform.Activities.Bees;
using MLPlatform.Activities.Data.Stores.Postgres;
using MLPlatform.Activities.Lineage;
using MLPlatform.Activities.Tables;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Artifacts;

namespace MLPlatform.Activities.Data.Stores;

/// <summary>What an import makes.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<ImportAs>))]
public enum ImportAs
{
    /// <summary>A table of the records of files, or of the rows of a database.</summary>
    [JsonStringEnumMemberName("table")] Table,

    /// <summary>The files as they are, as an artifact: a model, say.</summary>
    [JsonStringEnumMemberName("files")] Files,
}

/// <summary>
/// Brings data from outside into an artifact: a table, or files as they are. Nothing of it is used before all of it arrived
/// whole. It always looks anew, since nobody can promise what is outside; equal content gives an equal artifact, so what
/// hangs on it still comes from the cache.
/// </summary>
[Activity("data.import", Version = 1, Cacheable = false)]
[Description("Imports a table (or files as they are) from files, an S3 store, WebHDFS or PostgreSQL; bad records go to a quarantine table.")]
public sealed class ImportData : IActivity<ImportData.Inputs, ImportData.Outputs>
{
    public sealed record Inputs
    {
        [Description("Where the data is.")]
        public required Location From { get; init; }

        [Description("What to make of it: a table, or the files as they are. Default: table.")]
        public ImportAs As { get; init; } = ImportAs.Table;

        [Description("The kind of artifact that files become: model, features, folder and so on. Default: folder.")]
        public string Kind { get; init; } = "folder";

        [Description("How files are read into a table.")]
        public Reading Reading { get; init; } = new();
    }

    /// <param name="Table">The good rows; null for files.</param>
    /// <param name="Quarantine">The bad records: file, line, offset, reason, detail and text; null for files.</param>
    /// <param name="Artifact">The files; null for a table.</param>
    /// <param name="Rows">Rows of the table. Records read are always rows plus rejected.</param>
    /// <param name="Rejected">Records in quarantine.</param>
    /// <param name="Files">Files read; 1 for a database.</param>
    /// <param name="Bytes">Their size where they came from; 0 for a database.</param>
    /// <param name="Fingerprint">Changes when a file, its size or its version there changes; null for a database.</param>
    /// <param name="Lineage">Which parts of which files or rows are in the table and in the quarantine; null for files.</param>
    public sealed record Outputs(
        ArtifactRef? Table, ArtifactRef? Quarantine, ArtifactRef? Artifact, long Rows, long Rejected, int Files, long Bytes, string? Fingerprint, ArtifactRef? Lineage);

    public async Task<Outputs> RunAsync(Inputs inputs, ActivityContext context, CancellationToken cancel)
    {
        Location from = LocationUri.Resolve(inputs.From);
        try
        {
            if (from.Postgres is { } postgres)
                return inputs.As == ImportAs.Files ? throw StoreErrors.Location("A database has no files to import; leave 'as' out.")
                    : await TableAsync(await PgImport.RunAsync(postgres, inputs.Reading, context, cancel), null, context, cancel);
            Encoding? encoding = Transcoding.Find(inputs.Reading.Encoding);
            if (inputs.As == ImportAs.Files)
                return await FilesAsync(from, inputs.Kind, context, cancel);
            FetchedFiles fetched = await FetchedFiles.ForTableAsync(from, inputs.Reading, context, cancel);
            IReadOnlyList<SourceFile> files = encoding is null ? fetched.Files : await Task.Run(() => fetched.Decode(encoding, context, cancel), cancel);
            CollectSettings settings = CollectSettings.From(inputs.Reading.Inputs(), files, fetched.Skipped);
            Collected collected = await Task.Run(() => Collection.Run(settings, context, cancel), cancel);
            return await TableAsync(collected with { Bytes = fetched.Bytes }, fetched.Fingerprint, context, cancel);
        }
        catch (Exception problem) when (DataErrors.Describe(problem) is { } described)
        {
            throw described;
        }
    }

    private static async Task<Outputs> TableAsync(Collected collected, string? fingerprint, ActivityContext context, CancellationToken cancel)
    {
        context.Log($"{collected.Rows} rows, {collected.Rejected} in quarantine");
        context.Report("rows", collected.Rows);
        context.Report("rejected", collected.Rejected);
        return new Outputs(
            await context.Artifacts.PutFolderAsync(collected.TableFolder, "table", cancel),
            await context.Artifacts.PutFolderAsync(collected.QuarantineFolder, "table", cancel),
            null, collected.Rows, collected.Rejected, collected.Files, collected.Bytes, fingerprint,
            await LineageFile.WriteAsync(collected.Lineage, Path.Combine(context.ScratchFolder, "lineage"), context.Artifacts, cancel));
    }

    private static async Task<Outputs> FilesAsync(Location from, string kind, ActivityContext context, CancellationToken cancel)
    {
        using IFileStore store = FileStores.Open(from);
        IReadOnlyList<StoredFile> files = [.. (await store.ListAsync(cancel)).Where(f => f.Name != ExportedFiles.Marker)];
        if (files.Count == 0)
            throw StoreErrors.NotThere($"file in '{store.Shown}'");
        string folder = Directory.CreateDirectory(Path.Combine(context.ScratchFolder, "files")).FullName;
        for (int i = 0; i < files.Count; i++)
        {
            context.Progress((double)i / files.Count, files[i].Name);
            string local = Path.Combine(folder, FileStores.Checked(files[i].Name));
            Directory.CreateDirectory(Path.GetDirectoryName(local)!);
            await store.FetchAsync(files[i], local, cancel);
        }
        context.Log($"{files.Count} files from {store.Shown}");
        return new Outputs(null, null, await context.Artifacts.PutFolderAsync(folder, kind, cancel), 0, 0, files.Count, files.Sum(f => f.Bytes), Fingerprint(files), null);
    }

    internal static string Fingerprint(IEnumerable<StoredFile> files) => "sha256:" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(
        string.Concat(files.Select(f => string.Create(CultureInfo.InvariantCulture, $"{f.Name}\n{f.Bytes}\n{f.Version}\n"))))));
}
