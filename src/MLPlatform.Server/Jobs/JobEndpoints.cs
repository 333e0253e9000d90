using System.Security.Claims;
using System.Text.Json;
using Microsoft.AspNetCore.Http.HttpResults;
using MLPlatform.Core.Code;
using MLPlatform.Core.Jobs;
using MLPlatform.Core.Pipelines;
using MLPlatform.Server.Access;
using MLPlatform.Server.Pipelines;
using MLPlatform.Server.Problems;
using MLPlatform.Server.Runs;

namespace MLPlatform.Server.Jobs;

/// <summary>Training jobs, and the frameworks they run in.</summary>
internal static class JobEndpoints
{
    public static IServiceCollection AddJobs(this IServiceCollection services)
    {
        services.AddOptionsWithValidateOnStart<FrameworkOptions>().BindConfiguration("Frameworks").ValidateDataAnnotations();
        return services.AddSingleton<GivenArtifacts>().AddSingleton<FrameworkShelf>().AddSingleton<FrameworkDesk>().AddSingleton<JobDesk>();
    }

    public static void MapJobs(this IEndpointRouteBuilder app)
    {
        app.MapPost("/api/v1/jobs", SubmitJob).WithName(nameof(SubmitJob)).WithTags("Jobs").RequireAuthorization(Permissions.Edit)
            .WithSummary("Submit a training job: registered where it has triggers, else run at once, once or for each combination of parameters.")
            .ProducesProblem(400).ProducesProblem(422);
        app.MapPost("/api/v1/jobs/compile", CompileJob).WithName(nameof(CompileJob)).WithTags("Jobs").RequireAuthorization(Permissions.View)
            .WithSummary("The pipeline that a job stands for; nothing is started.").ProducesProblem(400).ProducesProblem(422);
        RouteGroupBuilder frameworks = app.MapGroup("/api/v1/frameworks").WithTags("Jobs").RequireAuthorization(Permissions.View);
        frameworks.MapGet("/", ListFrameworks).WithName(nameof(ListFrameworks)).WithSummary("Frameworks with their presets, and what is wrong with files that are none.");
        frameworks.MapPost("/", RegisterFramework).WithName(nameof(RegisterFramework)).RequireAuthorization(Permissions.Edit)
            .WithSummary("Register a framework: the next version of its name. What changes nothing gives the version there is.").ProducesProblem(400).ProducesProblem(409).ProducesProblem(422);
        frameworks.MapGet("/{name}", GetFramework).WithName(nameof(GetFramework)).WithSummary("One framework; of one that is registered perhaps a version: NAME@VERSION.").ProducesProblem(404);
        frameworks.MapGet("/{name}/versions", ListFrameworkVersions).WithName(nameof(ListFrameworkVersions)).WithSummary("The versions of a registered framework, newest first.").ProducesProblem(404);
    }

    private static async Task<Results<Created<JobView>, ProblemHttpResult>> SubmitJob(
        JobRequest request, ClaimsPrincipal user, HttpContext context, JobDesk desk, CancellationToken cancel)
    {
        (JobView? view, ProblemHttpResult? problem) = await desk.SubmitAsync(request, user, context, cancel);
        return view is null ? problem! : TypedResults.Created($"/api/v1/pipelines/{view.Pipeline}", view);
    }

    private static async Task<Results<Ok<JsonElement>, ProblemHttpResult>> CompileJob(JobRequest request, JobDesk desk, CancellationToken cancel)
    {
        (JobPipeline? job, ProblemHttpResult? problem) = await desk.CompileAsync(request, cancel);
        return job is null ? problem! : TypedResults.Ok(job.Source.Pipeline);
    }

    private static async Task<Ok<FrameworksView>> ListFrameworks(FrameworkShelf shelf, CancellationToken cancel)
    {
        ShelvedFrameworks shelved = await shelf.ReadAsync(null, cancel);
        return TypedResults.Ok(new FrameworksView([.. shelved.All.Values], shelved.Problems, [.. shelved.Registered.Select(r => RegisteredFrameworkView.From(r.Key, r.Value))]));
    }

    private static async Task<Results<Created<RegisteredFrameworkView>, ProblemHttpResult>> RegisterFramework(
        RegisterFrameworkRequest request, ClaimsPrincipal user, FrameworkDesk desk, Audit audit, CancellationToken cancel)
    {
        (CodeVersion? made, string? name, ProblemHttpResult? problem) = await desk.RegisterAsync(request, user.Name, cancel);
        if (made is null)
            return problem!;
        await audit.WriteAsync(user, "framework.register", name!, new { made.Version }, cancel);
        return TypedResults.Created($"/api/v1/frameworks/{name}", RegisteredFrameworkView.From(name!, made));
    }

    private static async Task<Results<Ok<List<RegisteredFrameworkView>>, ProblemHttpResult>> ListFrameworkVersions(string name, ICodeStore code, CancellationToken cancel) =>
        await code.ListVersionsAsync(FrameworkShelf.FolderOf(name), cancel) is { Count: > 0 } versions
            ? TypedResults.Ok(versions.Select(v => RegisteredFrameworkView.From(name, v)).ToList())
            : Problem.NotFound($"registered framework '{name}'", "'mlp frameworks list' shows those there are; 'mlp frameworks register FILE' registers one.");

    private static async Task<Results<Ok<FrameworkFile>, ProblemHttpResult>> GetFramework(string name, FrameworkShelf shelf, CancellationToken cancel)
    {
        IReadOnlyDictionary<string, FrameworkFile> all = (await shelf.ReadAsync(name, cancel)).All;
        return all.TryGetValue(name, out FrameworkFile? found)
            ? TypedResults.Ok(found)
            : Problem.NotFound($"framework '{name}'", Names.Hint(name, [.. all.Keys]) ?? "'mlp frameworks list' shows those there are.");
    }
}

/// <summary>A job to submit.</summary>
/// <param name="Job">The job: its text as a string, which keeps line numbers right, or the object itself.</param>
/// <param name="FileName">What problems call it. Default: job.json.</param>
/// <param name="Folder">The absolute folder that its relative paths are relative to; it must be one of the server's.</param>
/// <param name="Parameters">By name, over those of the job; text is read as JSON where the parameter is not a string.</param>
/// <param name="Combinations">A run for each of these, which are laid over the parameters.</param>
/// <param name="WorkingFolder">The caller's absolute folder, which relative paths among the parameters are relative to.</param>
public sealed record JobRequest(
    JsonElement Job, string? FileName = null, string? Folder = null, JsonElement? Parameters = null, IReadOnlyList<JsonElement>? Combinations = null, string? WorkingFolder = null);

/// <summary>A submitted job.</summary>
/// <param name="Pipeline">The pipeline it became.</param>
/// <param name="Revision">The revision it was registered as; absent where it has no triggers.</param>
/// <param name="Runs">The runs that were started, in the order of the combinations.</param>
public sealed record JobView(string Pipeline, int? Revision, IReadOnlyList<RunView> Runs);

/// <param name="Problems">What is wrong with files in the configured folders, or with what is registered.</param>
/// <param name="Registered">The latest versions of those that are registered; the others ship or are files of the server's.</param>
public sealed record FrameworksView(IReadOnlyList<FrameworkFile> Frameworks, IReadOnlyList<Diagnostic> Problems, IReadOnlyList<RegisteredFrameworkView> Registered);
