using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using MLPlatform.Activities.Bees;

namespace MLPlatform.Activities.Data.Stores;

/// <summary>How imported files are read: the inputs of bees.collect of the same names, and the encoding.</summary>
public sealed record Reading
{
    [Description("How the files are written. Default: auto, as their names say. Gzip is recognised by content.")]
    public SourceFormat Format { get; init; } = SourceFormat.Auto;

    [Description("The encoding of text files: utf-8, utf-16, gb18030, gbk, big5, shift_jis, windows-1252 and others. A record with bytes that mean nothing in it goes to quarantine. Default: utf-8.")]
    public string? Encoding { get; init; }

    [Description("The character between fields of a csv file. Default: a comma; a tab for tsv.")]
    public string? Separator { get; init; }

    [Description("Whether the first line of a csv or tsv file names its columns. Default: true.")]
    public bool Header { get; init; } = true;

    [Description("The columns: all of them, in order, for files without a header; else only those to say more about. Default: found out from the files.")]
    public IReadOnlyList<ColumnSpec> Columns { get; init; } = [];

    [Description("Take the declared columns alone and pass over others. Default: false.")]
    public bool OnlyDeclared { get; init; }

    [Description("New names of columns, by the name in the file. Default: none.")]
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

    [Description("The timestamp column that the table is partitioned by, by its day in UTC; of PostgreSQL too. Default: not partitioned.")]
    public string? EventTime { get; init; }

    [Description("What to do with files whose columns differ from the first file's. Default: fail.")]
    public DifferingColumns DifferingColumns { get; init; } = DifferingColumns.Fail;

    [Range(0.0, 1.0)]
    [Description("Fail where a larger fraction of the records is bad; 1: never. Default: fail where all are bad, or, of a thousand and more, a tenth.")]
    public double? MaxRejectedFraction { get; init; }

    internal CollectBees.Inputs Inputs() => new()
    {
        Format = Format,
        Separator = Separator,
        Header = Header,
        Columns = Columns,
        OnlyDeclared = OnlyDeclared,
        Rename = Rename,
        Comment = Comment,
        SkipLines = SkipLines,
        Quoting = Quoting,
        Trim = Trim,
        Missing = Missing,
        EventTime = EventTime,
        DifferingColumns = DifferingColumns,
        MaxRejectedFraction = MaxRejectedFraction,
    };
}
