using System.Security.Claims;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http.HttpResults;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Jobs;
using MLPlatform.Core.Pipelines;
using MLPlatform.Core.Plans;
using MLPlatform.Core.Runs;
using MLPlatform.Engine.Runs;
using MLPlatform.Server.Access;
using MLPlatform.Server.Idempotency;
using MLPlatform.Server.Pipelines;
using MLPlatform.Server.Problems;
using MLPlatform.Server.Runs;

namespace MLPlatform.Server.Jobs;

/// <summary>The pipeline that a job became.</summary>
internal sealed record JobPipeline(PipelineSource Source, bool HasTriggers);

/// <summary>Takes jobs in: text to pipeline, and from there the ways that every pipeline goes.</summary>
internal sealed class JobDesk(
    FrameworkShelf shelf, PipelineDesk pipelines, GivenArtifacts artifacts, PipelineRegistrar registrar, RunStarter starter, IRunStore runs, Audit audit, TimeProvider time)
{
    private const int MostRuns = 1000;

    /// <summary>The pipeline, or what is wrong with the job.</summary>
    public async Task<(JobPipeline? Job, ProblemHttpResult? Problem)> CompileAsync(JobRequest request, CancellationToken cancel)
    {
        byte[] utf8 = Encoding.UTF8.GetBytes(request.Job.ValueKind == JsonValueKind.String ? request.Job.GetString()! : request.Job.GetRawText());
        string? wanted = SettingsFile.Read<JobFile>(utf8, "job.json", "a job", _ => []).Settings?.Framework;
        IReadOnlyDictionary<string, FrameworkFile> frameworks = (await shelf.ReadAsync(wanted, cancel)).All;
        JsonObject? pipeline = null;
        (JobFile? job, IReadOnlyList<Diagnostic> problems) = SettingsFile.Read<JobFile>(utf8, request.FileName ?? "job.json", "a job", file =>
        {
            (pipeline, IReadOnlyList<SettingsProblem> found) = JobCompiler.Compile(file, frameworks);
            return found;
        });
        if (job is null || pipeline is null)
            return (null, Problem.Of(422, "JOB-023", $"The job has {problems.Count} {(problems.Count == 1 ? "error" : "errors")}: {problems[0].Message}", problems[0].Hint, [new("diagnostics", problems)]));
        return await FillAsync(pipeline, job, cancel) is { } missing
            ? (null, RunStarting.NoArtifact(missing))
            : (new JobPipeline(new PipelineSource(JsonElement.Parse(pipeline.ToJsonString()), request.FileName, request.Folder), job.Schedule is { Triggers.Count: > 0 }), null);
    }

    public async Task<(JobView? View, ProblemHttpResult? Problem)> SubmitAsync(JobRequest request, ClaimsPrincipal user, HttpContext context, CancellationToken cancel)
    {
        if (request.Combinations is { Count: 0 or > MostRuns } || request.Combinations?.Any(c => c.ValueKind != JsonValueKind.Object) == true)
            return (null, Problem.BadRequest($"combinations must be a list of 1 to {MostRuns} objects of parameters."));
        (JobPipeline? job, ProblemHttpResult? problem) = await CompileAsync(request, cancel);
        if (job is null)
            return (null, problem);
        (Compiled? compiled, problem) = pipelines.Read(job.Source);
        if (compiled is null)
            return (null, problem);
        if (!job.HasTriggers)
            return await RunAsync(request, job, user, context, cancel);
        if (request.Combinations is not null || request.Parameters is { ValueKind: JsonValueKind.Object } given && given.EnumerateObject().Any())
            return (null, Problem.BadRequest("A job with triggers is registered, not run: its parameters stand in the job.", "Leave parameters and combinations out, or the schedule."));
        (PipelineRevision? now, _, problem) = await registrar.ApplyAsync(job.Source, user, cancel);
        return now is null ? (null, problem) : (new JobView(now.Pipeline, now.Revision, []), null);
    }

    /// <summary>Puts whole references where the job's parameters name artifacts; gives what is not there.</summary>
    private async Task<string?> FillAsync(JsonObject pipeline, JobFile job, CancellationToken cancel)
    {
        JsonObject declared = pipeline["parameters"]!.AsObject();
        (JsonElement? filled, string? missing) = await artifacts.FillAsync(
            JsonSerializer.SerializeToElement(job.Parameters), declared.Deserialize<Dictionary<string, ParameterDeclaration>>(ActivityJson.Options)!, cancel);
        if (missing is not null)
            return missing;
        foreach (JsonProperty parameter in filled!.Value.EnumerateObject())
            declared[parameter.Name]!["default"] = JsonNode.Parse(parameter.Value.GetRawText());
        return null;
    }

    private async Task<(JobView? View, ProblemHttpResult? Problem)> RunAsync(JobRequest request, JobPipeline job, ClaimsPrincipal user, HttpContext context, CancellationToken cancel)
    {
        string trigger = JsonSerializer.Serialize(new { type = "manual", by = user.Name }, JsonSerializerOptions.Web);
        DateTimeOffset at = time.GetUtcNow();
        // 1. Every plan is made before the first run starts: a list with one mistake starts nothing.
        List<RunPlan> plans = [];
        foreach (JsonElement? combination in request.Combinations?.Select(c => (JsonElement?)c) ?? [null])
        {
            StartRequest start = new(File: job.Source, Parameters: Merged(request.Parameters, combination), WorkingFolder: request.WorkingFolder);
            (RunPlan? plan, ProblemHttpResult? problem) = await RunStarting.PlanAsync(start, trigger, at, pipelines, artifacts, cancel);
            if (plan is null)
                return (null, problem);
            plans.Add(plan);
        }
        // 2. They begin in one commit: a server that dies starts all of them or none.
        RunIdFeature? chosen = context.Features.Get<RunIdFeature>();
        List<RunRequest> requests = [.. plans.Select((plan, i) => new RunRequest(plan, trigger, at, plans.Count == 1 ? chosen?.Run : chosen?.Of(i)))];
        // 3. Told.
        List<RunView> views = [];
        foreach (RunId run in await starter.StartAllAsync(requests, cancel))
        {
            await audit.WriteAsync(user, "run.start", run.ToString(), new { plans[0].Pipeline }, cancel);
            views.Add(RunView.From(await runs.FindRunAsync(run, cancel) ?? throw new InvalidOperationException($"run {run} was started and is not stored")));
        }
        return (new JobView(plans[0].Pipeline, null, views), null);
    }

    private static JsonElement? Merged(JsonElement? given, JsonElement? combination)
    {
        if (combination is null || given is not { ValueKind: JsonValueKind.Object } parameters)
            return combination ?? given;
        JsonObject all = JsonNode.Parse(parameters.GetRawText())!.AsObject();
        foreach (JsonProperty own in combination.Value.EnumerateObject())
            all[own.Name] = JsonNode.Parse(own.Value.GetRawText());
        return JsonElement.Parse(all.ToJsonString());
    }
}
