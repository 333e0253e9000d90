using MLPlatform.Core.Datasets;
using MLPlatform.Core.Registry;
using MLPlatform.Core.Runs;

namespace MLPlatform.Core.Lineage;

/// <summary>
/// What attempts read and made, as it was committed with their starts and ends. Every question takes many things at once, so
/// that a walk costs one round a level.
/// </summary>
public interface ILineageStore
{
    /// <summary>Outputs of attempts with these hashes.</summary>
    Task<IReadOnlyList<ArtifactRow>> MadeAsync(IReadOnlyCollection<string> hashes, CancellationToken cancel);

    /// <summary>Inputs of attempts with these hashes.</summary>
    Task<IReadOnlyList<ArtifactUseRow>> UsedAsync(IReadOnlyCollection<string> hashes, CancellationToken cancel);

    Task<IReadOnlyList<ArtifactRow>> OutputsOfAsync(IReadOnlyCollection<AttemptId> attempts, CancellationToken cancel);

    Task<IReadOnlyList<ArtifactUseRow>> InputsOfAsync(IReadOnlyCollection<AttemptId> attempts, CancellationToken cancel);

    /// <summary>What attempts are called.</summary>
    Task<IReadOnlyList<AttemptName>> NamesAsync(IReadOnlyCollection<AttemptId> attempts, CancellationToken cancel);

    /// <summary>Versions of datasets with these hashes.</summary>
    Task<IReadOnlyList<DatasetVersion>> VersionsOfAsync(IReadOnlyCollection<string> hashes, CancellationToken cancel);

    /// <summary>Versions that these were added to, or that were added to these.</summary>
    Task<IReadOnlyList<DatasetVersion>> NeighboursAsync(IReadOnlyCollection<DatasetVersion> versions, bool older, CancellationToken cancel);

    /// <summary>Which steps read these versions, and which versions these steps read.</summary>
    Task<IReadOnlyList<DatasetRead>> ReadsOfAsync(IReadOnlyCollection<DatasetVersion> versions, CancellationToken cancel);

    Task<IReadOnlyList<DatasetRead>> ReadsByAsync(IReadOnlyCollection<AttemptId> attempts, CancellationToken cancel);

    Task<IReadOnlyList<ModelVersion>> ModelsOfAsync(IReadOnlyCollection<string> hashes, CancellationToken cancel);

    /// <summary>Lineage documents that attempts made and that <see cref="IndexAsync"/> was not called for.</summary>
    Task<IReadOnlyList<string>> ListUnindexedAsync(CancellationToken cancel);

    /// <summary>Takes a document's sources and columns in; doing so again does nothing. Null where the document is gone.</summary>
    Task IndexAsync(string document, LineageDocument? content, CancellationToken cancel);

    /// <summary>The sources that documents tell of.</summary>
    Task<IReadOnlyList<IndexedSource>> SourcesOfAsync(IReadOnlyCollection<string> documents, CancellationToken cancel);

    /// <summary>What documents tell of columns.</summary>
    Task<IReadOnlyList<IndexedColumns>> ColumnsOfAsync(IReadOnlyCollection<string> documents, CancellationToken cancel);

    /// <summary>Outputs that hold records of a file, given by path or identity, that begin before <paramref name="to"/> and end after <paramref name="from"/>.</summary>
    Task<IReadOnlyList<IndexedSource>> FindSourcesAsync(string file, long from, long to, CancellationToken cancel);
}

/// <param name="Activity">The activity's name in its pipeline.</param>
public sealed record AttemptName(AttemptId Id, string Pipeline, string Activity, string Type);

public sealed record DatasetRead(RunId Run, int Node, string Dataset, int Version);

/// <summary>What a lineage document tells of an output's columns.</summary>
public sealed record IndexedColumns(string Document, string Output, ColumnLineage Columns);

/// <summary>A file in a lineage document.</summary>
/// <param name="Document">The document's hash.</param>
/// <param name="Output">The output it is about.</param>
public sealed record IndexedSource(string Document, string Output, SourceLineage Source);
