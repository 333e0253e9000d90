using System.Text;
using System.Text.Json;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Pipelines;
using MLPlatform.Core.Pipelines.Git;
using MLPlatform.Core.Scheduling.Quotas;
using MLPlatform.Engine.Alarms;
using MLPlatform.Engine.Triggers;
using MLPlatform.Server.Describe;
using MLPlatform.Storage.Pipelines;

namespace MLPlatform.Server.Pipelines.Git;

/// <summary>
/// Follows the watched branch, commit by commit: what a commit changed is compiled and becomes revisions in one transaction with
/// the step of the head, so that a commit is followed once, whoever follows it. A file that does not compile changes nothing
/// but what is told of it.
/// </summary>
internal sealed partial class GitSync(
    PipelineRepository repository, IGitSyncStore store, ActivityCatalog catalog, TriggerReader triggers, TriggerSignal signal, AlarmLookBell bell, GitAlarms alarms, ILogger<GitSync> log)
    : IDisposable
{
    /// <summary>Longer histories are not followed: what is there now is taken.</summary>
    private const int MostCommits = 1000;
    private readonly SemaphoreSlim _one = new(1);

    public void Dispose() => _one.Dispose();

    /// <summary>Looks at the repository once and follows what is new. Returns the head; what cannot be reached is written down and thrown.</summary>
    public async Task<string> RunOnceAsync(CancellationToken cancel)
    {
        await _one.WaitAsync(cancel);
        try
        {
            string head = await repository.FetchAsync(cancel);
            GitState? before = await store.FindStateAsync(repository.Source, cancel);
            if (before?.Head != head)
                await FollowAsync(before?.Head, head, cancel);
            await alarms.TellAsync(cancel);
            await store.LookedAsync(repository.Source, null, cancel);
            return head;
        }
        catch (ActivityException e)
        {
            await store.LookedAsync(repository.Source, $"{e.Code} {e.Message}", cancel);
            throw;
        }
        finally
        {
            _one.Release();
        }
    }

    private async Task FollowAsync(string? from, string head, CancellationToken cancel)
    {
        IReadOnlyList<string>? commits = from is null ? null : await repository.CommitsAsync(from, head, cancel);
        if (commits is null || commits.Count > MostCommits)
        {
            await StepAsync(new GitStep(repository.Source, from, head, await WholeAsync(head, cancel)), cancel);
            return;
        }
        string at = from!;
        foreach (string commit in commits)
        {
            if (!await StepAsync(new GitStep(repository.Source, at, commit, await ChangesAsync(commit, cancel)), cancel))
                return;
            at = commit;
        }
        if (at != head)
            await StepAsync(new GitStep(repository.Source, at, head, []), cancel);
    }

    private async Task<bool> StepAsync(GitStep step, CancellationToken cancel)
    {
        if (!await store.CommitAsync(step, cancel))
            return false; // Another replica was quicker; it does the rest, too.
        LogStep(log, step.To, step.Actions.Count);
        if (step.Actions.Count > 0)
        {
            signal.Set();
            bell.Ring();
        }
        return true;
    }

    // What is there now, with the commits that made it so; and what is not any more.
    private async Task<List<GitAction>> WholeAsync(string head, CancellationToken cancel)
    {
        List<string> paths = [.. (await repository.ListAsync(head, cancel)).Where(IsPipeline)];
        IReadOnlyList<GitFile> known = await store.ListFilesAsync(repository.Source, cancel);
        List<GitAction> actions = [];
        foreach (string path in paths)
            await AddAsync(actions, head, path, await repository.DescribeAsync(head, path, cancel), paths, cancel);
        GitCommit now = await repository.DescribeAsync(head, null, cancel);
        actions.AddRange(known.Where(f => !f.Removed && !paths.Contains(f.Path)).Select(f => new GitAction.Remove(f.Path, now)));
        return actions;
    }

    private async Task<List<GitAction>> ChangesAsync(string commit, CancellationToken cancel)
    {
        string folder = repository.Options.Folder;
        IReadOnlyList<string> changed = await repository.ChangedAsync(commit, cancel);
        List<string> paths = [.. (await repository.ListAsync(commit, cancel)).Where(IsPipeline)];
        GitCommit description = await repository.DescribeAsync(commit, null, cancel);
        List<GitAction> actions = [];
        foreach (string path in changed.Select(p => GitPaths.PipelineOf(p, folder)).OfType<string>().Distinct(StringComparer.Ordinal))
        {
            if (!paths.Contains(path))
            {
                if (changed.Contains(path))
                    actions.Add(new GitAction.Remove(path, description));
            }
            else if (changed.Contains(path))
                await AddAsync(actions, commit, path, description, paths, cancel);
            else
                actions.Add(new GitAction.Move(path, description, await LayoutAsync(commit, path, cancel)));
        }
        return actions;
    }

    private async Task AddAsync(List<GitAction> actions, string at, string path, GitCommit commit, List<string> paths, CancellationToken cancel)
    {
        (CompiledPipeline? pipeline, IReadOnlyList<Diagnostic> problems) = await CompileAsync(at, path, cancel);
        if (pipeline is null && problems.Count == 0)
            return; // A resources file.
        if (pipeline is not null && await TwinAsync(pipeline.Id, path, paths, actions, cancel) is { } twin)
            problems = [new Diagnostic("GIT-009", DiagnosticSeverity.Error, $"the pipeline '{pipeline.Id}' is in {twin} already", path, 1, 1, "$.id", "Give one of the two another id.")];
        else if (pipeline is not null)
        {
            problems = [.. (await triggers.CheckAsync(pipeline.Id, pipeline.File.WithActivityDependencies(), cancel)).Select(p =>
                new Diagnostic(p.Code, DiagnosticSeverity.Error, p.Message, path, 1, 1, "$.schedule", p.Hint))];
        }
        actions.Add(pipeline is not null && problems.All(p => p.Severity != DiagnosticSeverity.Error)
            ? new GitAction.Register(path, commit, pipeline.Id, pipeline.Hash, Encoding.UTF8.GetString(pipeline.Utf8.Span), await LayoutAsync(at, path, cancel))
            : new GitAction.Keep(path, commit, JsonSerializer.Serialize(problems, JsonSetup.ClientOptions)));
    }

    private async Task<(CompiledPipeline? Pipeline, IReadOnlyList<Diagnostic> Problems)> CompileAsync(string at, string path, CancellationToken cancel)
    {
        byte[]? bytes;
        try
        {
            bytes = await repository.ReadAsync(at, path, cancel);
        }
        catch (ActivityException e) when (e.Code == "GIT-012")
        {
            return (null, [new Diagnostic(e.Code, DiagnosticSeverity.Error, e.Message, path, 1, 1, "$", null)]);
        }
        if (bytes is null || ResourcesCompiler.Is(bytes))
            return (null, []);
        CompileResult result = PipelineCompiler.Compile(bytes, path, catalog);
        return (result.Pipeline, result.Diagnostics);
    }

    // The file that holds the id already, and stays.
    private async Task<string?> TwinAsync(string id, string path, List<string> paths, List<GitAction> actions, CancellationToken cancel) =>
        actions.OfType<GitAction.Register>().FirstOrDefault(r => r.Pipeline == id)?.Path
        ?? (await store.ListFilesAsync(repository.Source, cancel)).FirstOrDefault(f => f.Pipeline == id && f.Path != path && !f.Removed && paths.Contains(f.Path))?.Path;

    private async Task<string?> LayoutAsync(string commit, string path, CancellationToken cancel) =>
        await repository.ReadAsync(commit, GitPaths.LayoutOf(path), cancel) is { } bytes && LayoutText.Wrong(Encoding.UTF8.GetString(bytes)) is null
            ? Encoding.UTF8.GetString(bytes) : null;

    private bool IsPipeline(string path) => GitPaths.IsPipeline(path, repository.Options.Folder);

    [LoggerMessage(5301, LogLevel.Information, "Followed the pipelines' repository to {Commit}: {Files} files changed")]
    private static partial void LogStep(ILogger logger, string commit, int files);
}
