using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Options;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Artifacts;
using MLPlatform.Core.Code;
using MLPlatform.Core.Runs;

namespace MLPlatform.Storage.Code;

/// <summary>
/// Commits of repositories as artifacts. What was fetched stays below the home folder, so that the next run asks only for what
/// is new, and a commit that is there needs no network.
/// </summary>
public sealed class GitRepositories(IArtifactStore artifacts, IOptions<CodeOptions> options, IOptions<StorageOptions> storage, TimeProvider time)
{
    private readonly ConcurrentDictionary<string, SemaphoreSlim> _gates = new(StringComparer.Ordinal);
    private readonly CodeOptions _options = options.Value;

    /// <summary>The files of the commit that a ref stands for now.</summary>
    public async Task<CodeTree> CheckOutAsync(string url, string? reference, CancellationToken cancel)
    {
        GitAddress address = GitAddress.Read(url, reference, [.. _options.GitRoots], out string? problem)
            ?? throw new ActivityException("JOB-002", $"The code cannot be had from git: {problem}.");
        string folder = Path.Combine(Fetched, Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(address.Url)))[..32]);
        SemaphoreSlim gate = _gates.GetOrAdd(folder, _ => new SemaphoreSlim(1));
        await gate.WaitAsync(cancel);
        try
        {
            GitProgram git = new(_options, folder, address.Protocol);
            if (!File.Exists(Path.Combine(folder, "HEAD")))
                await git.RunAsync(["init", "--bare", "--quiet", "--template=", "--", folder], cancel);
            Directory.SetLastWriteTimeUtc(folder, time.GetUtcNow().UtcDateTime); // It was asked for; the collector looks at this.
            string commit = address.IsCommit && await HasAsync(git, address.Ref, cancel) ? address.Ref : await FetchAsync(git, address, cancel);
            return new CodeTree(await StoreAsync(git, address, commit, cancel), commit);
        }
        finally
        {
            gate.Release();
        }
    }

    /// <summary>
    /// Removes repositories that nobody asked for lately or that have grown too large, and what a crash left half laid out. Runs that
    /// were given code from them have it as artifacts.
    /// </summary>
    /// <param name="leftSince">What is younger may be in the making.</param>
    public async Task<(int Repositories, long Bytes)> CollectAsync(DateTimeOffset leftSince, bool dryRun, CancellationToken cancel)
    {
        (int count, long bytes) = (0, 0);
        DateTime askedSince = (time.GetUtcNow() - _options.KeepRepositories).UtcDateTime;
        foreach (DirectoryInfo repository in Folders(Fetched))
        {
            SemaphoreSlim gate = _gates.GetOrAdd(repository.FullName, _ => new SemaphoreSlim(1));
            await gate.WaitAsync(cancel);
            try
            {
                repository.Refresh();
                long size = repository.EnumerateFiles("*", SearchOption.AllDirectories).Sum(f => f.Length);
                if (repository.LastWriteTimeUtc >= askedSince && size <= _options.MaxRepositoryBytes)
                    continue;
                (count, bytes) = (count + 1, bytes + size);
                if (dryRun)
                    continue;
                // Aside first: half a repository would be taken for a whole one.
                string aside = Path.Combine(Directory.CreateDirectory(Made).FullName, Guid.NewGuid().ToString("N"));
                Directory.Move(repository.FullName, aside);
                Directory.Delete(aside, recursive: true);
            }
            finally
            {
                gate.Release();
            }
        }
        foreach (DirectoryInfo left in dryRun ? [] : Folders(Made).Where(f => f.LastWriteTimeUtc < leftSince.UtcDateTime))
            left.Delete(recursive: true);
        return (count, bytes);
    }

    private string Fetched => Path.Combine(Path.GetFullPath(storage.Value.Home), "code", "git");

    private string Made => Path.Combine(Path.GetFullPath(storage.Value.Home), "code", "tmp");

    private static DirectoryInfo[] Folders(string within) => Directory.Exists(within) ? new DirectoryInfo(within).GetDirectories() : [];

    private static async Task<bool> HasAsync(GitProgram git, string commit, CancellationToken cancel) =>
        (await git.TryAsync(["cat-file", "-e", commit + "^{commit}"], cancel)).Exit == 0
        && (await git.TryAsync(["rev-parse", "--verify", "--quiet", "refs/mlp/" + commit], cancel)).Exit == 0;

    private static async Task<string> FetchAsync(GitProgram git, GitAddress address, CancellationToken cancel)
    {
        string wanted = address.IsCommit ? address.Ref : await LookUpAsync(git, address, cancel);
        string[] fetch = ["fetch", "--quiet", "--no-tags", "--no-recurse-submodules"];
        GitResult fetched = await git.TryAsync([.. fetch, "--depth=1", "--", address.Url, wanted], cancel);
        // A web server that hands out files and knows nothing of git cannot leave the history out.
        if (fetched.Exit != 0 && !address.IsCommit && fetched.LastWords.Contains("shallow", StringComparison.Ordinal))
            fetched = await git.TryAsync([.. fetch, "--", address.Url, wanted], cancel);
        // A server need not give single commits; then they come with all that its branches hold.
        if (fetched.Exit != 0 && address.IsCommit)
            fetched = await git.TryAsync([.. fetch, "--", address.Url, "+refs/*:refs/remotes/all/*"], cancel);
        if (fetched.Exit != 0)
            throw Unreachable(address, fetched);
        string commit = (await git.RunAsync(["rev-parse", "--verify", "--quiet", (address.IsCommit ? address.Ref : "FETCH_HEAD") + "^{commit}"], cancel)).Trim();
        await git.RunAsync(["update-ref", "refs/mlp/" + commit, commit], cancel); // What a run was given is never tidied away.
        return commit;
    }

    /// <summary>The full name of a branch or a tag; a branch goes before a tag of the same name.</summary>
    private static async Task<string> LookUpAsync(GitProgram git, GitAddress address, CancellationToken cancel)
    {
        GitResult listed = await git.TryAsync(["ls-remote", "--quiet", "--", address.Url], cancel);
        if (listed.Exit != 0)
            throw Unreachable(address, listed);
        HashSet<string> names = [.. listed.Output.Split('\n').Select(l => l.Split('\t')).Where(p => p.Length == 2).Select(p => p[1])];
        foreach (string name in (string[])["refs/heads/" + address.Ref, "refs/tags/" + address.Ref, address.Ref])
        {
            if (names.Contains(name))
                return name;
        }
        string[] branches = [.. names.Where(n => n.StartsWith("refs/heads/", StringComparison.Ordinal)).Select(n => n["refs/heads/".Length..])];
        throw new ActivityException("JOB-008", $"The repository {address.Url} has no branch or tag '{address.Ref}'. "
            + (Core.Pipelines.Names.Hint(address.Ref, branches) ?? "A commit is named by all of its digits."));
    }

    private async Task<ArtifactRef> StoreAsync(GitProgram git, GitAddress address, string commit, CancellationToken cancel)
    {
        string work = Path.Combine(Made, Guid.NewGuid().ToString("N")), files = Path.Combine(work, "files");
        Directory.CreateDirectory(files);
        try
        {
            GitProgram there = git.At(files, Path.Combine(work, "index"));
            await CheckSizeAsync(git, address, commit, cancel);
            await there.RunAsync(["read-tree", commit], cancel);
            await there.RunAsync(["checkout-index", "--all", "--force", "--quiet"], cancel);
            return await artifacts.PutFolderAsync(files, CodeTree.Kind, cancel);
        }
        finally
        {
            Directory.Delete(work, recursive: true);
        }
    }

    private async Task CheckSizeAsync(GitProgram git, GitAddress address, string commit, CancellationToken cancel)
    {
        string tree = await git.RunAsync(["ls-tree", "-r", "-l", commit], cancel); // mode, type, id, size, and after a tab the path
        long bytes = tree.Split('\n').Sum(line => long.TryParse(line.Split('\t')[0].Split(' ')[^1], out long size) ? size : 0);
        if (bytes > _options.MaxBytes)
            throw new ActivityException("JOB-009", $"The code of {address} has {bytes} bytes, more than the {_options.MaxBytes} allowed. Keep data elsewhere, or raise Code:MaxBytes.");
    }

    private static ActivityException Unreachable(GitAddress address, GitResult result) => new(
        "JOB-010", $"git could not fetch {address}: {result.LastWords}", FailureKind.Infrastructure);
}
