using MLPlatform.Core.Pipelines;
using MLPlatform.Server.Pipelines.Git;

namespace MLPlatform.Server.Pipelines;

/// <summary>A pipeline as the designer opens it.</summary>
/// <param name="Revision">The revision that holds, or the one that was asked for.</param>
/// <param name="Text">The very file, character by character.</param>
/// <param name="Layout">The text of the layout beside it; absent where there is none.</param>
/// <param name="Git">Where it lies in the repository; absent where it is in none.</param>
public sealed record PipelineDocument(string Pipeline, int? Revision, string Text, string? Layout, bool Paused, GitPlaceView? Git);

/// <summary>A file of the repository.</summary>
/// <param name="Opened">The commit that it was read at; saving names it.</param>
/// <param name="Problems">Why this text is not registered; the revision is then an older text.</param>
public sealed record GitPlaceView(string Path, string Branch, string Opened, GitCommitView Commit, IReadOnlyList<Diagnostic>? Problems);

/// <summary>A pipeline to save: to git where a repository is configured, else as the next revision.</summary>
/// <param name="Text">The file.</param>
/// <param name="Layout">The text of the layout beside it. Default: it stays.</param>
/// <param name="Revision">The revision that was opened; the change is refused if another came in between. Default: whatever is.</param>
/// <param name="Opened">The commit that was opened. Default: the file is new.</param>
/// <param name="Path">The file in the repository. Default: the one that holds the pipeline, or its id.</param>
/// <param name="Branch">The branch to commit to; one that is not there begins where the watched one is. Default: the watched one, which deploys.</param>
/// <param name="Message">The message of the commit. Default: what was saved.</param>
public sealed record SaveRequest(
    string Text, string? Layout = null, int? Revision = null, string? Opened = null, string? Path = null, string? Branch = null, string? Message = null);

/// <summary>What saving came to.</summary>
/// <param name="Changed">Whether anything was written.</param>
/// <param name="Deployed">Whether the saved text holds now.</param>
/// <param name="Revision">The revision that holds.</param>
/// <param name="Commit">The commit; absent without a repository.</param>
public sealed record SavedView(string Pipeline, bool Changed, bool Deployed, int? Revision, string? Commit = null, string? Branch = null, string? Path = null);

/// <summary>How two revisions differ.</summary>
/// <param name="Old">The text of the older one.</param>
/// <param name="Lines">The hunks of a unified diff; empty where they are equal.</param>
public sealed record PipelineDiff(int From, int To, string Old, string New, string Lines);
