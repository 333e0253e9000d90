using System.Text.RegularExpressions;
using MLPlatform.Core.Bees;

namespace MLPlatform.Bees.Splitting;

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
