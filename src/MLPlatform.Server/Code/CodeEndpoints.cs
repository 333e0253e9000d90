using System.Security.Claims;
using Microsoft.AspNetCore.Http.HttpResults;
using MLPlatform.Core.Artifacts;
using MLPlatform.Core.Code;
using MLPlatform.Server.Access;
using MLPlatform.Server.Problems;

namespace MLPlatform.Server.Code;

/// <summary>Folders of code that the platform keeps, in versions.</summary>
internal static class CodeEndpoints
{
    public static IServiceCollection AddCode(this IServiceCollection services) => services.AddSingleton<CodeDesk>().AddSingleton<CodeCommits>();

    public static void MapCode(this IEndpointRouteBuilder app)
    {
        RouteGroupBuilder code = app.MapGroup("/api/v1/code").WithTags("Code").RequireAuthorization(Permissions.View);
        code.MapGet("/", ListCode).WithName(nameof(ListCode)).WithSummary("Code folders, by name, with their latest versions.");
        code.MapGet("/{name}", GetCode).WithName(nameof(GetCode)).WithSummary("A code folder's versions, newest first.").ProducesProblem(404);
        code.MapGet("/{name}/versions/{version}", GetCodeVersion).WithName(nameof(GetCodeVersion))
            .WithSummary("One version with its files: a number, or latest. The files' bytes are those of its artifact.").ProducesProblem(400).ProducesProblem(404);
        code.MapPost("/{name}/versions", ChangeCode).WithName(nameof(ChangeCode)).RequireAuthorization(Permissions.Edit)
            .WithSummary("Put files, or take some away: that is the next version. What changes nothing gives the version there is.")
            .ProducesProblem(400).ProducesProblem(409).ProducesProblem(413);
        code.MapGet("/{name}/versions/{version}/git", CompareCodeWithGit).WithName(nameof(CompareCodeWithGit))
            .WithSummary("How a version differs from its folder of the configured repository, on a branch as it is now.").ProducesProblem(400).ProducesProblem(404).ProducesProblem(502);
        code.MapPost("/{name}/versions/{version}/commit", CommitCode).WithName(nameof(CommitCode)).RequireAuthorization(Permissions.Edit)
            .WithSummary("Commit a version to its folder of the configured repository. What changes nothing commits nothing.")
            .ProducesProblem(400).ProducesProblem(404).ProducesProblem(409).ProducesProblem(502);
        code.MapPost("/{name}/take", TakeCode).WithName(nameof(TakeCode)).RequireAuthorization(Permissions.Edit)
            .WithSummary("Make the folder's files on a branch of the configured repository the next version. What is the same gives the version there is.")
            .ProducesProblem(400).ProducesProblem(404).ProducesProblem(409).ProducesProblem(413).ProducesProblem(502);
        code.MapPost("/{name}/rollback", RollBackCode).WithName(nameof(RollBackCode)).RequireAuthorization(Permissions.Edit)
            .WithSummary("Make an older version's files the next version.").ProducesProblem(404).ProducesProblem(409);
        code.MapGet("/{name}/diff", DiffCode).WithName(nameof(DiffCode)).WithSummary("How two versions differ, file by file and line by line.")
            .ProducesProblem(400).ProducesProblem(404);
    }

    private static async Task<Ok<List<CodeVersionView>>> ListCode(ICodeStore store, CancellationToken cancel) =>
        TypedResults.Ok((await store.ListAsync(cancel)).Select(CodeVersionView.From).ToList());

    private static async Task<Results<Ok<List<CodeVersionView>>, ProblemHttpResult>> GetCode(string name, ICodeStore store, CancellationToken cancel) =>
        await store.ListVersionsAsync(name, cancel) is { Count: > 0 } versions ? TypedResults.Ok(versions.Select(CodeVersionView.From).ToList()) : CodeDesk.NoCode(name);

    private static async Task<Results<Ok<CodeFilesView>, ProblemHttpResult>> GetCodeVersion(string name, string version, CodeDesk desk, CancellationToken cancel)
    {
        (CodeVersion? found, ProblemHttpResult? problem) = await desk.FindAsync(name, version, cancel);
        return found is null ? problem! : TypedResults.Ok(new CodeFilesView(CodeVersionView.From(found), await desk.FilesAsync(found, cancel)));
    }

    private static async Task<Results<Created<CodeVersionView>, ProblemHttpResult>> ChangeCode(
        string name, CodeChange change, ClaimsPrincipal user, CodeDesk desk, Audit audit, CancellationToken cancel)
    {
        (CodeVersion? made, ProblemHttpResult? problem) = await desk.ChangeAsync(name, change, user.Name, cancel);
        if (made is null)
            return problem!;
        await audit.WriteAsync(user, "code.change", name, new { made.Version, made.Files.Hash }, cancel);
        return TypedResults.Created($"/api/v1/code/{name}/versions/{made.Version}", CodeVersionView.From(made));
    }

    /// <param name="branch">The branch; where it is not there, the watched one, which it would begin at. Default: the watched one.</param>
    private static async Task<Results<Ok<CodeGitView>, ProblemHttpResult>> CompareCodeWithGit(
        string name, string version, CodeDesk desk, CodeCommits commits, CancellationToken cancel, string? branch = null)
    {
        (CodeVersion? found, ProblemHttpResult? problem) = await desk.FindAsync(name, version, cancel);
        if (found is null)
            return problem!;
        (CodeGitView? view, problem) = await commits.CompareAsync(found, branch, cancel);
        return view is null ? problem! : TypedResults.Ok(view);
    }

    private static async Task<Results<Ok<CodeCommittedView>, ProblemHttpResult>> CommitCode(
        string name, string version, CodeCommit request, ClaimsPrincipal user, CodeDesk desk, CodeCommits commits, CancellationToken cancel)
    {
        (CodeVersion? found, ProblemHttpResult? problem) = await desk.FindAsync(name, version, cancel);
        if (found is null)
            return problem!;
        (CodeCommittedView? made, problem) = await commits.CommitAsync(found, request, user, cancel);
        return made is null ? problem! : TypedResults.Ok(made);
    }

    private static async Task<Results<Ok<CodeTakenView>, ProblemHttpResult>> TakeCode(string name, CodeTake request, ClaimsPrincipal user, CodeCommits commits, CancellationToken cancel)
    {
        (CodeTakenView? taken, ProblemHttpResult? problem) = await commits.TakeAsync(name, request, user, cancel);
        return taken is null ? problem! : TypedResults.Ok(taken);
    }

    private static async Task<Results<Created<CodeVersionView>, ProblemHttpResult>> RollBackCode(
        string name, CodeRollback rollback, ClaimsPrincipal user, ICodeStore store, CodeDesk desk, Audit audit, CancellationToken cancel)
    {
        if (await store.FindAsync(name, rollback.Version, cancel) is not { } old)
            return await store.FindAsync(name, null, cancel) is null ? CodeDesk.NoCode(name) : CodeDesk.NoVersion(name, $"{rollback.Version}");
        CodeVersion? made = await store.AddAsync(new CodeDraft(name, old.Files, user.Name, rollback.Note ?? $"back to version {old.Version}"), rollback.Based, cancel);
        if (made is null)
            return CodeDesk.Moved(name);
        await audit.WriteAsync(user, "code.rollback", name, new { made.Version, to = old.Version }, cancel);
        return TypedResults.Created($"/api/v1/code/{name}/versions/{made.Version}", CodeVersionView.From(made));
    }

    /// <param name="from">The older version.</param>
    /// <param name="to">The newer one. Default: latest.</param>
    private static async Task<Results<Ok<CodeDiffView>, ProblemHttpResult>> DiffCode(
        string name, string from, CodeDesk desk, CancellationToken cancel, string to = "latest")
    {
        (CodeVersion? old, ProblemHttpResult? problem) = await desk.FindAsync(name, from, cancel);
        if (old is null)
            return problem!;
        (CodeVersion? now, problem) = await desk.FindAsync(name, to, cancel);
        return now is null ? problem! : TypedResults.Ok(await desk.DiffAsync(old, now, cancel));
    }
}

/// <summary>One version of a code folder.</summary>
/// <param name="By">Who made it.</param>
public sealed record CodeVersionView(string Name, int Version, ArtifactRef Files, string By, string? Note, DateTimeOffset CreatedAt)
{
    internal static CodeVersionView From(CodeVersion v) => new(v.Name, v.Version, v.Files, v.By, v.Note, v.CreatedAt);
}

/// <summary>A version with its files.</summary>
public sealed record CodeFilesView(CodeVersionView Version, IReadOnlyList<ArtifactFile> Files);

/// <summary>What the next version of a code folder is to be.</summary>
/// <param name="Files">Files to add or to write anew.</param>
/// <param name="Remove">Files to take away.</param>
/// <param name="Replace">Whether files that are not named go. Default: they stay.</param>
/// <param name="Based">The version this is a change of (0: none yet); it is refused if another came in between. Default: the latest.</param>
/// <param name="Note">What to remember about it.</param>
public sealed record CodeChange(
    IReadOnlyList<CodeFile>? Files = null, IReadOnlyList<string>? Remove = null, bool Replace = false, int? Based = null, string? Note = null);

/// <summary>One file, as text or as bytes.</summary>
public sealed record CodeFile(string Path, string? Text = null, string? Base64 = null);

/// <param name="Version">The version to go back to.</param>
/// <param name="Based">The version that is the latest now; it is refused if another came in between. Default: whatever is.</param>
public sealed record CodeRollback(int Version, int? Based = null, string? Note = null);

/// <summary>How two versions of a code folder differ.</summary>
public sealed record CodeDiffView(string Name, int From, int To, IReadOnlyList<CodeFileDiff> Files);

/// <param name="Change"><c>added</c>, <c>removed</c> or <c>changed</c>.</param>
/// <param name="Lines">The hunks of a unified diff; absent for files that are no text, or too long.</param>
public sealed record CodeFileDiff(string Path, string Change, string? Lines);
