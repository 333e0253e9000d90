using System.Security.Claims;
using Microsoft.AspNetCore.Http.HttpResults;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Pipelines.Git;
using MLPlatform.Server.Access;
using MLPlatform.Server.Problems;
using MLPlatform.Storage.Pipelines;

namespace MLPlatform.Server.Pipelines.Git;

/// <summary>The repository of the pipelines.</summary>
internal static class GitEndpoints
{
    public static IServiceCollection AddPipelineGit(this IServiceCollection services, bool run)
    {
        services.AddSingleton<GitSync>().AddSingleton<GitAlarms>().AddSingleton<GitBell>();
        return run ? services.AddHostedService<GitLoop>() : services;
    }

    public static void MapPipelineGit(this IEndpointRouteBuilder app)
    {
        RouteGroupBuilder git = app.MapGroup("/api/v1/git").WithTags("Git").RequireAuthorization(Permissions.View);
        git.MapGet("/", GetGitStatus).WithName(nameof(GetGitStatus)).WithSummary("The repository that holds the pipelines, and what its files became.");
        git.MapPost("/sync", SyncGit).WithName(nameof(SyncGit)).RequireAuthorization(Permissions.Edit)
            .WithSummary("Look at the repository now and follow what is new.").ProducesProblem(409).ProducesProblem(502);
        app.MapPost("/api/v1/hooks/git", CallGitHook).WithName(nameof(CallGitHook)).WithTags("Git").AllowAnonymous()
            .WithSummary("Where GitHub, GitLab and Gitea tell of a push; they prove themselves with the secret that Pipelines:Git:Secret names.")
            .Accepts<object>("application/json").ProducesProblem(401).ProducesProblem(409).ProducesProblem(422);
    }

    private static async Task<Ok<GitStatusView>> GetGitStatus(PipelineRepository repository, IGitSyncStore store, CancellationToken cancel)
    {
        if (!repository.IsConfigured)
            return TypedResults.Ok(new GitStatusView(false));
        GitState? state = await store.FindStateAsync(repository.Source, cancel);
        PipelineGitOptions options = repository.Options;
        GitCommit? commit = state?.Head is { } head ? await repository.FindCommitAsync(head, cancel) : null;
        return TypedResults.Ok(new GitStatusView(
            true, options.Repository, options.Branch, options.Folder.Trim('/'), commit is null ? [] : await repository.BranchesAsync(cancel),
            commit is null ? null : GitCommitView.From(commit), state?.LookedAt, state?.Problem,
            [.. (await store.ListFilesAsync(repository.Source, cancel)).Select(GitFileView.From)]));
    }

    private static async Task<Results<Ok<GitSyncedView>, ProblemHttpResult>> SyncGit(
        ClaimsPrincipal user, PipelineRepository repository, GitSync sync, Audit audit, CancellationToken cancel)
    {
        if (!repository.IsConfigured)
            return NoRepository();
        try
        {
            string head = await sync.RunOnceAsync(cancel);
            await audit.WriteAsync(user, "git.sync", repository.Source, new { head }, cancel);
            return TypedResults.Ok(new GitSyncedView(head));
        }
        catch (ActivityException e)
        {
            return Unreachable(e);
        }
    }

    private static async Task<Results<Accepted<GitHookView>, Ok<GitHookView>, ProblemHttpResult>> CallGitHook(
        HttpContext context, PipelineRepository repository, IConfiguration configuration, GitBell bell, CancellationToken cancel)
    {
        if (!repository.IsConfigured)
            return NoRepository();
        if (repository.Options.Secret is not { Length: > 0 } name || configuration["Secrets:" + name] is not { Length: > 0 } secret)
            return Problem.Of(422, "GIT-008", "No secret for webhooks is set, so nobody can prove to be the git host.", "Name one in Pipelines:Git:Secret and set Secrets__NAME in the server's environment.");
        using MemoryStream body = new();
        await context.Request.Body.CopyToAsync(body, cancel);
        if (!GitHooks.IsProven(header => context.Request.Headers.TryGetValue(header, out var values) ? values.ToString() : null, body.ToArray(), secret))
            return Problem.Of(401, "GIT-007", "The signature or the token of the call is missing or wrong.", "Give the webhook the same secret at the git host, and application/json as its content type.");
        if (!GitHooks.IsAbout(repository.Options.Branch, body.ToArray()))
            return TypedResults.Ok(new GitHookView(false, $"it is not about the branch {repository.Options.Branch}"));
        bell.Ring();
        return TypedResults.Accepted("/api/v1/git", new GitHookView(true, $"the branch {repository.Options.Branch} is looked at"));
    }

    public static ProblemHttpResult NoRepository() =>
        Problem.Conflict("GIT-011", "No repository of pipelines is configured.", "Set Pipelines:Git:Repository; docs/git.md says how.");

    public static ProblemHttpResult Unreachable(ActivityException e) =>
        Problem.Of(502, e.Code, e.Message, "Pipelines stay as they are. Look at the address, the network and the credentials of the server's user.");
}
