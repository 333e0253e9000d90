namespace MLPlatform.Core.Labels;

/// <summary>What people are asked about each item.</summary>
public enum LabelKind
{
    /// <summary>Exactly one of the labels: <c>{"choice":"spam"}</c>.</summary>
    Classification,

    /// <summary>Any number of the labels: <c>{"choices":["sports","news"]}</c>.</summary>
    MultiLabel,

    /// <summary>Parts of a text, by UTF-16 offsets, end excluded: <c>{"spans":[{"start":0,"end":4,"label":"name"}]}</c>.</summary>
    Span,

    /// <summary>The better of two: <c>{"prefer":"a"}</c>, <c>"b"</c> or <c>"tie"</c>.</summary>
    Pairwise,

    /// <summary>Boxes in percent of the picture: <c>{"boxes":[{"x":1,"y":2,"width":30,"height":40,"label":"cat"}]}</c>.</summary>
    BoundingBox,
}

/// <param name="Labels">The labels there are; none for pairwise preference.</param>
/// <param name="Instructions">What people are told, or null.</param>
public sealed record LabelQuestion(LabelKind Kind, IReadOnlyList<string> Labels, string? Instructions);

/// <summary>When a batch is done.</summary>
/// <param name="PerItem">Different people that must label each item, from 1.</param>
/// <param name="SkipLimit">An item that so many people skipped is given up and stays without a label, from 1.</param>
/// <param name="Deadline">When the batch closes with what it has, or null for never.</param>
/// <param name="Adjudicators">
/// Who decides items on which two answers have as many votes, besides administrators; such an item is not done before. Null: nobody
/// needs to, and it stays without a label.
/// </param>
public sealed record LabelRule(int PerItem, int SkipLimit, DateTimeOffset? Deadline, IReadOnlyList<string>? Adjudicators = null);
