using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using MLPlatform.Activities.Lineage;
using MLPlatform.Activities.Tables;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Artifacts;

namespace MLPlatform.Activities.Bees;

/// <summary>
/// Collects files into a table. Every record of the files is either a row of the table or, with its file, line,
/// offset and reason, a row of the quarantine: nothing is dropped and nothing is silently turned into a missing value.
/// </summary>
/// <remarks>Reads each file as a stream; memory does not grow with the data. The same files give the same bytes.</remarks>
[Activity("bees.collect", Version = 2)]
[Description("Collects CSV, TSV, JSON lines, plain text or Parquet files, or the records of a registered source, into a table, partitioned by event day; bad records go to a quarantine table.")]
public sealed class CollectBees : IActivity<CollectBees.Inputs, CollectBees.Outputs>
{
    public sealed record Inputs
    {
        [ExternalFiles]
        [Description("A file, a folder (the files of the format below it) or a glob with *, ?, ** and {a,b}; or source:NAME for a registered source. Either this or artifact.")]
        public string? Source { get; init; }

        [Description("Of a registered source: all that its log keeps, or only what is new since the last run of this pipeline that succeeded. Default: all.")]
        public SourceTake Take { get; init; } = SourceTake.All;

        [Description("What was taken of a registered source: filled in by the platform.")]
        public ArtifactRef? Slice { get; init; }

        [Description("Files that another activity made, taken as a folder. Either this or source.")]
        public ArtifactRef? Artifact { get; init; }

        [ExternalFiles]
        [Description("Further files, folders or globs, read after the source. Default: none.")]
        public IReadOnlyList<string> More { get; init; } = [];

        [Description("How the files are written; text takes each line, or each record of a registered source with all its lines, as the column text. Default: auto, as their names say. Gzip is recognised by content.")]
        public SourceFormat Format { get; init; } = SourceFormat.Auto;

        [Description("The character between fields of a csv file. Default: a comma; a tab for tsv.")]
        public string? Separator { get; init; }

        [Description("Whether the first line of a csv or tsv file names its columns. An unnamed column is called column_N, N from 1. Default: true.")]
        public bool Header { get; init; } = true;

        [Description("The columns: all of them, in order, for files without a header; else only those to say more about. Default: found out from the files.")]
        public IReadOnlyList<ColumnSpec> Columns { get; init; } = [];

        [Description("Take the declared columns alone and pass over others. Default: false.")]
        public bool OnlyDeclared { get; init; }

        [Description("New names of columns, by the name in the file; every other input uses the new names. Default: none.")]
        public IReadOnlyDictionary<string, string> Rename { get; init; } = new Dictionary<string, string>();

        [Description("Lines that start with this text are skipped. Default: none are.")]
        public string? Comment { get; init; }

        [Range(0, 1000)]
        [Description("Lines to skip at the start of each file, before the header. Default: 0.")]
        public int SkipLines { get; init; }

        [Description("Whether fields may stand in double quotes. Default: true.")]
        public bool Quoting { get; init; } = true;

        [Description("Whether blanks around fields are dropped. Default: false.")]
        public bool Trim { get; init; }

        [Description("Texts that stand for a missing value, besides the empty field; not where they are quoted. Default: none.")]
        public IReadOnlyList<string> Missing { get; init; } = [];

        [Description("The timestamp column that says when a row happened: the table is then partitioned by its day in UTC. Default: not partitioned.")]
        public string? EventTime { get; init; }

        [Description("What to do with files whose columns differ from the first file's. Default: fail.")]
        public DifferingColumns DifferingColumns { get; init; } = DifferingColumns.Fail;

        [Description("Adds the columns _file, _line and _offset, which say where a row came from; of a registered source _offset is the position in the channel. Default: false.")]
        public bool Lineage { get; init; }

        [Range(1024, 64 << 20)]
        [Description("The longest record, in bytes; longer ones go to quarantine. Default: 1048576.")]
        public int MaxLineBytes { get; init; } = 1 << 20;

        [Range(0.0, 1.0)]
        [Description("Fail where a larger fraction of the records is bad; 1: never. Default: fail where all are bad, or, of a thousand and more, a tenth.")]
        public double? MaxRejectedFraction { get; init; }

        [Range(1 << 16, 1 << 30)]
        [Description("Bytes read beforehand, spread over all files, to find out the types of columns that were not declared. Default: 67108864.")]
        public int InferenceBytes { get; init; } = 64 << 20;
    }

    /// <param name="Table">The good rows.</param>
    /// <param name="Quarantine">The bad records: file, line, offset, reason, detail and text.</param>
    /// <param name="Rows">Rows of the table. Records read are always rows plus rejected.</param>
    /// <param name="Rejected">Records in quarantine.</param>
    /// <param name="Files">Files read.</param>
    /// <param name="Bytes">Their size on disk.</param>
    /// <param name="Days">The event days that occur, as 2010-12-01; empty without an event time.</param>
    /// <param name="Lineage">Which parts of which files are in the table and in the quarantine.</param>
    public sealed record Outputs(
        ArtifactRef Table, ArtifactRef Quarantine, long Rows, long Rejected, int Files, long Bytes, IReadOnlyList<string> Days, ArtifactRef Lineage);

    public async Task<Outputs> RunAsync(Inputs inputs, ActivityContext context, CancellationToken cancel)
    {
        try
        {
            CollectSettings settings = await SettingsAsync(inputs, context, cancel);
            Collected collected = await Task.Run(() => Collection.Run(settings, context, cancel), cancel);
            context.Report("rows", collected.Rows);
            context.Report("rejected", collected.Rejected);
            ArtifactRef table = await context.Artifacts.PutFolderAsync(collected.TableFolder, "table", cancel);
            ArtifactRef quarantine = await context.Artifacts.PutFolderAsync(collected.QuarantineFolder, "table", cancel);
            ArtifactRef lineage = await LineageFile.WriteAsync(collected.Lineage, Path.Combine(context.ScratchFolder, "lineage"), context.Artifacts, cancel);
            return new Outputs(table, quarantine, collected.Rows, collected.Rejected, collected.Files, collected.Bytes, collected.Days, lineage);
        }
        catch (Exception problem) when (DataErrors.Describe(problem) is { } described)
        {
            throw described;
        }
    }

    private static async Task<CollectSettings> SettingsAsync(Inputs inputs, ActivityContext context, CancellationToken cancel)
    {
        if ((inputs.Source is null) == (inputs.Artifact is null))
            throw DataErrors.Settings("Give either source or artifact.");
        string folder = SourceFolder(context);
        if (inputs.Source?.StartsWith("source:", StringComparison.Ordinal) == true)
        {
            if (inputs.Slice is not { } slice)
                throw DataErrors.Bad("DATA-003", $"What the registered source '{inputs.Source["source:".Length..]}' holds was not handed over. Run it in a pipeline, on the server that keeps the source.");
            await context.Artifacts.LayOutAsync(slice.Hash, folder, cancel);
            return CollectSettings.From(inputs, folder, cancel);
        }
        if (inputs.Take == SourceTake.New || inputs.Slice is not null)
            throw DataErrors.Settings("take and slice belong to a registered source: source:NAME.");
        if (inputs.Artifact is not { } artifact)
            return CollectSettings.From(inputs);
        await context.Artifacts.LayOutAsync(artifact.Hash, folder, cancel);
        return CollectSettings.From(inputs with { Source = folder }).OfArtifact(artifact.Hash, folder);
    }

    private static string SourceFolder(ActivityContext context) => Path.Combine(context.ScratchFolder, "source");
}
