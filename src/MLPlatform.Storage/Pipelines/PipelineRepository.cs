using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Options;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Code;
using MLPlatform.Core.Pipelines.Git;
using MLPlatform.Core.Runs;
using MLPlatform.Storage.Code;

namespace MLPlatform.Storage.Pipelines;

/// <summary>
/// The repository of the pipelines, as a bare one of our own below the home folder. Calls of git are those of
/// <see cref="GitProgram"/>: nothing that a repository holds is run, and no file of it is laid out.
/// </summary>
public sealed partial class PipelineRepository(IOptions<PipelineGitOptions> options, IOptions<CodeOptions> code, IOptions<StorageOptions> storage) : IDisposable
{
    private const int LargestFile = 4 << 20;
    private const string Format = "--format=%H%x00%an%x00%ae%x00%aI%x00%s";
    private readonly SemaphoreSlim _one = new(1);
    private readonly PipelineGitOptions _options = options.Value;

    public bool IsConfigured => _options.Repository is { Length: > 0 };

    /// <summary>Whether code folders are committed to it.</summary>
    public bool KeepsScripts => IsConfigured && _options.Scripts.Trim('/').Length > 0;

    /// <summary>What the rows of this repository, branch and folder are kept under.</summary>
    public string Source => $"{_options.Repository}#{_options.Branch}:{_options.Folder.Trim('/')}";

    public PipelineGitOptions Options => _options;

    public void Dispose() => _one.Dispose();

    /// <summary>What is wrong with the settings, or null.</summary>
    public static string? Wrong(PipelineGitOptions options, IEnumerable<string> roots)
    {
        if (options.Repository is not { Length: > 0 } url)
            return null;
        if (GitAddress.Read(url, options.Branch, [.. roots], out string? problem) is null)
            return $"GIT-002 Pipelines:Git cannot be used: {problem}.";
        string? wrong = !Folder().IsMatch(options.Folder) ? nameof(options.Folder) : !Folder().IsMatch(options.Scripts) ? nameof(options.Scripts) : null;
        return wrong is null ? null : $"GIT-002 Pipelines:Git:{wrong} is no folder inside of the repository: write its path with slashes, without '..'.";
    }

    /// <summary>Fetches all branches. Returns the newest commit of the watched one.</summary>
    /// <exception cref="ActivityException">The repository cannot be reached, or has no such branch.</exception>
    public async Task<string> FetchAsync(CancellationToken cancel)
    {
        await _one.WaitAsync(cancel);
        try
        {
            GitProgram git = await OpenAsync(cancel);
            GitResult fetched = await git.TryAsync(
                ["fetch", "--quiet", "--no-tags", "--no-recurse-submodules", "--prune", "--force", "--", _options.Repository!, "+refs/heads/*:refs/heads/*"], cancel);
            if (fetched.Exit != 0)
                throw Trouble("GIT-001", $"The repository {_options.Repository} cannot be fetched: {fetched.LastWords}");
            return await FindBranchAsync(_options.Branch, cancel)
                ?? throw Trouble("GIT-003", $"The repository {_options.Repository} has no branch '{_options.Branch}'. {Core.Pipelines.Names.Hint(_options.Branch, [.. await BranchesAsync(cancel)])}".TrimEnd());
        }
        finally
        {
            _one.Release();
        }
    }

    public async Task<IReadOnlyList<string>> BranchesAsync(CancellationToken cancel) =>
        Lines((await Git().TryAsync(["for-each-ref", "--format=%(refname:lstrip=2)", "refs/heads/"], cancel)).Output, '\n');

    /// <summary>The commit of a branch as it was fetched last, or null.</summary>
    public async Task<string?> FindBranchAsync(string branch, CancellationToken cancel) =>
        await Git().TryAsync(["rev-parse", "--verify", "--quiet", $"refs/heads/{branch}^{{commit}}"], cancel) is { Exit: 0 } found ? found.Output.Trim() : null;

    /// <summary>Commits of the watched branch after one up to another that touch the folder, oldest first; null where the one is not before the other.</summary>
    public async Task<IReadOnlyList<string>?> CommitsAsync(string after, string upTo, CancellationToken cancel) =>
        (await Git().TryAsync(["merge-base", "--is-ancestor", after, upTo], cancel)).Exit == 0
            ? Lines(await Git().RunAsync(["rev-list", "--first-parent", "--reverse", $"{after}..{upTo}", .. Within()], cancel), '\n')
            : null;

    /// <summary>A commit, or null where this machine has not fetched it.</summary>
    public async Task<GitCommit?> FindCommitAsync(string commit, CancellationToken cancel) =>
        (await Git().TryAsync(["cat-file", "-e", commit + "^{commit}"], cancel)).Exit == 0 ? await DescribeAsync(commit, null, cancel) : null;

    /// <param name="path">The last commit that touched it, seen from there; null for the commit itself.</param>
    public async Task<GitCommit> DescribeAsync(string commit, string? path, CancellationToken cancel)
    {
        string[] parts = (await Git().RunAsync(["log", "-1", "--first-parent", Format, commit, .. path is null ? (string[])[] : ["--", path]], cancel)).TrimEnd('\n').Split('\0');
        return new GitCommit(parts[0], parts[1], parts[2], parts[4], DateTimeOffset.Parse(parts[3], CultureInfo.InvariantCulture));
    }

    /// <summary>Paths that a commit changed, against its first parent.</summary>
    public async Task<IReadOnlyList<string>> ChangedAsync(string commit, CancellationToken cancel) => Lines(
        await Git().RunAsync(["log", "-1", "--first-parent", "--diff-merges=first-parent", "--root", "--no-renames", "--name-only", "-z", "--format=", commit, .. Within()], cancel), '\0');

    /// <summary>Paths of the folder as they are in a commit.</summary>
    public async Task<IReadOnlyList<string>> ListAsync(string commit, CancellationToken cancel)
    {
        string tree = _options.Folder.Trim('/') is { Length: > 0 } folder ? folder + "/" : "";
        return Lines(await Git().RunAsync(["ls-tree", "-z", "--name-only", commit, .. tree.Length > 0 ? (string[])["--", tree] : []], cancel), '\0');
    }

    /// <summary>The files of a folder and of those below it, by path, as they are in a commit; no links.</summary>
    public async Task<IReadOnlyDictionary<string, GitBlob>> TreeAsync(string commit, string folder, CancellationToken cancel)
    {
        Dictionary<string, GitBlob> found = new(StringComparer.Ordinal);
        foreach (string line in Lines(await Git().RunAsync(["ls-tree", "-r", "-l", "-z", commit, "--", folder.TrimEnd('/') + "/"], cancel), '\0'))
        {
            // mode, type, id, size, and after a tab the path
            string[] sides = line.Split('\t', 2), parts = sides[0].Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (parts[1] == "blob" && parts[0] != "120000")
                found[sides[1]] = new GitBlob(parts[2], parts[0], long.Parse(parts[3], CultureInfo.InvariantCulture));
        }
        return found;
    }

    /// <summary>The bytes of a file that was fetched, whatever its size.</summary>
    public async Task<byte[]> ReadAsync(GitBlob blob, CancellationToken cancel) => await Git().TryAsync(["cat-file", "blob", blob.Id], cancel) is { Exit: 0 } read
        ? read.Bytes : throw Trouble("GIT-001", $"The file {blob.Id} of the repository {_options.Repository} cannot be read any more.");

    /// <summary>A file's bytes in a commit, or null where it is not there or is no file.</summary>
    /// <exception cref="ActivityException">It is too large.</exception>
    public async Task<byte[]?> ReadAsync(string commit, string path, CancellationToken cancel)
    {
        if (await BlobAsync(commit, path, cancel) is not { } blob)
            return null;
        if (blob.Bytes > LargestFile)
            throw new ActivityException("GIT-012", $"{path} has {blob.Bytes} bytes, more than the {LargestFile} that a pipeline file may have.");
        return (await Git().TryAsync(["cat-file", "blob", blob.Id], cancel)).Bytes;
    }

    /// <summary>Commits files onto a branch and pushes it; nobody else's commit is lost.</summary>
    public async Task<GitPushed> PushAsync(GitPush push, CancellationToken cancel)
    {
        await _one.WaitAsync(cancel);
        string work = Path.Combine(Path.GetFullPath(storage.Value.Home), "pipelines", "tmp", Guid.NewGuid().ToString("N"));
        try
        {
            GitProgram git = await OpenAsync(cancel);
            Directory.CreateDirectory(work);
            string? there = await FindBranchAsync(push.Branch, cancel);
            string parent = there ?? push.From;
            // 1. Has somebody else changed the file since it was opened?
            foreach (GitWrite write in push.Files.Where(f => f.Guarded))
            {
                (string? opened, string? now) = (push.Opened is null ? null : (await BlobAsync(push.Opened, write.Path, cancel))?.Id, (await BlobAsync(parent, write.Path, cancel))?.Id);
                // What was saved already is no conflict: the push before arrived, and its answer was lost.
                if (opened != now && !(await ReadAsync(parent, write.Path, cancel)).AsSpan().SequenceEqual(write.Bytes))
                    return new GitPushed.Conflict(write.Path, parent);
            }
            // 2. The commit, without laying anything out.
            GitProgram index = git.At(work, Path.Combine(work, "index")).With(Author(push));
            await index.RunAsync(["read-tree", parent], cancel);
            foreach (GitWrite write in push.Files)
            {
                if (write.Bytes is not { } bytes)
                {
                    await index.RunAsync(["update-index", "--force-remove", "--", write.Path], cancel);
                    continue;
                }
                string file = Path.Combine(work, "file");
                await File.WriteAllBytesAsync(file, bytes, cancel);
                string blob = (await index.RunAsync(["hash-object", "-w", "--no-filters", "--", file], cancel)).Trim();
                await index.RunAsync(["update-index", "--add", "--cacheinfo", $"{write.Mode},{blob},{write.Path}"], cancel);
            }
            string tree = (await index.RunAsync(["write-tree"], cancel)).Trim();
            if (tree == (await git.RunAsync(["rev-parse", parent + "^{tree}"], cancel)).Trim())
                return new GitPushed.Unchanged(parent);
            string commit = (await index.RunAsync(["commit-tree", tree, "-p", parent, "-m", push.Message], cancel)).Trim();
            // 3. Out with it, only if the branch is still where it was.
            GitResult pushed = await git.TryAsync(
                ["push", "--quiet", "--porcelain", "--no-verify", $"--force-with-lease=refs/heads/{push.Branch}:{there}", "--", _options.Repository!, $"{commit}:refs/heads/{push.Branch}"], cancel);
            if (pushed.Exit != 0)
                return IsRefusal(pushed.Output) ? new GitPushed.Refused(pushed.LastWords) : new GitPushed.Lost(pushed.LastWords);
            await git.RunAsync(["update-ref", "refs/heads/" + push.Branch, commit], cancel);
            return new GitPushed.Done(commit);
        }
        finally
        {
            if (Directory.Exists(work))
                Directory.Delete(work, recursive: true);
            _one.Release();
        }
    }

    // A line of --porcelain tells of each branch that was not taken. Without an answer there is none, or one of a "remote failure".
    private static bool IsRefusal(string output) => Lines(output, '\n').Any(l => l.StartsWith('!') && l.Contains("rejected] (", StringComparison.Ordinal));

    private Dictionary<string, string> Author(GitPush push)
    {
        string email = $"{Unsafe().Replace(push.Author, "-")}@{_options.EmailDomain}";
        return new() { ["GIT_AUTHOR_NAME"] = push.Author, ["GIT_AUTHOR_EMAIL"] = email, ["GIT_COMMITTER_NAME"] = "MLPlatform", ["GIT_COMMITTER_EMAIL"] = $"mlplatform@{_options.EmailDomain}" };
    }

    private async Task<(string Id, long Bytes)?> BlobAsync(string commit, string path, CancellationToken cancel)
    {
        // mode, type, id, size, and after a tab the path
        string[] parts = (await Git().TryAsync(["ls-tree", "-l", "-z", commit, "--", path], cancel)).Output.Split('\t')[0].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return parts.Length == 4 && parts[1] == "blob" && parts[0] != "120000" ? (parts[2], long.Parse(parts[3], CultureInfo.InvariantCulture)) : null;
    }

    private string[] Within() => _options.Folder.Trim('/') is { Length: > 0 } folder ? ["--", folder] : [];

    private static List<string> Lines(string text, char between) => [.. text.Split(between, StringSplitOptions.RemoveEmptyEntries)];

    private async Task<GitProgram> OpenAsync(CancellationToken cancel)
    {
        GitProgram git = Git();
        if (!File.Exists(Path.Combine(Bare, "HEAD")))
            await git.RunAsync(["init", "--bare", "--quiet", "--template=", "--", Bare], cancel);
        return git;
    }

    private string Bare => Path.Combine(
        Path.GetFullPath(storage.Value.Home), "pipelines", "git", Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(_options.Repository!)))[..32]);

    private GitProgram Git() => new(code.Value, Bare, GitAddress.Read(_options.Repository!, _options.Branch, [.. code.Value.GitRoots], out string? problem)?.Protocol
        ?? throw new ActivityException("GIT-002", $"Pipelines:Git cannot be used: {problem}."));

    private static ActivityException Trouble(string code, string message) => new(code, message, FailureKind.Infrastructure);

    [GeneratedRegex(@"^(?!.*(^|/)\.\.?(/|$))[A-Za-z0-9_./-]*\z")]
    private static partial Regex Folder();

    [GeneratedRegex("[^A-Za-z0-9._-]+")]
    private static partial Regex Unsafe();
}

/// <summary>Files to commit onto a branch.</summary>
/// <param name="From">What the branch begins with where there is none yet.</param>
/// <param name="Opened">The commit that the guarded files were opened at; null: they are new.</param>
public sealed record GitPush(string Branch, string From, string? Opened, string Author, string Message, IReadOnlyList<GitWrite> Files);

/// <param name="Bytes">What is in it; null to take it away.</param>
/// <param name="Guarded">Whether somebody else's change of it since it was opened stops the commit.</param>
/// <param name="Mode">As git writes it.</param>
public sealed record GitWrite(string Path, byte[]? Bytes, bool Guarded, string Mode = GitBlob.Plain);

/// <summary>A file of a commit.</summary>
/// <param name="Id">What git calls its bytes.</param>
/// <param name="Mode">Whether it may be run, as git writes it.</param>
public sealed record GitBlob(string Id, string Mode, long Bytes)
{
    public const string Plain = "100644";

    /// <summary>Whether it has these bytes. Git's ids are SHA-1 or, in repositories of 64 digits, SHA-256 of a header and the bytes.</summary>
    public bool Has(byte[] bytes)
    {
        byte[] all = [.. Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"blob {bytes.Length}\0")), .. bytes];
#pragma warning disable CA5350 // Not for security: it is how git names what it holds.
        return Id == Convert.ToHexStringLower(Id.Length == 64 ? SHA256.HashData(all) : SHA1.HashData(all));
#pragma warning restore CA5350
    }
}

/// <summary>How a commit went.</summary>
public abstract record GitPushed
{
    private GitPushed() { }

    public sealed record Done(string Commit) : GitPushed;

    /// <summary>The files are so already.</summary>
    public sealed record Unchanged(string Commit) : GitPushed;

    public sealed record Conflict(string Path, string Commit) : GitPushed;

    /// <summary>The repository did not take it.</summary>
    public sealed record Refused(string Why) : GitPushed;

    /// <summary>The way to the repository ended before it answered: whether it took it is not known.</summary>
    public sealed record Lost(string Why) : GitPushed;
}
