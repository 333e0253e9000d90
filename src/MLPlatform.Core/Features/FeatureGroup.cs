using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;
using MLPlatform.Core.Pipelines;

namespace MLPlatform.Core.Features;

/// <summary>A feature group as its file declares it: what is known about an entity, from which columns, and as of when.</summary>
[Description("A feature group: what is known about an entity, made from which columns, and as of when.")]
public sealed record FeatureGroup
{
    [JsonPropertyName("$schema"), Description("Where the JSON Schema is, for editors.")]
    public string? Schema { get; init; }

    [Description("The group's name everywhere."), RegularExpression(Names.PipelinePattern)]
    public required string Id { get; init; }

    [Description("Raised by people whenever the features mean something else; versions live side by side."), Range(1, 1_000_000)]
    public required int Version { get; init; }

    public string? Description { get; init; }

    [Description("The person or team that answers for it.")]
    public required string Owner { get; init; }

    [Description("The columns that together name the entity."), MinLength(1), MaxLength(8)]
    public required IReadOnlyList<EntityKey> Entity { get; init; }

    [Description("The column that says when something happened."), MinLength(1)]
    public required string EventTime { get; init; }

    [Description("The column that says when the row arrived, and so could be known. Default: the event time.")]
    public string? ArrivalTime { get; init; }

    [Description("The column that names an event: a row that arrives later under the same name replaces the earlier one. Default: every row is an event of its own.")]
    public string? EventId { get; init; }

    [Description("How long the value of a plain column stands after its event, ISO 8601. Default: for ever.")]
    public TimeSpan? Ttl { get; init; }

    [Description("The features, in the order of the columns."), MinLength(1), MaxLength(512)]
    public required IReadOnlyList<GroupFeature> Features { get; init; }
}

/// <summary>One column of an entity's name.</summary>
public sealed record EntityKey
{
    [Description("The column, and what the key is called everywhere."), MinLength(1)]
    public required string Name { get; init; }

    [Description("string or int64.")]
    public FeatureType Type { get; init; } = FeatureType.String;
}

/// <summary>One feature: a column's newest value, or an aggregate over a window.</summary>
public sealed record GroupFeature
{
    [MinLength(1)]
    public required string Name { get; init; }

    public string? Description { get; init; }

    [Description("The type of the value: string, int64, double, bool or timestamp. Needed for plain columns and for last; aggregates have their own.")]
    public FeatureType? Type { get; init; }

    [Description("The column whose newest value is the feature. Default: the feature's name.")]
    public string? Column { get; init; }

    [Description("What is made of the events of a window. Default: nothing, the feature is a plain column.")]
    public FeatureAggregate? Aggregate { get; init; }
}

/// <summary>An aggregate over the events of the last hours or days.</summary>
public sealed record FeatureAggregate
{
    [Description("count, sum, mean, distinct, last or topK.")]
    public required AggregateOp Op { get; init; }

    [Description("The column; for count the rows that have a value in it are counted. Default, for count alone: all rows.")]
    public string? Column { get; init; }

    [Description("How far back the window reaches, ISO 8601: PT1H, P7D.")]
    public required TimeSpan Window { get; init; }

    [Description("An SQL condition over the columns: only rows that meet it take part. Default: all.")]
    public string? Where { get; init; }

    [Description("For topK: how many. Default: 3."), Range(1, 1000)]
    public int? K { get; init; }
}
