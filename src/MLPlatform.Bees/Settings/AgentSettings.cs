using System.ComponentModel;
using System.Text.Json.Serialization;
using MLPlatform.Core.Bees;

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

    [Description("What is collected here. Left out where the server says it: see managed.")]
    public IReadOnlyList<SourceSettings> Sources { get; init; } = [];

    public ManagedSettings? Managed { get; init; }

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

/// <summary>Lets the server say what this agent collects, within bounds that this host sets.</summary>
public sealed record ManagedSettings
{
    [Description("Absolute paths of folders. Nothing outside them is ever read, whatever the server says.")]
    public required IReadOnlyList<string> Roots { get; init; }

    [Description("How often to ask the server.")]
    public TimeSpan Every { get; init; } = TimeSpan.FromSeconds(30);
}
