namespace MLPlatform.Core.Bees;

/// <summary>How a topic of Kafka is read. Its offsets are kept with the data, not in Kafka.</summary>
public sealed record KafkaSource
{
    /// <summary>The brokers: <c>host:port,host:port</c>.</summary>
    public required string Servers { get; init; }

    public required string Topic { get; init; }

    /// <summary>The environment variable of the server that holds further settings of librdkafka as <c>name=value</c> lines: passwords. Default: none.</summary>
    public string? SettingsFrom { get; init; }

    /// <summary>Keep key, time and headers beside the value. Default: false, the value alone.</summary>
    public bool Envelope { get; init; }

    public string? Problem() =>
        Servers.Length == 0 ? "the section kafka names no servers" : Topic.Length == 0 ? "the section kafka names no topic" : null;
}
