using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using MLPlatform.Core.Artifacts;

namespace MLPlatform.Activities.Labels;

/// <summary>One step of a chain of feedback: what must follow the step before it, and for how long it is waited for.</summary>
public sealed record FunnelStep
{
    [MinLength(1)]
    [Description("The step's name, such as click: the name of its label column; with _at and _final, of its time and whether the label can still change.")]
    public required string Name { get; init; }

    [Description("The events of this step.")]
    public required ArtifactRef Events { get; init; }

    [MinLength(1)]
    [Description("The events' columns that correspond to key, in the same order. Default: the names of key.")]
    public IReadOnlyList<string>? Key { get; init; }

    [Description("The timestamp column of the events.")]
    public required string Time { get; init; }

    [Description("The timestamp column that says when the platform knew of an event; one known only after asOf is not used. Default: known as it happened.")]
    public string? ArrivalTime { get; init; }

    [Description("The longest time from the step before to this one, ISO 8601, for example PT1H or P7D, both ends included.")]
    public required TimeSpan Window { get; init; }

    [Description("Events equal in these columns are one event. Default: all columns.")]
    public IReadOnlyList<string>? DeduplicateBy { get; init; }

    [Description("A column of the events to take along, from the first event that counts. Default: none.")]
    public string? Value { get; init; }
}

/// <summary>Which rows without the label to keep, so that a rare positive is not drowned.</summary>
public sealed record NegativeSampling
{
    [Range(0.000001, 1.0)]
    [Description("The fraction of the negatives to keep; each kept one weighs 1/keep.")]
    public required double Keep { get; init; }

    [Description("The step whose label says what a negative is. Default: the first.")]
    public string? Step { get; init; }

    [Description("Another seed keeps other rows. Default: 0.")]
    public long Seed { get; init; }

    [MinLength(1)]
    [Description("Rows equal in these columns of the impressions are kept or left together. Default: key and time.")]
    public IReadOnlyList<string>? By { get; init; }
}

/// <summary>What to do with rows that have a label which can still change.</summary>
public enum ProvisionalRows
{
    /// <summary>Keep them, marked.</summary>
    Keep,

    /// <summary>Leave them out; they are counted.</summary>
    Drop,
}

/// <summary>What became of a step's events and of the impressions.</summary>
/// <param name="Reached">Impressions that got this far.</param>
/// <param name="Provisional">Impressions whose label of this step can still change.</param>
/// <param name="Events">Events read: always matched + duplicate + outside the window + unmatched + not yet known.</param>
/// <param name="Matched">Events that belong to an impression; several may belong to one.</param>
/// <param name="NotYetKnown">Events that happened or arrived after asOf.</param>
public sealed record FunnelStepOutcome(
    string Name, long Reached, long Provisional, long Events, long Matched, long Duplicate, long OutsideWindow, long Unmatched, long NotYetKnown);
