namespace MLPlatform.Core.Pipelines.Git;

/// <summary>How far the configured repository was followed, what its files became, and how the designer lays pipelines out.</summary>
public interface IGitSyncStore
{
    /// <summary>How far a source was followed; null before the first time.</summary>
    Task<GitState?> FindStateAsync(string source, CancellationToken cancel);

    /// <summary>The pipeline files of a source, by path; those that were deleted, too.</summary>
    Task<IReadOnlyList<GitFile>> ListFilesAsync(string source, CancellationToken cancel);

    /// <summary>
    /// In one transaction: registers, keeps and takes out what a commit changed, and moves the source's head from the one it was
    /// decided on. False, and nothing is written, where another replica moved it first.
    /// </summary>
    Task<bool> CommitAsync(GitStep step, CancellationToken cancel);

    /// <summary>Writes down that the repository was looked at, and what went wrong; null for nothing.</summary>
    Task LookedAsync(string source, string? problem, CancellationToken cancel);

    /// <summary>The commits that revisions of a pipeline came from, by revision.</summary>
    Task<IReadOnlyDictionary<int, GitCommit>> ListCommitsAsync(string pipeline, CancellationToken cancel);

    /// <summary>The text of the layout of a pipeline, or null.</summary>
    Task<string?> FindLayoutAsync(string pipeline, CancellationToken cancel);

    Task SetLayoutAsync(string pipeline, string layout, string by, CancellationToken cancel);
}

/// <param name="Head">The last commit that was followed, or null.</param>
/// <param name="Problem">Why the last look failed; null where it did not.</param>
public sealed record GitState(string Source, string? Head, DateTimeOffset LookedAt, string? Problem);

/// <summary>A commit as people want to know it.</summary>
/// <param name="Id">All of its digits.</param>
/// <param name="Message">Its first line.</param>
public sealed record GitCommit(string Id, string Author, string Email, string Message, DateTimeOffset At);

/// <summary>A pipeline file of the repository and what it became.</summary>
/// <param name="Path">Relative to the repository.</param>
/// <param name="Commit">The last one that changed it.</param>
/// <param name="Pipeline">The pipeline that it registered last; null where it never compiled.</param>
/// <param name="Revision">The revision of it that holds.</param>
/// <param name="ProblemsJson">The diagnostics that keep it from being registered, or null.</param>
/// <param name="Removed">Whether that commit deleted it.</param>
public sealed record GitFile(string Path, GitCommit Commit, string? Pipeline, int? Revision, string? ProblemsJson, bool Removed);

/// <summary>What one commit does to pipelines.</summary>
/// <param name="From">The head that it was decided on.</param>
/// <param name="To">The head from then on.</param>
public sealed record GitStep(string Source, string? From, string To, IReadOnlyList<GitAction> Actions);

/// <summary>What becomes of one file.</summary>
public abstract record GitAction(string Path, GitCommit Commit)
{
    /// <summary>It compiled: the next revision of its pipeline.</summary>
    /// <param name="Layout">The text of the layout beside it, or null.</param>
    public sealed record Register(string Path, GitCommit Commit, string Pipeline, string Hash, string Text, string? Layout) : GitAction(Path, Commit);

    /// <summary>It did not: what it registered last stays.</summary>
    public sealed record Keep(string Path, GitCommit Commit, string ProblemsJson) : GitAction(Path, Commit);

    /// <summary>It was deleted: its pipeline goes out of use, unless another file holds it.</summary>
    public sealed record Remove(string Path, GitCommit Commit) : GitAction(Path, Commit);

    /// <summary>The layout beside it changed and nothing else.</summary>
    public sealed record Move(string Path, GitCommit Commit, string? Layout) : GitAction(Path, Commit);
}
