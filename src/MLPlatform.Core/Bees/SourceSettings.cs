using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using MLPlatform.Core.Pipelines;

namespace MLPlatform.Core.Bees;

/// <summary>Files that belong together.</summary>
public sealed record SourceSettings
{
    [Description("The registered source that the records belong to."), RegularExpression("^[A-Za-z0-9][A-Za-z0-9._-]{0,255}$")]
    public required string Name { get; init; }

    [Description("Absolute paths, with * and ? within a folder, ** across folders and {a,b} for a choice.")]
    public required IReadOnlyList<string> Paths { get; init; }

    [Description("Paths to leave out.")]
    public IReadOnlyList<string> Exclude { get; init; } = [];

    [Description("What the files are written in: utf8, utf16, utf16BigEndian or gbk.")]
    public TextEncoding Encoding { get; init; }

    public MultilineSettings? Multiline { get; init; }

    [Description("The longest line, and about the longest record.")]
    public Quantity MaxRecordBytes { get; init; } = new(256 << 10);

    [Description("What happens to a longer line: cut or skip.")]
    public LongLines LongLines { get; init; }

    [Description("A file that did not grow for so long is finished: its last line counts although its end is missing.")]
    public TimeSpan FinishAfter { get; init; } = TimeSpan.FromMinutes(5);
}

/// <summary>Records of several lines, such as stack traces.</summary>
public sealed record MultilineSettings
{
    [Description("A regular expression for the first line of a record.")]
    public required string Start { get; init; }

    [Description("A record is complete when nothing came for so long.")]
    public TimeSpan After { get; init; } = TimeSpan.FromSeconds(5);
}

/// <summary>What the agent may take from its host.</summary>
public sealed record LimitSettings
{
    [Description("Bytes a second that are read at most; none by default.")]
    public Quantity? BytesPerSecond { get; init; }

    [Description("Resident memory of the process, about.")]
    public Quantity Memory { get; init; } = new(64 << 20);

    [Description("Whether to give way to other programs on processor and disk.")]
    public bool Nice { get; init; } = true;
}

/// <summary>What to do with a line that is longer than allowed.</summary>
public enum LongLines
{
    /// <summary>Deliver its beginning.</summary>
    Cut,

    /// <summary>Leave it out.</summary>
    Skip,
}

/// <summary>What files are written in.</summary>
public enum TextEncoding
{
    /// <summary>UTF-8, or anything where a line ends with the byte 10; bytes are passed on as they are.</summary>
    Utf8,

    /// <summary>UTF-16; a byte order mark decides, little-endian without.</summary>
    Utf16,

    /// <summary>UTF-16, big-endian.</summary>
    Utf16BigEndian,

    /// <summary>GBK, and GB 18030, of which it is a part.</summary>
    Gbk,
}
