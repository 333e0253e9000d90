using System.Security.Claims;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http.HttpResults;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Code;
using MLPlatform.Core.Pipelines;
using MLPlatform.Core.Pipelines.Git;
using MLPlatform.Server.Access;
using MLPlatform.Server.Pipelines.Git;
using MLPlatform.Server.Problems;
using MLPlatform.Storage.Pipelines;

namespace MLPlatform.Server.Pipelines;

/// <summary>Opens and saves pipelines as texts with layouts.</summary>
internal sealed class DocumentDesk(
    PipelineDesk desk, PipelineRegistrar registrar, IPipelineStore store, IGitSyncStore git, PipelineRepository repository, GitSync sync, Audit audit)
{
    private const int LongestMessage = 4000;

    public async Task<PipelineDocument?> OpenAsync(string id, int? revision, CancellationToken cancel)
    {
        PipelineRevision? newest = await store.FindAsync(id, cancel);
        GitFile? file = await registrar.FileOfAsync(id, cancel);
        if (newest is null)
            return null;
        PipelineRevision? wanted = revision is null || revision == newest.Revision ? newest : (await store.ListRevisionsAsync(id, cancel)).FirstOrDefault(r => r.Revision == revision);
        if (wanted is null)
            return null;
        string text = wanted.FileJson;
        GitPlaceView? place = null;
        if (file is not null && (await git.FindStateAsync(repository.Source, cancel))?.Head is { } head)
        {
            // A text that does not compile is what somebody wants to mend.
            if (file.ProblemsJson is not null && revision is null && await repository.ReadAsync(head, file.Path, cancel) is { } bytes)
                text = Encoding.UTF8.GetString(bytes);
            place = new GitPlaceView(file.Path, repository.Options.Branch, head, GitCommitView.From(file.Commit), GitViews.ProblemsOf(file));
        }
        return new PipelineDocument(id, wanted.Revision, text, await git.FindLayoutAsync(id, cancel), newest.Paused, place);
    }

    public async Task<(SavedView? Saved, ProblemHttpResult? Problem)> SaveAsync(SaveRequest request, ClaimsPrincipal user, CancellationToken cancel)
    {
        if (request.Layout is { } layout && LayoutText.Wrong(layout) is { } wrong)
            return (null, Problem.BadRequest($"The layout cannot be kept: {wrong}."));
        PipelineSource source = new(JsonSerializer.SerializeToElement(request.Text), request.Path);
        CompileResult compiled = desk.Compile(source);
        if (compiled.Pipeline is null && (!repository.IsConfigured || Deploys(request)))
            return (null, PipelineDesk.Invalid(compiled.Diagnostics));
        if (compiled.Pipeline is null && request.Path is null)
            return (null, Problem.BadRequest("A file that does not compile needs its path.", "Name it in 'path'."));
        return repository.IsConfigured
            ? await CommitAsync(request, compiled.Pipeline?.Id, user, cancel)
            : await KeepAsync(request, compiled.Pipeline!.Id, user, cancel);
    }

    public async Task<PipelineDiff?> DiffAsync(string id, int from, int to, CancellationToken cancel)
    {
        IReadOnlyList<PipelineRevision> all = await store.ListRevisionsAsync(id, cancel);
        return all.FirstOrDefault(r => r.Revision == from) is { } old && all.FirstOrDefault(r => r.Revision == to) is { } now
            ? new PipelineDiff(from, to, old.FileJson, now.FileJson, LineDiff.Unified(old.FileJson, now.FileJson))
            : null;
    }

    private bool Deploys(SaveRequest request) => request.Branch is null || request.Branch == repository.Options.Branch;

    private async Task<(SavedView? Saved, ProblemHttpResult? Problem)> KeepAsync(SaveRequest request, string id, ClaimsPrincipal user, CancellationToken cancel)
    {
        PipelineRevision? before = await store.FindAsync(id, cancel);
        if (request.Revision is { } opened && opened != (before?.Revision ?? 0))
            return (null, Moved($"The pipeline '{id}' is at revision {before?.Revision ?? 0}, and revision {opened} was opened."));
        (PipelineRevision? now, bool isNew, ProblemHttpResult? problem) = await registrar.ApplyAsync(
            new PipelineSource(JsonSerializer.SerializeToElement(request.Text), id + ".json", before?.Folder), user, cancel);
        if (now is null)
            return (null, problem);
        bool moved = request.Layout is { } layout && layout != await git.FindLayoutAsync(id, cancel);
        if (moved)
            await git.SetLayoutAsync(id, request.Layout!, user.Name, cancel);
        return (new SavedView(id, isNew || moved, true, now.Revision), null);
    }

    private async Task<(SavedView? Saved, ProblemHttpResult? Problem)> CommitAsync(SaveRequest request, string? id, ClaimsPrincipal user, CancellationToken cancel)
    {
        // 1. Where it goes.
        string branch = request.Branch ?? repository.Options.Branch;
        string path = request.Path ?? (await registrar.FileOfAsync(id!, cancel))?.Path ?? GitPaths.Join(repository.Options.Folder, id + ".json");
        if (!GitPaths.IsWritable(path, repository.Options.Folder))
            return (null, Problem.Of(400, "GIT-006", $"'{path}' is no pipeline file of the folder '{repository.Options.Folder}'.", "Write a plain name that ends with .json."));
        if (branch == "HEAD" || GitAddress.Read("https://localhost/x", branch, [], out _) is null)
            return (null, Problem.Of(400, "GIT-006", $"'{branch}' is no name of a branch.", "Letters, digits, '-', '_', '.' and '/' are safe."));
        string message = request.Message is { Length: > 0 } said ? said : $"{(request.Opened is null ? "Add" : "Change")} the pipeline {id ?? path}";
        if (message.Length > LongestMessage || message.Any(c => char.IsControl(c) && c != '\n'))
            return (null, Problem.BadRequest($"The message of a commit has at most {LongestMessage} characters, and no control characters."));
        try
        {
            // 2. The commit, on what the repository holds now.
            string head = await repository.FetchAsync(cancel);
            List<GitWrite> files = [new GitWrite(path, Encoding.UTF8.GetBytes(request.Text), Guarded: true)];
            if (request.Layout is { } layout)
                files.Add(new GitWrite(GitPaths.LayoutOf(path), Encoding.UTF8.GetBytes(layout), Guarded: false));
            GitPushed pushed = await repository.PushAsync(new GitPush(branch, head, request.Opened, user.Name, message, files), cancel);
            if (pushed is GitPushed.Conflict conflict)
                return (null, Moved($"{conflict.Path} was changed on the branch {branch} since it was opened (it is at {conflict.Commit[..8]} now)."));
            if (pushed is GitPushed.Refused refused)
                return (null, Problem.Conflict("GIT-005", $"The repository did not take the commit on {branch}: {refused.Why}", "Save to a new branch and open a pull request, where this one is protected."));
            if (pushed is GitPushed.Lost lost)
                return (null, Problem.Of(502, "GIT-014", $"The repository did not say whether it took the commit on {branch}: {lost.Why}", "Save again: what did arrive is not committed twice. Else look at the network and the credentials of the server's user."));
            string commit = pushed is GitPushed.Done done ? done.Commit : ((GitPushed.Unchanged)pushed).Commit;
            if (pushed is GitPushed.Done)
                await audit.WriteAsync(user, "git.commit", path, new { commit, branch, message }, cancel);
            // 3. What it means here.
            if (Deploys(request))
                await sync.RunOnceAsync(cancel);
            GitFile? file = (await git.ListFilesAsync(repository.Source, cancel)).FirstOrDefault(f => f.Path == path && !f.Removed);
            return (new SavedView(id ?? path, pushed is GitPushed.Done, Deploys(request) && file is { ProblemsJson: null }, file?.Revision, commit, branch, path), null);
        }
        catch (ActivityException e)
        {
            return (null, GitEndpoints.Unreachable(e));
        }
    }

    private static ProblemHttpResult Moved(string what) =>
        Problem.Conflict("GIT-004", what + " Nothing was saved.", "Open it anew and do the change again, or save to another branch or id.");
}
