using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;
using MLPlatform.Core.Pipelines;

namespace MLPlatform.Bees.Settings;

/// <summary>The file that <c>mlp bees agent</c> is started with.</summary>
public sealed record AgentSettings
{
    [JsonPropertyName("$schema")]
    public string? Schema { get; init; }

    [Description("This agent's name, unlike all others'.")]
    public required string Agent { get; init; }

    [Description("The platform's address: collects records, where the sink is of type http, and hears heartbeats.")]
    public string? Server { get; init; }

    [Description("A file that holds the API token alone.")]
    public string? TokenFile { get; init; }

    [Description("Where the agent keeps what it knows of files. On a disk of this host.")]
    public required string Checkpoint { get; init; }

    public required IReadOnlyList<SourceSettings> Sources { get; init; }

    public required SinkSettings Sink { get; init; }

    public LimitSettings Limits { get; init; } = new();

    [Description("How often to look around without being told that something changed.")]
    public TimeSpan Poll { get; init; } = TimeSpan.FromSeconds(1);

    [Description("A file that has not changed for so long is no copy in the making, and the end of a moved one.")]
    public TimeSpan Settle { get; init; } = TimeSpan.FromSeconds(2);

    [Description("How long small amounts wait for more.")]
    public TimeSpan Linger { get; init; } = TimeSpan.FromMilliseconds(250);

    [Description("How often to tell the server that all is well.")]
    public TimeSpan Heartbeat { get; init; } = TimeSpan.FromSeconds(10);
}

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
    public Splitting.TextEncoding Encoding { get; init; }

    public MultilineSettings? Multiline { get; init; }

    [Description("The longest line, and about the longest record.")]
    public Quantity MaxRecordBytes { get; init; } = new(256 << 10);

    [Description("What happens to a longer line: cut or skip.")]
    public Splitting.LongLines LongLines { get; init; }

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
