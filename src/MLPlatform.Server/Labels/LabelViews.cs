using System.Text.Json;
using MLPlatform.Core.Labels;
using MLPlatform.Server.Describe;

namespace MLPlatform.Server.Labels;

/// <summary>A batch of items that people label.</summary>
/// <param name="Activity">The activity of the run that waits for it.</param>
/// <param name="PerItem">Different people that must label each item.</param>
/// <param name="Done">Items with enough labels, or given up.</param>
/// <param name="Adjudicators">Who decides disputed items, besides administrators; the batch waits for them. Absent: nobody needs to.</param>
/// <param name="ClosedBecause">complete, deadline, or who closed it.</param>
public sealed record LabelBatchView(
    Guid Id, Guid Run, string Pipeline, string Activity, LabelKind Kind, IReadOnlyList<string> Labels, string? Instructions, int PerItem, int SkipLimit,
    DateTimeOffset? Deadline, IReadOnlyList<string>? Adjudicators, LabelBatchState Status, int Items, int Done, DateTimeOffset CreatedAt,
    DateTimeOffset? ClosedAt, string? ClosedBecause)
{
    internal static LabelBatchView From(LabelBatch b) => new(
        b.Id, b.Run.Value, b.Pipeline, b.Activity, b.Question.Kind, b.Question.Labels, b.Question.Instructions, b.Rule.PerItem, b.Rule.SkipLimit,
        b.Rule.Deadline, b.Rule.Adjudicators, b.Status, b.Items, b.Done, b.CreatedAt, b.ClosedAt, b.ClosedBecause);
}

/// <summary>Who asks, and for how long.</summary>
/// <param name="Annotator">Another person than the one the token names; for administrators only.</param>
/// <param name="LeaseSeconds">How long the item is kept from others, 1 to 86400. Default: 600.</param>
public sealed record NextItemRequest(string? Annotator = null, int LeaseSeconds = 600);

/// <summary>An item for one person. Item is absent when nothing is left for them.</summary>
/// <param name="Revision">The revision of their answer to it, for the next save: 0 unless they took one back.</param>
/// <param name="Given">What they answered before they took it back.</param>
public sealed record NextItemView(string Annotator, LabelItemView? Item, int Revision = 0, JsonElement? Given = null);

/// <summary>An item to label.</summary>
/// <param name="Item">Its number in the batch, from 0.</param>
/// <param name="Key">What its table calls it.</param>
/// <param name="Data">What people see.</param>
public sealed record LabelItemView(int Item, string Key, JsonElement? Data)
{
    internal static LabelItemView From(LabelItem i) => new(i.Number, i.Key, RawJson.Read(i.DataJson));
}

/// <summary>A person's answer.</summary>
/// <param name="Revision">The revision of their answer that they saw, 0 for none; another one there is a conflict.</param>
/// <param name="Value">The answer; absent to skip the item.</param>
/// <param name="Annotator">Another person than the one the token names; for administrators only.</param>
public sealed record AnnotationRequest(int Revision, JsonElement? Value = null, string? Annotator = null);

/// <summary>An item on which people disagree and that nobody decided, with the newest answer of each.</summary>
public sealed record DisputeView(LabelItemView Item, IReadOnlyList<AnnotationView> Answers);

/// <summary>Answers that were brought in.</summary>
/// <param name="Added">Answers that were new or differed from those that were there.</param>
/// <param name="Unchanged">Answers that were there already.</param>
/// <param name="Closed">Whether the batch is closed now.</param>
public sealed record ImportedView(int Added, int Unchanged, bool Closed);

/// <summary>A kept answer.</summary>
/// <param name="Closed">Whether the batch is closed now.</param>
public sealed record SavedView(int Item, string Annotator, int Revision, bool Closed);

/// <summary>One revision of one person's answer.</summary>
/// <param name="Value">Absent for a skip and for an answer that was taken back.</param>
public sealed record AnnotationView(int Item, string Annotator, int Revision, AnnotationAction Action, JsonElement? Value, DateTimeOffset At)
{
    internal static AnnotationView From(Annotation a) => new(a.Item, a.Annotator, a.Revision, a.Action, a.ValueJson is { } v ? RawJson.Read(v) : null, a.At);
}
