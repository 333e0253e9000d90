using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http.HttpResults;
using MLPlatform.Core.Pipelines;
using MLPlatform.Core.Plans;
using MLPlatform.Core.Sweeps;
using MLPlatform.Server.Pipelines;
using MLPlatform.Server.Problems;

namespace MLPlatform.Server.Sweeps;

/// <summary>Takes sweeps in: a request to a sweep that can be run, or the problem to answer with.</summary>
internal sealed class SweepDesk(PipelineDesk pipelines, TimeProvider time)
{
    /// <param name="id">Chosen by the caller, so that a repeated request is the same sweep.</param>
    public async Task<(Sweep? Sweep, ProblemHttpResult? Problem)> ReadAsync(StartSweepRequest request, SweepId id, string by, CancellationToken cancel)
    {
        foreach (string? folder in (string?[])[request.Folder, request.WorkingFolder])
            if (folder is not null && !Path.IsPathRooted(folder))
                return (null, Problem.BadRequest($"The folder '{folder}' is not absolute."));
        // 1. The sweep by itself.
        string text = request.Sweep.ValueKind == JsonValueKind.String ? request.Sweep.GetString()! : request.Sweep.GetRawText();
        string name = request.FileName ?? "sweep.json";
        byte[] utf8 = Encoding.UTF8.GetBytes(text);
        (SweepFile? file, IReadOnlyList<Diagnostic> problems) = SweepRules.Read(utf8, name);
        if (file is null)
            return (null, Invalid(problems));
        // 2. Its pipeline, as it is now.
        if (file.File is not null && request.Pipeline is null)
            return (null, Problem.BadRequest("The sweep names a pipeline file, and 'pipeline' does not hold it.", "Send the file, or register the pipeline and name it in the sweep's 'pipeline'."));
        (Compiled? compiled, ProblemHttpResult? problem) = file.Pipeline is { } registered ? await pipelines.FindAsync(registered, cancel) : pipelines.Read(request.Pipeline!);
        if (compiled is null)
            return (null, problem);
        // 3. The two together, and the first trial on trial.
        (file, problems) = SettingsFile.Read<SweepFile>(utf8, name, "a sweep", s => SweepRules.Check(s).Concat(SweepRules.Check(s, compiled.Pipeline)));
        if (file is null)
            return (null, Invalid(problems));
        Sweep sweep = new(
            id, file.Id, compiled.Pipeline.Id, file with { Parameters = Given(file, request, compiled.Pipeline) }, Encoding.UTF8.GetString(compiled.Pipeline.Utf8.Span),
            compiled.Folder, request.Folder, by, null, time.GetUtcNow(), 0, new SweepState.Running());
        if (Proposals.Next(sweep.Settings, [], 0) is { } first && TrialPlan.Of(compiled.Pipeline, sweep, first, 0) is { Plan: null } refused)
        {
            return (null, Problem.Of(422, "SWEEP-012", "The first trial cannot be planned: " + refused.Diagnostics.First(d => d.Severity == DiagnosticSeverity.Error).Message,
                "Compare the sweep with the parameters that the pipeline declares.", [new("diagnostics", refused.Diagnostics)]));
        }
        return (sweep, null);
    }

    // Paths of the command line belong to the caller's folder, those of the file to the file's.
    private static Dictionary<string, JsonElement> Given(SweepFile file, StartSweepRequest request, CompiledPipeline pipeline)
    {
        Dictionary<string, JsonElement> all = new(file.Parameters, StringComparer.Ordinal);
        if (request.Parameters is { ValueKind: JsonValueKind.Object } given)
        {
            foreach (JsonProperty parameter in given.EnumerateObject())
            {
                bool isPath = parameter.Value.ValueKind == JsonValueKind.String
                    && pipeline.File.Parameters.TryGetValue(parameter.Name, out ParameterDeclaration? declared) && declared.Format == ParameterFormat.Path;
                all[parameter.Name] = isPath ? JsonSerializer.SerializeToElement(ExternalPaths.Resolve(parameter.Value.GetString()!, request.WorkingFolder)) : parameter.Value;
            }
        }
        return all;
    }

    private static ProblemHttpResult Invalid(IReadOnlyList<Diagnostic> problems)
    {
        int errors = problems.Count(d => d.Severity == DiagnosticSeverity.Error);
        return Problem.Of(422, "SWEEP-010", $"The sweep has {errors} {(errors == 1 ? "error" : "errors")}: {problems.First(d => d.Severity == DiagnosticSeverity.Error).Message}",
            "'diagnostics' names every place.", [new("diagnostics", problems)]);
    }
}
