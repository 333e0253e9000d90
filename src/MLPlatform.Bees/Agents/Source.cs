using System.Text.RegularExpressions;
using MLPlatform.Bees.Files;
using MLPlatform.Bees.Settings;
using MLPlatform.Bees.Splitting;
using MLPlatform.Core.Bees;

namespace MLPlatform.Bees.Agents;

/// <summary>A source at work: its files, its rules and what was counted.</summary>
internal sealed class Source(SourceSettings settings, IEnumerable<KnownFile> known)
{
    public SourceSettings Settings { get; } = settings;

    public List<Channel> Channels { get; } = [.. known.Where(k => k.Source == settings.Name).Select(k => new Channel(k) { Registered = true })];

    public RecordRules Rules { get; } = RulesOf(settings);

    public RecordSplitter Splitter => _splitter ??= new(Rules);

    public SourceCounts Counts { get; init; } = new();

    /// <summary>Whether the sink said how far the channels that are known from before are.</summary>
    public bool Positioned { get; set; }

    /// <summary>Files of which nothing is done yet because they may be copies in the making.</summary>
    public int Held { get; set; }

    /// <summary>Folders in which the files are, or may appear.</summary>
    public IReadOnlyCollection<string> Folders { get; set; } = [];

    public TimeSpan RecordEndsAfter => Settings.Multiline?.After ?? TimeSpan.Zero;

    private RecordSplitter? _splitter;

    private static RecordRules RulesOf(SourceSettings settings) => new()
    {
        Encoding = settings.Encoding,
        MostBytes = (int)settings.MaxRecordBytes.Value,
        LongLines = settings.LongLines,
        // Bounded time for whatever a line holds: no backtracking.
        Start = settings.Multiline is null ? null : new Regex(settings.Multiline.Start, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant),
    };
}

/// <summary>What an agent counted for a source since it started.</summary>
internal sealed class SourceCounts
{
    public long Records { get; set; }

    public long Bytes { get; set; }

    public long CutRecords { get; set; }

    public long SkippedRecords { get; set; }

    public long LostBytes { get; set; }
}
