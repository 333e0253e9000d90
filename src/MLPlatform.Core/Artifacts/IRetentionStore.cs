using MLPlatform.Core.Datasets;

namespace MLPlatform.Core.Artifacts;

/// <summary>What the collector of artifacts asks the database, and the little that it writes there.</summary>
public interface IRetentionStore
{
    /// <summary>Whoever needs artifacts, and why.</summary>
    /// <param name="runsSince">Runs that ended at this instant or later are kept; unfinished ones always are.</param>
    Task<RetentionFacts> ReadAsync(DateTimeOffset runsSince, CancellationToken cancel);

    /// <summary>Marks versions as given up.</summary>
    Task GiveUpAsync(IReadOnlyCollection<DatasetVersion> versions, CancellationToken cancel);

    /// <summary>
    /// Says which artifacts nobody needs: those said before and not again are acquitted, and cached results that hold one are
    /// forgotten, so that no later run finds it. Returns those that have been condemned for <paramref name="settle"/> or longer.
    /// </summary>
    Task<IReadOnlyCollection<string>> CondemnAsync(IReadOnlyCollection<string> artifacts, TimeSpan settle, CancellationToken cancel);

    /// <summary>Forgets condemned artifacts that are gone.</summary>
    Task ForgetAsync(IReadOnlyCollection<string> artifacts, CancellationToken cancel);
}

/// <param name="Mentioned">Artifacts that a kept run, a registered pipeline or a waiting firing names.</param>
/// <param name="Models">Artifacts of registered models.</param>
/// <param name="Datasets">Datasets with all their versions, newest first.</param>
/// <param name="OldestAttempt">When the oldest attempt that runs began, or null: what is younger may be being written.</param>
public sealed record RetentionFacts(
    IReadOnlySet<string> Mentioned, IReadOnlySet<string> Models, IReadOnlyList<(Dataset Dataset, IReadOnlyList<DatasetVersion> Versions)> Datasets,
    ArtifactEdges Edges, DateTimeOffset? OldestAttempt);
