using System.Text.Json;
using MLPlatform.Core.Pipelines;
using MLPlatform.Core.Pipelines.Git;
using MLPlatform.Server.Describe;

namespace MLPlatform.Server.Pipelines.Git;

/// <summary>The repository that holds the pipelines, and what its files became.</summary>
/// <param name="Configured">Whether there is one; without, the rest is absent.</param>
/// <param name="Branch">The branch that is deployed.</param>
/// <param name="Branches">All branches, as they were fetched last.</param>
/// <param name="Head">The last commit that was followed.</param>
/// <param name="Problem">Why the last look failed; absent where it did not.</param>
public sealed record GitStatusView(
    bool Configured, string? Repository = null, string? Branch = null, string? Folder = null, IReadOnlyList<string>? Branches = null, GitCommitView? Head = null,
    DateTimeOffset? LookedAt = null, string? Problem = null, IReadOnlyList<GitFileView>? Files = null);

/// <summary>A commit.</summary>
/// <param name="Message">Its first line.</param>
public sealed record GitCommitView(string Id, string Author, string Message, DateTimeOffset At)
{
    internal static GitCommitView From(GitCommit c) => new(c.Id, c.Author, c.Message, c.At);
}

/// <summary>A pipeline file of the repository.</summary>
/// <param name="Commit">The last one that changed it.</param>
/// <param name="State"><c>registered</c>, <c>broken</c> (what it registered last stays) or <c>removed</c>.</param>
/// <param name="Revision">The revision of the pipeline that holds.</param>
public sealed record GitFileView(string Path, string State, string? Pipeline, int? Revision, GitCommitView Commit, IReadOnlyList<Diagnostic>? Problems)
{
    internal static GitFileView From(GitFile f) => new(
        f.Path, f.Removed ? "removed" : f.ProblemsJson is null ? "registered" : "broken", f.Pipeline, f.Revision, GitCommitView.From(f.Commit), GitViews.ProblemsOf(f));
}

/// <param name="Head">The commit that was followed to.</param>
public sealed record GitSyncedView(string Head);

/// <param name="Sync">Whether the call asks for a look at the repository.</param>
public sealed record GitHookView(bool Sync, string Why);

internal static class GitViews
{
    public static IReadOnlyList<Diagnostic>? ProblemsOf(GitFile file) =>
        file.ProblemsJson is null ? null : JsonSerializer.Deserialize<List<Diagnostic>>(file.ProblemsJson, JsonSetup.ClientOptions);
}
