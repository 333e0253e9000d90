namespace MLPlatform.Core.Pipelines;

/// <summary>Registered pipelines. Every applied file becomes a revision; the newest one's triggers are live.</summary>
public interface IPipelineStore
{
    /// <summary>Registers a revision; applying the same file again changes nothing and returns the revision there is.</summary>
    Task<PipelineRevision> ApplyAsync(string pipeline, string hash, string fileJson, string by, CancellationToken cancel);

    /// <summary>The newest revision, or null.</summary>
    Task<PipelineRevision?> FindAsync(string pipeline, CancellationToken cancel);

    Task<IReadOnlyList<PipelineRevision>> ListAsync(CancellationToken cancel);

    /// <summary>Pauses or resumes all triggers of a pipeline. False if there is no such pipeline.</summary>
    Task<bool> SetPausedAsync(string pipeline, bool paused, string by, CancellationToken cancel);

    /// <summary>Takes the pipeline out of use; its runs stay. False if there is no such pipeline.</summary>
    Task<bool> RemoveAsync(string pipeline, string by, CancellationToken cancel);
}

public sealed record PipelineRevision(
    string Pipeline, int Revision, string Hash, string FileJson, string AppliedBy, DateTimeOffset AppliedAt, bool Paused);
