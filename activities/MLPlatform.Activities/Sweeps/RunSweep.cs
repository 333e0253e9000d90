using System.ComponentModel;
using System.Text;
using System.Text.Json;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Pipelines;
using MLPlatform.Core.Plans;
using MLPlatform.Core.Runs;
using MLPlatform.Core.Sweeps;

namespace MLPlatform.Activities.Sweeps;

/// <summary>
/// Searches the parameters of another pipeline and waits, durably and without holding anything, for the end of the search. An
/// attempt that is carried out again finds its sweep.
/// </summary>
[Activity("sweep.run", Cacheable = false, Outputs = typeof(SweepResult.Outputs))]
[Description("Searches parameters of another pipeline by running it many times, and gives the best ones and a table of all trials.")]
public sealed class RunSweep(ISweepStore sweeps, IPipelineStore pipelines, ActivityCatalog catalog) : IInlineActivity<RunSweep.Inputs>, ISignalled
{
    /// <summary>The signal that ends the wait; the platform sends it when the sweep has ended.</summary>
    public const string Signal = "sweep";

    /// <summary>What is searched, how, and for how long.</summary>
    public sealed record Inputs : SweepSettings;

    public async ValueTask<InlineResult> RunAsync(Inputs inputs, ActivityContext context, CancellationToken cancel)
    {
        Refuse(SweepRules.Check(inputs));
        var id = SweepId.Of(context.Attempt);
        if (await sweeps.FindAsync(id, cancel).ConfigureAwait(false) is { } found)
        {
            await sweeps.OpenAsync(found, cancel).ConfigureAwait(false);
            return new InlineResult.Deferred(null, null, Signal);
        }
        (string json, string? folder) = await ReadAsync(inputs, cancel).ConfigureAwait(false);
        CompileResult compiled = PipelineCompiler.Compile(Encoding.UTF8.GetBytes(json), inputs.File ?? inputs.Pipeline + ".json", catalog);
        if (compiled.Pipeline is not { } pipeline)
            throw new ActivityException("SWEEP-009", $"The pipeline of the sweep does not compile: {compiled.Diagnostics.First(d => d.Severity == DiagnosticSeverity.Error)}");
        Refuse(SweepRules.Check(inputs, pipeline));
        Sweep sweep = new(
            id, $"{context.Pipeline}/{context.Activity}", pipeline.Id, inputs, json, folder, folder, $"{context.Pipeline}/{context.Activity}", context.Attempt,
            context.Time.GetUtcNow(), 0, new SweepState.Running());
        if (Proposals.Next(inputs, [], 0) is { } first && TrialPlan.Of(pipeline, sweep, first, 0) is { Plan: null } refused)
            throw new ActivityException("SWEEP-012", $"The first trial cannot be planned: {refused.Diagnostics.First(d => d.Severity == DiagnosticSeverity.Error)}");
        await sweeps.OpenAsync(sweep, cancel).ConfigureAwait(false);
        context.Log($"Sweep {id} of {pipeline.Id}: {Proposals.Most(inputs)} trials at most. 'mlp sweeps show {id}' tells how it goes.");
        return new InlineResult.Deferred(null, null, Signal);
    }

    public AttemptOutcome Answer(JsonElement payload)
    {
        SweepResult.Answer? answer;
        try
        {
            answer = payload.Deserialize<SweepResult.Answer>(ActivityJson.Options);
        }
        catch (JsonException)
        {
            answer = null; // Told below: somebody else sent the signal.
        }
        return answer switch
        {
            { Failure: { } failure } => new AttemptOutcome.Failed(failure),
            { Outputs: { } outputs } => new AttemptOutcome.Succeeded(JsonSerializer.SerializeToElement(outputs, ActivityJson.Options)),
            _ => new AttemptOutcome.Failed(new Failure(FailureKind.User, "SWEEP-014", "The signal 'sweep' is sent by the platform alone, with the result of the sweep; this one held something else.")),
        };
    }

    private async Task<(string Json, string? Folder)> ReadAsync(Inputs inputs, CancellationToken cancel)
    {
        if (inputs.Pipeline is { } name)
        {
            return await pipelines.FindAsync(name, cancel).ConfigureAwait(false) is { } revision
                ? (revision.FileJson, revision.Folder)
                : throw new ActivityException("SWEEP-009", $"There is no registered pipeline '{name}'. 'mlp apply FILE' registers one.");
        }
        try
        {
            return (await File.ReadAllTextAsync(inputs.File!, cancel).ConfigureAwait(false), Path.GetDirectoryName(Path.GetFullPath(inputs.File!)));
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            throw new ActivityException("SWEEP-009", $"The pipeline file '{inputs.File}' cannot be read: {problem.Message}", FailureKind.User, problem);
        }
    }

    private static void Refuse(IEnumerable<SettingsProblem> problems)
    {
        if (problems.FirstOrDefault() is { } first)
            throw new ActivityException(first.Code, $"{string.Join('.', first.At)}: {first.Message}.{(first.Hint is null ? "" : " " + first.Hint)}");
    }
}
