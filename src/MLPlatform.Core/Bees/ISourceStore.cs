using MLPlatform.Core.Artifacts;
using MLPlatform.Core.Runs;

namespace MLPlatform.Core.Bees;

/// <summary>Registered sources, the slices of them that runs took, and the agents that report.</summary>
public interface ISourceStore
{
    /// <summary>Adds a source or replaces its definition.</summary>
    Task PutAsync(SourceDefinition source, string by, CancellationToken cancel);

    Task<SourceRow?> FindAsync(string name, CancellationToken cancel);

    /// <summary>All, by name.</summary>
    Task<IReadOnlyList<SourceRow>> ListAsync(CancellationToken cancel);

    /// <summary>False if there is no such source. What arrived stays on disk.</summary>
    Task<bool> DeleteAsync(string name, CancellationToken cancel);

    /// <summary>Makes a home the keeper of a source's log, unless another is. Returns the keeper; null if there is no such source.</summary>
    Task<string?> ClaimAsync(string name, string home, CancellationToken cancel);

    /// <summary>The slice that a run's activity took, or null.</summary>
    Task<SourceSlice?> FindSliceAsync(RunId run, string activity, CancellationToken cancel);

    /// <summary>Keeps a slice; the one that is there already wins and is returned.</summary>
    Task<SourceSlice> PutSliceAsync(SourceSlice slice, CancellationToken cancel);

    /// <summary>How far the runs of a pipeline that succeeded took a source, or 0.</summary>
    Task<long> FindTakenAsync(string pipeline, string activity, string source, CancellationToken cancel);

    Task PutReportAsync(string agent, AgentReport report, DateTimeOffset at, CancellationToken cancel);

    /// <summary>The last report of each agent, by name.</summary>
    Task<IReadOnlyList<AgentRow>> ListAgentsAsync(CancellationToken cancel);
}

/// <param name="Home">Which home keeps its log; null before the first record.</param>
public sealed record SourceRow(SourceDefinition Definition, string? Home, string By, DateTimeOffset UpdatedAt);

/// <summary>A stretch of a source's log that an activity of a run reads, however often it is tried.</summary>
/// <param name="After">The last segment that is not in it; 0 for the log's beginning.</param>
/// <param name="Through">The last segment that is.</param>
/// <param name="Artifact">Its segments.</param>
public sealed record SourceSlice(RunId Run, string Activity, string Pipeline, string Source, long After, long Through, ArtifactRef Artifact, DateTimeOffset At);

/// <param name="At">When the report came, by the server's clock.</param>
public sealed record AgentRow(string Agent, AgentReport Report, DateTimeOffset At);
