using System.Text;
using MLPlatform.Activities.Tables;

namespace MLPlatform.Activities.Bees;

/// <summary>The inputs of a collection after they were checked against each other and the files were found.</summary>
internal sealed class CollectSettings
{
    private static readonly (SourceFormat Format, string[] Extensions)[] Extensions =
    [
        (SourceFormat.Csv, [".csv", ".txt", ".data", ".test"]),
        (SourceFormat.Tsv, [".tsv", ".tab"]),
        (SourceFormat.JsonLines, [".jsonl", ".ndjson", ".json"]),
        (SourceFormat.Text, [".log", ".txt"]),
        (SourceFormat.Parquet, [".parquet", ".pq"]),
    ];

    private CollectSettings(CollectBees.Inputs inputs, SourceFormat format, IReadOnlyList<SourceFile> files, IReadOnlyList<string> skipped)
    {
        (Inputs, Format, Files, Skipped) = (inputs, format, files, skipped);
        Missing = [.. inputs.Missing.Select(Encoding.UTF8.GetBytes)];
        Declared = inputs.Columns.ToDictionary(c => c.Name, StringComparer.Ordinal);
    }

    public CollectBees.Inputs Inputs { get; }
    public SourceFormat Format { get; }
    public IReadOnlyList<SourceFile> Files { get; private set; }

    /// <summary>Files in folders that are not of the format.</summary>
    public IReadOnlyList<string> Skipped { get; }

    public IReadOnlyList<byte[]> Missing { get; }
    public IReadOnlyDictionary<string, ColumnSpec> Declared { get; }

    /// <summary>Records of a registered source: they have a time of arrival.</summary>
    public bool Landed => Inputs.Slice is not null;

    /// <summary>The settings for the channels of a slice; without a format its records are JSON, one a line.</summary>
    public static CollectSettings From(CollectBees.Inputs inputs, string slice, CancellationToken cancel)
    {
        Check(inputs);
        SourceFormat format = inputs.Format == SourceFormat.Auto ? SourceFormat.JsonLines : inputs.Format;
        if (format == SourceFormat.Parquet || inputs.More.Count > 0)
            throw DataErrors.Settings("A registered source holds records of text, and nothing stands beside it: leave more out, and set format to csv, tsv, jsonl or text.");
        bool headers = inputs.Header && format is SourceFormat.Csv or SourceFormat.Tsv;
        return new CollectSettings(inputs, format, LandedSlice.Files(slice, inputs.Source!, headers, cancel), []);
    }

    public static CollectSettings From(CollectBees.Inputs inputs)
    {
        Check(inputs);
        List<string> skipped = [];
        IReadOnlyList<SourceFile> files = SourceFiles.Find([inputs.Source!, .. inputs.More], name => Wanted(inputs.Format, name), skipped);
        return new CollectSettings(inputs, FormatOf(inputs.Format, files), files, skipped);
    }

    /// <summary>The same files under the names they have in an artifact.</summary>
    public CollectSettings OfArtifact(string hash, string folder)
    {
        string root = Path.GetFullPath(folder);
        Files = [.. Files.Select(f => f.Path.StartsWith(root, StringComparison.Ordinal)
            ? f with { LineageName = $"{hash}/{Path.GetRelativePath(root, f.Path).Replace('\\', '/')}" } : f)];
        return this;
    }

    /// <summary>The same for files that were found elsewhere.</summary>
    public static CollectSettings From(CollectBees.Inputs inputs, IReadOnlyList<SourceFile> files, IReadOnlyList<string> skipped)
    {
        Check(inputs);
        return new CollectSettings(inputs, FormatOf(inputs.Format, files), files, skipped);
    }

    /// <summary>Opens one text file for reading its records.</summary>
    /// <param name="columns">The table's columns, or null while they are being found out.</param>
    public RecordReader Open(SourceStream stream, IReadOnlyList<string>? columns)
    {
        LineBuffer lines = new(stream, Inputs.MaxLineBytes);
        if (Format == SourceFormat.Text)
            return new WholeTextReader(lines, stream.Landed);
        if (Format == SourceFormat.JsonLines)
        {
            // The reader knows the names of the file, not those of the table.
            Dictionary<string, string> back = Inputs.Rename.ToDictionary(r => r.Value, r => r.Key);
            IEnumerable<string> names = (columns ?? [.. Declared.Keys]).Select(n => back.GetValueOrDefault(n, n));
            return new JsonLinesReader(lines, names, columns is null && !Inputs.OnlyDeclared, Inputs.OnlyDeclared);
        }
        byte separator = (byte)(Inputs.Separator?[0] ?? (Format == SourceFormat.Tsv ? '\t' : ','));
        DelimitedFormat format = new(separator, Inputs.Quoting ? (byte)'"' : null, Inputs.Comment, Inputs.SkipLines, Inputs.Trim, Inputs.Header);
        return new DelimitedReader(lines, format, Inputs.Header ? null : columns);
    }

    /// <summary>The table's name for a column of a file.</summary>
    public string NameOf(string inFile) => Inputs.Rename.GetValueOrDefault(inFile, inFile);

    private static void Check(CollectBees.Inputs inputs)
    {
        if (inputs.Separator is { } separator && (separator.Length != 1 || separator[0] is '"' or '\n' or '\r' or > '\x7f'))
            throw DataErrors.Settings($"The separator '{separator}' is not one ASCII character other than a quote or a line end.");
        if (inputs.Format == SourceFormat.Text && (inputs.Columns.Count > 0 || inputs.OnlyDeclared || inputs.EventTime is not null || inputs.Missing.Count > 0
            || inputs.Comment is not null || inputs.SkipLines > 0 || inputs.Separator is not null || inputs.Trim))
            throw DataErrors.Settings("A record of the format text is taken whole, as the column text: leave out columns, onlyDeclared, eventTime, missing, comment, skipLines, separator and trim.");
        if (inputs.OnlyDeclared && inputs.Columns.Count == 0)
            throw DataErrors.Settings("onlyDeclared is set but no columns are declared. Declare the columns to take.");
        if (inputs.Columns.GroupBy(c => c.Name).FirstOrDefault(g => g.Count() > 1) is { } twice)
            throw DataErrors.Settings($"The column '{twice.Key}' is declared twice.");
        if (inputs.Rename.GroupBy(r => r.Value).FirstOrDefault(g => g.Count() > 1) is { } same)
            throw DataErrors.Settings($"Two columns are renamed to '{same.Key}'.");
        if (inputs.EventTime is { } time && inputs.Columns.FirstOrDefault(c => c.Name == time) is { Type: not (null or ColumnType.Timestamp) } column)
            throw DataErrors.Bad("DATA-011", $"The event time '{time}' is declared as {ColumnTypes.Name(column.Type!.Value)}; it must be a timestamp.");
    }

    /// <summary>Whether a file in a folder is of the format asked for, by its name.</summary>
    public static bool Wanted(SourceFormat format, string name) =>
        format == SourceFormat.Auto ? ByName(name) is not null
        : Extensions.Any(e => (e.Format == format || (format == SourceFormat.Csv && e.Format == SourceFormat.Tsv)) && e.Extensions.Contains(Extension(name)));

    private static SourceFormat FormatOf(SourceFormat asked, IReadOnlyList<SourceFile> files)
    {
        if (asked != SourceFormat.Auto)
            return asked;
        SourceFormat? first = null;
        foreach (SourceFile file in files)
        {
            SourceFormat format = ByName(file.Name)
                ?? throw DataErrors.Settings($"The name of '{file.Name}' does not say its format. Set format to csv, tsv, jsonl, text or parquet.");
            if ((first ??= format) != format)
                throw DataErrors.Settings($"The source holds files of different formats: '{files[0].Name}' and '{file.Name}'. Set format, or name only one kind by a glob.");
        }
        return first!.Value;
    }

    private static SourceFormat? ByName(string name)
    {
        string extension = Extension(name);
        foreach ((SourceFormat format, string[] extensions) in Extensions)
        {
            // .txt, .log, .data and .test say nothing about how the text is laid out, so they are never taken unasked.
            if (extensions.Contains(extension) && extension is not (".txt" or ".log" or ".data" or ".test"))
                return format;
        }
        return null;
    }

    private static string Extension(string name)
    {
        string plain = name.EndsWith(".gz", StringComparison.OrdinalIgnoreCase) ? name[..^3] : name;
        return Path.GetExtension(plain).ToLowerInvariant();
    }
}
