using MLPlatform.Core.Runs;

namespace MLPlatform.Core.Lineage.OpenLineage;

/// <summary>Events that others sent, and how far our own were sent.</summary>
public interface IOpenLineageStore
{
    /// <summary>Keeps an event; false where it was there already.</summary>
    Task<bool> PutAsync(ReceivedEvent received, CancellationToken cancel);

    /// <summary>The newest of each facet that others told about a dataset or a job, as JSON by name.</summary>
    /// <param name="kind">dataset or job.</param>
    Task<IReadOnlyDictionary<string, string>> FacetsAsync(string kind, NamedDataset of, CancellationToken cancel);

    /// <summary>What jobs read (<paramref name="written"/> false) or wrote of these datasets.</summary>
    Task<IReadOnlyList<JobEdge>> JobsOfAsync(IReadOnlyCollection<NamedDataset> datasets, bool written, CancellationToken cancel);

    /// <summary>What these jobs read or wrote.</summary>
    Task<IReadOnlyList<JobEdge>> DatasetsOfAsync(IReadOnlyCollection<NamedDataset> jobs, bool written, CancellationToken cancel);

    /// <summary>Runs created since an instant whose journal may hold events that were not sent, oldest first; those that wait for another try are left out.</summary>
    Task<IReadOnlyList<SendProgress>> ListUnsentAsync(DateTimeOffset since, int limit, CancellationToken cancel);

    /// <summary>What is not sent of runs created since an instant.</summary>
    Task<SendingState> StateAsync(DateTimeOffset since, CancellationToken cancel);

    /// <summary>Writes down how far a run's journal was sent.</summary>
    Task AdvanceAsync(SendProgress progress, CancellationToken cancel);
}

public sealed record JobEdge(NamedDataset Job, NamedDataset Dataset);

/// <param name="Waiting">Runs of which something may not be sent, running ones among them.</param>
/// <param name="Oldest">When the oldest of them was created.</param>
/// <param name="Failing">Those that the receiver did not take, oldest first, at most 20.</param>
public sealed record SendingState(long Waiting, DateTimeOffset? Oldest, IReadOnlyList<SendProgress> Failing);

/// <summary>How far a run's journal was sent.</summary>
/// <param name="Sequence">The last entry of which all was sent; 0 for none.</param>
/// <param name="Done">Whether the run had ended there.</param>
/// <param name="Tries">Failed tries since.</param>
/// <param name="NextAt">When to try again, or null.</param>
public sealed record SendProgress(RunId Run, long Sequence, bool Done, int Tries, DateTimeOffset? NextAt);
