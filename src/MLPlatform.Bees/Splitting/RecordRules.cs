using System.Text.RegularExpressions;

namespace MLPlatform.Bees.Splitting;

/// <summary>What to do with a line that is longer than allowed.</summary>
public enum LongLines
{
    /// <summary>Deliver its beginning.</summary>
    Cut,

    /// <summary>Leave it out.</summary>
    Skip,
}

/// <summary>How the bytes of a file become records.</summary>
public sealed record RecordRules
{
    /// <summary>What files are written in. Default: UTF-8, delivered byte by byte; others are delivered as UTF-8.</summary>
    public TextEncoding Encoding { get; init; }

    /// <summary>Matches the first line of a record; lines that do not match belong to the one before. Null: a record is a line.</summary>
    public Regex? Start { get; init; }

    /// <summary>The longest line, and about the longest record, in bytes of the file.</summary>
    public int MostBytes { get; init; } = 256 << 10;

    public LongLines LongLines { get; init; }
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
