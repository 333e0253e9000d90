using System.ComponentModel;
using System.Text.Json.Serialization;

namespace MLPlatform.Bees.Settings;

/// <summary>Where records go.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "type")]
[JsonDerivedType(typeof(HttpSinkSettings), "http")]
[JsonDerivedType(typeof(KafkaSinkSettings), "kafka")]
[JsonDerivedType(typeof(FolderSinkSettings), "folder")]
public abstract record SinkSettings;

/// <summary>The collector of the platform whose address the agent has.</summary>
public sealed record HttpSinkSettings : SinkSettings;

/// <summary>A Kafka topic, with transactions.</summary>
public sealed record KafkaSinkSettings : SinkSettings
{
    [Description("Addresses of brokers, separated by commas.")]
    public required string Servers { get; init; }

    [Description("The topic of the records. Default: the name of their source.")]
    public string? Topic { get; init; }

    [Description("A compacted topic for the positions of channels.")]
    public string PositionsTopic { get; init; } = "bees-positions";

    [Description("More settings of the client, by their names in librdkafka.")]
    public IReadOnlyDictionary<string, string> Client { get; init; } = new Dictionary<string, string>();
}

/// <summary>Files in a folder of this host.</summary>
public sealed record FolderSinkSettings : SinkSettings
{
    public required string Folder { get; init; }

    [Description("jsonl: one object with offset and text a line; raw: the records, each followed by a line feed.")]
    public FolderFormat Format { get; init; }
}

/// <summary>How the folder sink writes records.</summary>
public enum FolderFormat
{
    Jsonl,
    Raw,
}
