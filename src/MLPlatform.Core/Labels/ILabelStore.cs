using MLPlatform.Core.Runs;

namespace MLPlatform.Core.Labels;

/// <summary>Batches of items that people label, and their answers: durable when a call returns, and never overwritten.</summary>
public interface ILabelStore
{
    /// <summary>Makes a batch, or finds the one that equal inputs made; a closed one is delivered once more.</summary>
    Task<LabelBatch> OpenAsync(LabelBatchDraft draft, CancellationToken cancel);

    /// <summary>How long an item stays with the person who took their answer back: 10 minutes.</summary>
    static readonly TimeSpan WithdrawnLease = TimeSpan.FromMinutes(10);

    Task<LabelBatch?> FindAsync(Guid batch, CancellationToken cancel);

    /// <summary>The batch that a step made from these inputs, or null.</summary>
    Task<LabelBatch?> FindAsync(RunId run, string activity, string inputsHash, CancellationToken cancel);

    /// <summary>All batches, newest first; only those with the status, where one is given.</summary>
    Task<IReadOnlyList<LabelBatch>> ListAsync(LabelBatchState? status, CancellationToken cancel);

    /// <summary>
    /// The first item that this person has not answered and that needs more answers than people hold or gave, lent for
    /// <paramref name="lease"/>; the item they hold already, where they do; null where nothing is left for them.
    /// </summary>
    Task<LabelItem?> NextAsync(Guid batch, string annotator, TimeSpan lease, CancellationToken cancel);

    /// <summary>
    /// Adds a revision to a person's answer, and closes the batch when its rule is met. Where they take one back, the item is lent to
    /// them for <see cref="WithdrawnLease"/>, so that it is their next.
    /// </summary>
    Task<SaveResult> SaveAsync(AnnotationDraft draft, CancellationToken cancel);

    /// <summary>Adds answers of one batch, all of them or, where one of them meets a conflict, none; revision 0 is that of the batch.</summary>
    Task<SaveResult> SaveAllAsync(Guid batch, IReadOnlyList<AnnotationDraft> drafts, CancellationToken cancel);

    /// <summary>Closes an open batch with what it has; false if it was closed already or is not there.</summary>
    Task<bool> CloseAsync(Guid batch, string because, CancellationToken cancel);

    /// <summary>Closes the batches whose deadline has come; returns the next deadline, or null.</summary>
    Task<DateTimeOffset?> CloseOverdueAsync(CancellationToken cancel);

    /// <summary>Closed batches whose activity still waits for its answer, oldest first.</summary>
    Task<IReadOnlyList<LabelBatch>> ListUndeliveredAsync(CancellationToken cancel);

    Task MarkDeliveredAsync(Guid batch, CancellationToken cancel);

    /// <summary>The items by their number.</summary>
    Task<IReadOnlyList<LabelItem>> ListItemsAsync(Guid batch, CancellationToken cancel);

    /// <summary>Every revision of every answer, by item, person and revision.</summary>
    Task<IReadOnlyList<Annotation>> ListAnnotationsAsync(Guid batch, CancellationToken cancel);

    /// <summary>The newest <paramref name="last"/> revisions of a person, newest first; only those about one item, where it is given.</summary>
    Task<IReadOnlyList<Annotation>> ListAnnotationsAsync(Guid batch, string annotator, int? item, int last, CancellationToken cancel);
}
