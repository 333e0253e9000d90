using System.Text.Json;
using System.Text.Json.Serialization;

namespace MLPlatform.Core.Bees;

/// <summary>A registered source: a name under which records arrive and by which pipelines collect them.</summary>
public sealed record SourceDefinition
{
    /// <summary>Begins with a letter or digit; then those, <c>.</c>, <c>_</c> and <c>-</c>.</summary>
    public required string Name { get; init; }

    /// <summary>Where its records come from. Default: push, whoever sends them.</summary>
    public SourceKind Kind { get; init; }

    /// <summary>What people should know of it. Default: none.</summary>
    public string? Description { get; init; }

    /// <summary>How long what arrived is kept. Default: for ever.</summary>
    public SourceRetention? Retention { get; init; }

    /// <summary>What a <see cref="SourceKind.Postgres"/> source reads.</summary>
    public PostgresSource? Postgres { get; init; }

    /// <summary>What a <see cref="SourceKind.Kafka"/> source reads.</summary>
    public KafkaSource? Kafka { get; init; }

    /// <summary>What is wrong with it, or null.</summary>
    public string? Problem()
    {
        if (BatchHeader.NameProblem("source", Name) is { } name)
            return name;
        if ((Kind == SourceKind.Postgres) != (Postgres is not null))
            return Kind == SourceKind.Postgres ? "a source of kind postgres needs the section postgres" : $"the section postgres does not fit the kind {Kind}";
        if ((Kind == SourceKind.Kafka) != (Kafka is not null))
            return Kind == SourceKind.Kafka ? "a source of kind kafka needs the section kafka" : $"the section kafka does not fit the kind {Kind}";
        return Retention is { } keep && (keep.Days is <= 0 || keep.Bytes is <= 0) ? "a retention is more than nothing"
            : Postgres?.Problem() ?? Kafka?.Problem();
    }

    public string ToJson() => JsonSerializer.Serialize(this, SourceJson.Default.SourceDefinition);

    public static SourceDefinition FromJson(string json) => JsonSerializer.Deserialize(json, SourceJson.Default.SourceDefinition)!;
}

/// <summary>Where a source's records come from.</summary>
public enum SourceKind
{
    /// <summary>Agents and programs send them.</summary>
    Push,

    /// <summary>The platform reads a table of a PostgreSQL database.</summary>
    Postgres,

    /// <summary>The platform reads a topic of Kafka.</summary>
    Kafka,
}

/// <summary>When segments of a source's log are removed; whole segments, oldest first. Tables made of them stay.</summary>
/// <param name="Days">Remove what arrived longer ago. Default: no limit.</param>
/// <param name="Bytes">Remove the oldest while the log is larger. Default: no limit.</param>
public sealed record SourceRetention(double? Days = null, long? Bytes = null);

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, UseStringEnumConverter = true, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(SourceDefinition))]
internal sealed partial class SourceJson : JsonSerializerContext;
