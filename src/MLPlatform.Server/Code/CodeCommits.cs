using System.ComponentModel;
using System.Security.Claims;
using Microsoft.AspNetCore.Http.HttpResults;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Artifacts;
using MLPlatform.Core.Code;
using MLPlatform.Core.Pipelines.Git;
using MLPlatform.Server.Access;
using MLPlatform.Server.Pipelines.Git;
using MLPlatform.Server.Problems;
using MLPlatform.Storage.Pipelines;

namespace MLPlatform.Server.Code;

/// <summary>Code folders as folders of the configured repository: <c>Pipelines:Git:Scripts</c>, then the name of the code folder.</summary>
internal sealed class CodeCommits(CodeDesk desk, IArtifactStore artifacts, PipelineRepository repository, Audit audit)
{
    private const int LongestMessage = 4000;
    private const int LongestNote = 200;

    /// <summary>How a version differs from its folder on a branch as it is now; on the watched one where it is not there yet.</summary>
    public async Task<(CodeGitView? Found, ProblemHttpResult? Problem)> CompareAsync(CodeVersion version, string? branch, CancellationToken cancel)
    {
        if (!repository.KeepsScripts)
            return (new CodeGitView(false), null);
        if (Wrong(branch) is { } problem)
            return (null, problem);
        try
        {
            string head = await repository.FetchAsync(cancel), onto = branch is null ? head : await repository.FindBranchAsync(branch, cancel) ?? head, folder = FolderOf(version.Name);
            IReadOnlyDictionary<string, GitBlob> theirs = await repository.TreeAsync(onto, folder, cancel);
            List<CodeGitChange> changes = [.. (await ChangesAsync(version, folder, theirs, cancel)).Select(w =>
                new CodeGitChange(w.Path[(folder.Length + 1)..], w.Bytes is null ? "removed" : theirs.ContainsKey(w.Path) ? "changed" : "added"))];
            GitCommit? last = theirs.Count == 0 ? null : await repository.DescribeAsync(onto, folder, cancel);
            return (new CodeGitView(true, folder, repository.Options.Branch, await repository.BranchesAsync(cancel), onto, last is null ? null : GitCommitView.From(last), changes), null);
        }
        catch (ActivityException e)
        {
            return (null, GitEndpoints.Unreachable(e));
        }
    }

    /// <summary>Commits a version: afterwards its folder on the branch has its files and no others.</summary>
    public async Task<(CodeCommittedView? Made, ProblemHttpResult? Problem)> CommitAsync(CodeVersion version, CodeCommit request, ClaimsPrincipal user, CancellationToken cancel)
    {
        if ((repository.KeepsScripts ? Wrong(request.Branch) : NoRepository()) is { } problem)
            return (null, problem);
        string branch = request.Branch ?? repository.Options.Branch;
        string message = request.Message is { Length: > 0 } said ? said : version.Note is { Length: > 0 } note ? note : $"Change the code {version.Name}";
        if (message.Length > LongestMessage || message.Any(c => char.IsControl(c) && c != '\n'))
            return (null, Problem.BadRequest($"The message of a commit has at most {LongestMessage} characters, and no control characters."));
        try
        {
            string head = await repository.FetchAsync(cancel), folder = FolderOf(version.Name);
            IReadOnlyDictionary<string, GitBlob> theirs = await repository.TreeAsync(await repository.FindBranchAsync(branch, cancel) ?? head, folder, cancel);
            GitPushed pushed = await repository.PushAsync(new GitPush(branch, head, request.Opened, user.Name, message, await ChangesAsync(version, folder, theirs, cancel)), cancel);
            if (pushed is GitPushed.Conflict conflict)
                return (null, Problem.Conflict("GIT-004", $"{conflict.Path} was changed on the branch {branch} since you looked at it (it is at {conflict.Commit[..8]} now). Nothing was committed.", "Look at what differs now, and commit again, or to another branch."));
            if (pushed is GitPushed.Refused refused)
                return (null, Problem.Conflict("GIT-005", $"The repository did not take the commit on {branch}: {refused.Why}", "Commit to a new branch and open a pull request, where this one is protected."));
            if (pushed is GitPushed.Lost lost)
            {
                return (null, Problem.Of(502, "GIT-014", $"The repository did not say whether it took the commit on {branch}: {lost.Why}",
                    "Commit again: what did arrive is not committed twice. Else look at the network and the credentials of the server's user."));
            }
            string commit = pushed is GitPushed.Done done ? done.Commit : ((GitPushed.Unchanged)pushed).Commit;
            if (pushed is GitPushed.Done)
                await audit.WriteAsync(user, "code.commit", version.Name, new { version.Version, commit, branch, message }, cancel);
            return (new CodeCommittedView(pushed is GitPushed.Done, commit, branch, folder), null);
        }
        catch (ActivityException e)
        {
            return (null, GitEndpoints.Unreachable(e));
        }
    }

    /// <summary>Takes the folder's files on a branch, as it is now, over as the next version: afterwards it has these and no others.</summary>
    public async Task<(CodeTakenView? Taken, ProblemHttpResult? Problem)> TakeAsync(string name, CodeTake request, ClaimsPrincipal user, CancellationToken cancel)
    {
        if ((repository.KeepsScripts ? CodeDesk.WrongName(name) ?? Wrong(request.Branch) : NoRepository()) is { } problem)
            return (null, problem);
        string branch = request.Branch ?? repository.Options.Branch, folder = FolderOf(name);
        try
        {
            // 1. What is there, and who made it so.
            await repository.FetchAsync(cancel);
            string? head = await repository.FindBranchAsync(branch, cancel);
            IReadOnlyDictionary<string, GitBlob> theirs = head is null ? new Dictionary<string, GitBlob>() : await repository.TreeAsync(head, folder, cancel);
            if (head is null || theirs.Count == 0)
                return (null, Problem.NotFound($"file in {folder} on the branch {branch}", head is null ? "There is no such branch." : "Code is taken from the folder of its name."));
            if (desk.TooLarge(theirs.Values.Sum(b => b.Bytes)) is { } large)
                return (null, large);
            GitCommit commit = await repository.DescribeAsync(head, folder, cancel);
            // 2. What of it is new here.
            CodeVersion? latest = await desk.LatestAsync(name, cancel);
            (List<CodeFile> files, List<string> remove) = await NewsAsync(latest, folder, theirs, cancel);
            if (latest is not null && files.Count + remove.Count == 0)
                return (new CodeTakenView(false, latest.Version, commit.Id, branch, folder), null);
            // 3. The next version.
            string note = $"{commit.Id[..8]} by {commit.Author}: {(commit.Message.Length <= LongestNote ? commit.Message : commit.Message[..LongestNote] + "…")}";
            CodeChange change = new(files, remove, Based: request.Based ?? latest?.Version ?? 0, Note: note);
            (CodeVersion? made, ProblemHttpResult? refused) = await desk.ChangeAsync(name, change, user.Name, cancel);
            if (made is null)
                return (null, refused);
            await audit.WriteAsync(user, "code.take", name, new { made.Version, commit = commit.Id, branch }, cancel);
            return (new CodeTakenView(true, made.Version, commit.Id, branch, folder), null);
        }
        catch (ActivityException e)
        {
            return (null, GitEndpoints.Unreachable(e));
        }
    }

    private async Task<(List<CodeFile> Files, List<string> Remove)> NewsAsync(CodeVersion? latest, string folder, IReadOnlyDictionary<string, GitBlob> theirs, CancellationToken cancel)
    {
        Dictionary<string, ArtifactFile> ours = latest is null ? [] : (await desk.FilesAsync(latest, cancel)).ToDictionary(f => f.Path, StringComparer.Ordinal);
        List<CodeFile> files = [];
        foreach ((string path, GitBlob blob) in theirs.OrderBy(f => f.Key, StringComparer.Ordinal))
        {
            bool isOurs = ours.Remove(path[(folder.Length + 1)..], out ArtifactFile? file);
            if (!isOurs || !blob.Has(await File.ReadAllBytesAsync(await artifacts.FetchAsync(file!, cancel), cancel)))
                files.Add(new CodeFile(path[(folder.Length + 1)..], Base64: Convert.ToBase64String(await repository.ReadAsync(blob, cancel))));
        }
        return (files, [.. ours.Keys]);
    }

    private static ProblemHttpResult NoRepository() =>
        Problem.Conflict("GIT-011", "No repository is configured that scripts are committed to.", "Set Pipelines:Git:Repository; docs/git.md says how.");

    private static ProblemHttpResult? Wrong(string? branch) => branch is not null && (branch == "HEAD" || GitAddress.Read("https://localhost/x", branch, [], out _) is null)
        ? Problem.Of(400, "GIT-006", $"'{branch}' is no name of a branch.", "Letters, digits, '-', '_', '.' and '/' are safe.")
        : null;

    // What differs alone: the rest of the folder is as the version has it.
    private async Task<List<GitWrite>> ChangesAsync(CodeVersion version, string folder, IReadOnlyDictionary<string, GitBlob> theirs, CancellationToken cancel)
    {
        List<GitWrite> changes = [];
        HashSet<string> ours = [];
        foreach (ArtifactFile file in await desk.FilesAsync(version, cancel))
        {
            string path = $"{folder}/{file.Path}";
            ours.Add(path);
            byte[] bytes = await File.ReadAllBytesAsync(await artifacts.FetchAsync(file, cancel), cancel);
            GitBlob? there = theirs.GetValueOrDefault(path);
            if (there?.Has(bytes) != true)
                changes.Add(new GitWrite(path, bytes, Guarded: true, there?.Mode ?? GitBlob.Plain));
        }
        changes.AddRange(theirs.Keys.Where(p => !ours.Contains(p)).Select(p => new GitWrite(p, null, Guarded: true)));
        return [.. changes.OrderBy(c => c.Path, StringComparer.Ordinal)];
    }

    private string FolderOf(string name) => GitPaths.Join(repository.Options.Scripts, name);
}

/// <summary>How a version of a code folder differs from its folder of the configured repository.</summary>
/// <param name="Configured">Whether scripts are committed to a repository; without, the rest is absent.</param>
/// <param name="Folder">Where it is in the repository.</param>
/// <param name="Branch">The branch that is watched, and that a commit goes to by default.</param>
/// <param name="Branches">All branches.</param>
/// <param name="Opened">The commit that was compared with; to give back with a commit, so that a change that came since is not written over.</param>
/// <param name="Commit">The last commit that changed the folder; absent where the repository does not have it yet.</param>
/// <param name="Changes">What a commit of the version to that branch would change.</param>
public sealed record CodeGitView(
    bool Configured, string? Folder = null, string? Branch = null, IReadOnlyList<string>? Branches = null, string? Opened = null, GitCommitView? Commit = null, IReadOnlyList<CodeGitChange>? Changes = null);

/// <param name="Change"><c>added</c>, <c>removed</c> or <c>changed</c> by a commit.</param>
public sealed record CodeGitChange(string Path, string Change);

/// <summary>A commit of a version.</summary>
public sealed record CodeCommit(
    [property: Description("The branch; it is made where it is not there. Default: the watched one.")] string? Branch = null,
    [property: Description("What the commit says. Default: the version's note.")] string? Message = null,
    [property: Description("The commit that was compared with: what changed on the branch since is not written over. Default: none; then files that are there already are not written over.")] string? Opened = null);

/// <param name="Changed">Whether there was anything to commit.</param>
/// <param name="Commit">The commit, or that of the branch where nothing changed.</param>
public sealed record CodeCommittedView(bool Changed, string Commit, string Branch, string Folder);

/// <summary>A version to be made of what a branch has.</summary>
public sealed record CodeTake(
    [property: Description("The branch. Default: the watched one.")] string? Branch = null,
    [property: Description("The version that is the latest now (0: none yet); it is refused if another came in between. Default: whatever is.")] int? Based = null);

/// <param name="Changed">Whether the branch had anything new; else it has what the latest version has.</param>
/// <param name="Version">The version that has its files.</param>
/// <param name="Commit">The last commit that changed the folder.</param>
public sealed record CodeTakenView(bool Changed, int Version, string Commit, string Branch, string Folder);
