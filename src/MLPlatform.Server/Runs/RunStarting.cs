using System.Security.Claims;
using System.Text.Json;
using Microsoft.AspNetCore.Http.HttpResults;
using MLPlatform.Core.Pipelines;
using MLPlatform.Core.Plans;
using MLPlatform.Core.Runs;
using MLPlatform.Engine.Plans;
using MLPlatform.Engine.Runs;
using MLPlatform.Server.Access;
using MLPlatform.Server.Idempotency;
using MLPlatform.Server.Pipelines;
using MLPlatform.Server.Problems;

namespace MLPlatform.Server.Runs;

/// <summary>Starting runs, and looking at what would run.</summary>
internal static class RunStarting
{
    public static void MapRunStarting(this IEndpointRouteBuilder app)
    {
        app.MapPost("/api/v1/runs", StartRun).WithName(nameof(StartRun)).WithTags("Runs").RequireAuthorization(Permissions.Edit)
            .WithSummary("Start a run of a registered pipeline or of a file; with an Idempotency-Key it starts once.")
            .ProducesProblem(400).ProducesProblem(404).ProducesProblem(422);
    }

    private static async Task<Results<Created<RunView>, ProblemHttpResult>> StartRun(
        StartRequest request, ClaimsPrincipal user, HttpContext context, PipelineDesk desk, GivenArtifacts artifacts, RunStarter starter, IRunStore store,
        Audit audit, TimeProvider time, CancellationToken cancel)
    {
        string trigger = JsonSerializer.Serialize(new { type = "manual", by = user.Name }, JsonSerializerOptions.Web);
        DateTimeOffset logicalDate = request.LogicalDate ?? time.GetUtcNow();
        (RunPlan? plan, ProblemHttpResult? problem) = await PlanAsync(request, trigger, logicalDate, desk, artifacts, cancel);
        if (plan is null)
            return problem!;
        RunId? chosen = context.Features.Get<RunIdFeature>()?.Run;
        RunId run = await starter.StartAsync(new RunRequest(plan, trigger, logicalDate, chosen), cancel);
        await audit.WriteAsync(user, "run.start", run.ToString(), new { plan.Pipeline }, cancel);
        RunRow row = await store.FindRunAsync(run, cancel) ?? throw new InvalidOperationException($"run {run} was started and is not stored");
        return TypedResults.Created($"/api/v1/runs/{run}", RunView.From(row));
    }

    internal static async Task<(RunPlan? Plan, ProblemHttpResult? Problem)> PlanAsync(
        StartRequest request, string trigger, DateTimeOffset logicalDate, PipelineDesk desk, GivenArtifacts artifacts, CancellationToken cancel)
    {
        if (request.Pipeline is null == request.File is null)
            return (null, Problem.BadRequest("Name a registered pipeline in 'pipeline' or send one in 'file': one of the two."));
        if (request.WorkingFolder is not null && !Path.IsPathRooted(request.WorkingFolder))
            return (null, Problem.BadRequest($"The workingFolder '{request.WorkingFolder}' is not absolute."));
        if (request.Parameters is { } parameters && !SoundText.In(parameters))
            return (null, Problem.BadRequest("A parameter holds one half of a surrogate pair (such as \\ud800), which is no text. Send both halves, or the character itself."));
        (Compiled? compiled, ProblemHttpResult? problem) =
            request.File is not null ? desk.Read(request.File) : await desk.FindAsync(request.Pipeline!, cancel);
        if (compiled is null)
            return (null, problem);
        (JsonElement? filled, string? missing) = await artifacts.FillAsync(request.Parameters, compiled.Pipeline.File.Parameters, cancel);
        if (missing is not null)
            return (null, NoArtifact(missing));
        PlanResult planned = RunPlanner.Plan(compiled.Pipeline, new PlanRequest
        {
            Parameters = filled ?? JsonElement.Parse("{}"),
            Trigger = JsonElement.Parse(trigger),
            LogicalDate = logicalDate,
            Folder = compiled.Folder,
            CallerFolder = request.WorkingFolder,
        });
        return planned.Plan is null ? (null, Refused(planned.Diagnostics)) : (GitCode.Located(planned.Plan, compiled.Folder), null);
    }

    internal static ProblemHttpResult NoArtifact(string missing) => Problem.Of(422, "API-015", $"There is no such artifact: {missing}.",
        "Write sha256:… as 'mlp runs show' tells it, dataset:NAME or dataset:NAME@VERSION.");

    private static ProblemHttpResult Refused(IReadOnlyList<Diagnostic> diagnostics)
    {
        Diagnostic first = diagnostics.First(d => d.Severity == DiagnosticSeverity.Error);
        return Problem.Of(422, "API-013", $"The parameters do not fit the pipeline: {first.Message} ({first.Code}).", first.Hint,
            [new("diagnostics", diagnostics)]);
    }
}

/// <summary>A run to start.</summary>
/// <param name="Pipeline">A registered pipeline, or</param>
/// <param name="File">a pipeline file, which is not registered by this.</param>
/// <param name="Parameters">By name; text is read as JSON where the parameter is not a string.</param>
/// <param name="LogicalDate">The date the run is about. Default: now.</param>
/// <param name="WorkingFolder">The caller's absolute folder, which relative paths among the parameters are relative to.</param>
public sealed record StartRequest(
    string? Pipeline = null, PipelineSource? File = null, JsonElement? Parameters = null, DateTimeOffset? LogicalDate = null,
    string? WorkingFolder = null);
