using System.Collections.Concurrent;
using System.Text;
using System.Text.Json;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Pipelines;
using MLPlatform.Core.Plans;
using MLPlatform.Core.Runs;
using MLPlatform.Core.Sweeps;
using MLPlatform.Engine.Plans;
using MLPlatform.Engine.Runs;
using MLPlatform.Engine.Triggers;

namespace MLPlatform.Engine.Sweeps;

/// <summary>The runs of trials: what is seen of them, and what is done to them.</summary>
internal sealed class TrialRuns(IRunStore runs, RunStarter starter, RunCommands commands, ITrialMetrics metrics, ActivityCatalog catalog)
{
    private readonly ConcurrentDictionary<SweepId, CompileResult> _compiled = new();

    public async Task<TrialFacts> SeeAsync(Sweep sweep, Trial trial, CancellationToken cancel)
    {
        SweepSettings settings = sweep.Settings;
        if (await runs.FindRunAsync(trial.Run, cancel).ConfigureAwait(false) is not { } run)
            return new TrialFacts(null, Plan(sweep, trial).Problem, null, null, []);
        IReadOnlyList<CurvePoint> curve = settings.StopEarly is { } rule
            ? await metrics.ReadAsync(trial.Run, rule.Metric ?? settings.Objective.Metric!, rule.Activity ?? settings.Objective.Activity, cancel).ConfigureAwait(false) : [];
        if (run.Status != RunStatus.Succeeded)
            return new TrialFacts(run.Status, null, null, run.Status == RunStatus.Failed ? Words(run.FailureJson) : null, curve);
        (double? value, string? because) = settings.Objective.Output is { } output ? Output(run.OutputsJson, output)
            : await metrics.ReadAsync(trial.Run, settings.Objective.Metric!, settings.Objective.Activity, cancel).ConfigureAwait(false) is { Count: > 0 } points ? (points[^1].Value, null)
            : (null, $"SWEEP-011: no activity reported the metric {settings.Objective.Metric}");
        return new TrialFacts(run.Status, null, value, because, curve);
    }

    /// <summary>Whether the attempt that waits for the sweep has gone another way.</summary>
    public async Task<bool> WaiterEndedAsync(AttemptId waiter, CancellationToken cancel)
    {
        if (await runs.FindRunAsync(waiter.Run, cancel).ConfigureAwait(false) is not { } run || run.Status.IsTerminal())
            return true;
        ActivityRow? activity = (await runs.ListActivitiesAsync(waiter.Run, cancel).ConfigureAwait(false)).FirstOrDefault(a => a.Node == waiter.Node);
        return activity is not null && (activity.Attempts > waiter.Number || activity.Status.IsTerminal());
    }

    /// <summary>Starts the run of a trial; starting one that was started before does nothing.</summary>
    public async Task StartAsync(Sweep sweep, Trial trial, CancellationToken cancel)
    {
        if (Plan(sweep, trial).Plan is { } plan) // One that cannot be planned is seen, and ended, by the next look.
            await starter.StartAsync(new RunRequest(plan, TrialPlan.Trigger(sweep, trial.Number), sweep.CreatedAt, trial.Run), cancel).ConfigureAwait(false);
    }

    public Task CancelAsync(Trial trial, CancellationToken cancel) => commands.CancelAsync(trial.Run, "sweep", cancel);

    public void Forget(SweepId sweep) => _compiled.TryRemove(sweep, out _);

    private (RunPlan? Plan, string? Problem) Plan(Sweep sweep, Trial trial)
    {
        CompileResult compiled = _compiled.GetOrAdd(sweep.Id, _ => PipelineCompiler.Compile(Encoding.UTF8.GetBytes(sweep.PipelineJson), sweep.Pipeline + ".json", catalog));
        if (compiled.Pipeline is not { } pipeline)
            return (null, "SWEEP-012: the pipeline does not compile any more: " + TriggeredPlan.Errors(compiled.Diagnostics));
        PlanResult planned = TrialPlan.Of(pipeline, sweep, trial.Parameters, trial.Number);
        return planned.Plan is { } plan ? (GitCode.Located(plan, sweep.Folder), null) : (null, "SWEEP-012: the run could not be planned: " + TriggeredPlan.Errors(planned.Diagnostics));
    }

    private static (double? Value, string? Because) Output(string? json, string name) =>
        json is not null && JsonElement.Parse(json) is { ValueKind: JsonValueKind.Object } outputs && outputs.TryGetProperty(name, out JsonElement value)
            ? value.ValueKind == JsonValueKind.Number ? (value.GetDouble(), null) : (null, $"SWEEP-011: the output {name} is {value.ValueKind.ToString().ToLowerInvariant()}, not a number")
            : (null, $"SWEEP-011: the run gave no output {name}");

    private static string Words(string? failure) =>
        failure is not null && JsonSerializer.Deserialize(failure, RunJson.Default.Failure) is { } told ? $"{told.Code}: {told.Message}" : "the run failed";
}
