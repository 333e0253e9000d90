using System.Text.Json.Serialization;

namespace MLPlatform.Core.Bees;

/// <summary>
/// What a batch says about itself. A batch is a gapless stretch of one channel, from <see cref="From"/> up to and without
/// <see cref="To"/>: every position of it is in a record, or counted as cut or skipped.
/// </summary>
public sealed record BatchHeader
{
    /// <summary>Longest agent, source and channel name.</summary>
    public const int LongestName = 256;

    /// <summary>Who read it. A letter or digit, then those, <c>.</c>, <c>_</c> and <c>-</c>.</summary>
    public required string Agent { get; init; }

    /// <summary>The registered source it belongs to.</summary>
    public required string Source { get; init; }

    /// <summary>
    /// What is read, as an opaque identity that outlives renames: one file with one content, a topic's partition, a
    /// replication slot. Unique within the source.
    /// </summary>
    public required string Channel { get; init; }

    /// <summary>How a person knows the channel: a path, a topic. Default: none.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Path { get; init; }

    /// <summary>Where the channel's collection began on purpose; the same in all its batches. Default: 0.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public long Start { get; init; }

    /// <summary>The first position, in bytes of a file or in whatever the channel counts.</summary>
    public required long From { get; init; }

    /// <summary>One behind the last position: where the next batch begins.</summary>
    public required long To { get; init; }

    /// <summary>When it was read, by the agent's clock.</summary>
    public required DateTimeOffset ReadAt { get; init; }

    /// <summary>Records that were longer than allowed and were cut. Default: 0.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public long CutRecords { get; init; }

    /// <summary>Bytes that cutting removed. Default: 0.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public long CutBytes { get; init; }

    /// <summary>Records that the agent's filter left out. Default: 0.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public long SkippedRecords { get; init; }

    /// <summary>
    /// Positions right before <see cref="From"/> that were gone before anybody read them: truncated, deleted or expired.
    /// Only what is declared here may be missing between two batches. Default: 0.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public long LostBytes { get; init; }

    /// <summary>How they were lost, in words. Default: none.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? LostBecause { get; init; }

    /// <summary>Nothing will follow on this channel. Default: false.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool Ended { get; init; }

    /// <summary>When the collector took it, by its clock; only in what the collector keeps.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public DateTimeOffset? ArrivedAt { get; init; }

    /// <summary>What is wrong with it, or null.</summary>
    public string? Problem() =>
        NameProblem("agent", Agent) ?? NameProblem("source", Source)
        ?? (Channel.Length is 0 or > LongestName ? $"the channel has {Channel.Length} characters; it needs 1 to {LongestName}" : null)
        ?? (Start < 0 || From < Start ? $"it begins at {From}, before the channel's start {Start}" : null)
        ?? (To < From ? $"it ends at {To}, before it begins at {From}" : null)
        ?? (LostBytes < 0 || LostBytes > From - Start ? $"{LostBytes} lost bytes do not fit before {From}" : null)
        ?? (CutRecords < 0 || CutBytes < 0 || SkippedRecords < 0 ? "a count is negative" : null);

    /// <summary>Why a name of an agent or a source is not one, or null.</summary>
    public static string? NameProblem(string what, string name)
    {
        bool good = name.Length is > 0 and <= LongestName && char.IsAsciiLetterOrDigit(name[0])
            && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-');
        return good ? null : $"the {what} name '{name}' is not one: a letter or digit, then letters, digits, '.', '_' and '-', {LongestName} characters at most";
    }
}
