using MLPlatform.Core.Runs;

namespace MLPlatform.Core.Labels;

/// <summary>Items that people label together, made by one activity of one run.</summary>
/// <param name="InputsHash">Equal inputs of the same activity of the same run find the same batch, so that no label is lost when the step runs again.</param>
public sealed record LabelBatchDraft(
    RunId Run, string Activity, string InputsHash, string Pipeline, LabelQuestion Question, LabelRule Rule, IReadOnlyList<LabelItem> Items);

/// <summary>One item to label.</summary>
/// <param name="Number">Its place in the batch, from 0: the order of the table.</param>
/// <param name="Key">What the table calls it; unique in the batch.</param>
/// <param name="DataJson">What people see, a JSON object.</param>
/// <param name="GoldJson">The canonical answer that is known to be right and that people do not see; null where none is known.</param>
public sealed record LabelItem(int Number, string Key, string DataJson, string? GoldJson = null);

/// <summary>Where a batch is. Terminal: closed.</summary>
public enum LabelBatchState
{
    /// <summary>People may label.</summary>
    Open,

    /// <summary>Its rule was met, its deadline passed, or a person closed it; nothing is added any more.</summary>
    Closed,
}

/// <param name="Done">Items with enough labels, or given up.</param>
/// <param name="ClosedBecause"><c>complete</c>, <c>deadline</c>, or who closed it; null while open.</param>
/// <param name="DeliveredAt">When the waiting activity had its answer; null before.</param>
public sealed record LabelBatch(
    Guid Id, RunId Run, string Activity, string Pipeline, LabelQuestion Question, LabelRule Rule, LabelBatchState Status,
    int Items, int Done, DateTimeOffset CreatedAt, DateTimeOffset? ClosedAt, string? ClosedBecause, DateTimeOffset? DeliveredAt);

/// <summary>What a person did with an item.</summary>
public enum AnnotationAction
{
    /// <summary>Labeled it.</summary>
    Save,

    /// <summary>Could not say.</summary>
    Skip,

    /// <summary>Decided it: the answer stands above all votes.</summary>
    Decide,

    /// <summary>Took back what they last did with it; it counts as if they had not answered.</summary>
    Withdraw,
}

/// <summary>One revision of one person's answer about one item. Revisions are only ever added.</summary>
/// <param name="Item">The item's number.</param>
/// <param name="Revision">From 1 for each item and person.</param>
/// <param name="ValueJson">The canonical answer; null for a skip and for one that was taken back.</param>
/// <param name="SourceJson">The annotation as another tool wrote it, where it was brought in from there; null else.</param>
public sealed record Annotation(
    int Item, string Annotator, int Revision, AnnotationAction Action, string? ValueJson, DateTimeOffset At, string? SourceJson = null);

/// <summary>An answer to be kept.</summary>
/// <param name="Expected">The revision that the person saw, 0 for none: another one there is a conflict.</param>
public sealed record AnnotationDraft(
    Guid Batch, int Item, string Annotator, int Expected, AnnotationAction Action, string? ValueJson, string? SourceJson = null);

/// <summary>What became of an answer.</summary>
public abstract record SaveResult
{
    private SaveResult() { }

    /// <summary>It is durable. The same answer sent again is answered the same.</summary>
    /// <param name="Closed">Whether the batch is closed now.</param>
    public sealed record Saved(int Revision, bool Closed) : SaveResult;

    /// <summary>The person's answer has another revision than the one expected; nothing was written.</summary>
    public sealed record Conflict(int Revision) : SaveResult;

    /// <summary>The batch takes no more answers.</summary>
    public sealed record BatchClosed(string Because) : SaveResult;

    public sealed record NotFound(string What) : SaveResult;
}
