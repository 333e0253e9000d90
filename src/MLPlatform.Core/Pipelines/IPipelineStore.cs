namespace MLPlatform.Core.Pipelines;

/// <summary>Registered pipelines. Every applied file becomes a revision; the newest one's triggers are live.</summary>
public interface IPipelineStore
{
    /// <summary>Registers a revision; applying the same file again changes nothing and returns the revision there is.</summary>
    /// <param name="folder">The applied file's folder, which its relative paths are relative to; null where it had none.</param>
    Task<PipelineRevision> ApplyAsync(
        string pipeline, string hash, string fileJson, string? folder, string by, CancellationToken cancel);

    /// <summary>The newest revision, or null.</summary>
    Task<PipelineRevision?> FindAsync(string pipeline, CancellationToken cancel);

    /// <summary>The newest revision of each pipeline in use, by id.</summary>
    Task<IReadOnlyList<PipelineRevision>> ListAsync(CancellationToken cancel);

    /// <summary>All revisions of a pipeline, newest first; empty if there is none.</summary>
    Task<IReadOnlyList<PipelineRevision>> ListRevisionsAsync(string pipeline, CancellationToken cancel);

    /// <summary>Pauses or resumes all triggers of a pipeline. False if there is no such pipeline.</summary>
    Task<bool> SetPausedAsync(string pipeline, bool paused, string by, CancellationToken cancel);

    /// <summary>Takes the pipeline out of use; its runs stay. False if there is no such pipeline.</summary>
    Task<bool> RemoveAsync(string pipeline, string by, CancellationToken cancel);
}

public sealed record PipelineRevision(
    string Pipeline, int Revision, string Hash, string FileJson, string? Folder, string AppliedBy, DateTimeOffset AppliedAt, bool Paused);
