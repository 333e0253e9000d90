using System.Text.Json;
using Microsoft.AspNetCore.Mvc;
using MLPlatform.Core.Pipelines;
using MLPlatform.Core.Sweeps;
using MLPlatform.Server.Pipelines;

namespace MLPlatform.Server.Sweeps;

/// <summary>A sweep to start.</summary>
/// <param name="Sweep">What its file holds, as text or as JSON.</param>
/// <param name="FileName">For messages.</param>
/// <param name="Folder">The absolute folder of the sweep's file, which relative paths in it belong to.</param>
/// <param name="Pipeline">The pipeline file that the sweep names in <c>file</c>; absent where it names a registered one.</param>
/// <param name="Parameters">Parameters of all trials, over those of the file; text is read as JSON where the parameter is not a string.</param>
/// <param name="WorkingFolder">The caller's absolute folder, which relative paths among the parameters are relative to.</param>
public sealed record StartSweepRequest(
    JsonElement Sweep, string? FileName = null, string? Folder = null, PipelineSource? Pipeline = null, JsonElement? Parameters = null, string? WorkingFolder = null);

/// <summary>What a sweep would run, or what keeps it from running.</summary>
/// <param name="Most">How many trials there would be, unless it ends before; absent where it cannot run.</param>
/// <param name="Combinations">How many combinations a grid or a list has; absent for samplers that draw.</param>
/// <param name="First">The parameters of the first trials, as far as they do not hang on results.</param>
/// <param name="Problem">Why it cannot run; absent where it can.</param>
/// <param name="Hint">What to do about it.</param>
/// <param name="Diagnostics">Every place that is wrong.</param>
public sealed record SweepCheckView(
    int? Most, long? Combinations, IReadOnlyList<IReadOnlyDictionary<string, JsonElement>> First, string? Problem, string? Hint, IReadOnlyList<Diagnostic> Diagnostics)
{
    private const int MostFirst = 5;

    internal static SweepCheckView Of(SweepSettings settings)
    {
        List<IReadOnlyDictionary<string, JsonElement>> first = [];
        while (first.Count < Math.Min(MostFirst, settings.Sampler == SamplerKind.Tpe && settings.Combinations.Count == 0 ? settings.Startup : MostFirst)
            && Proposals.Next(settings, [], first.Count) is { } next)
            first.Add(next);
        return new(Proposals.Most(settings), Proposals.Combinations(settings), first, null, null, []);
    }

    internal static SweepCheckView Of(ProblemDetails problem) => new(
        null, null, [], problem.Detail ?? problem.Title ?? "", problem.Extensions.TryGetValue("hint", out object? hint) ? hint as string : null,
        problem.Extensions.TryGetValue("diagnostics", out object? found) && found is IReadOnlyList<Diagnostic> diagnostics ? diagnostics : []);
}

/// <summary>How a sweep goes on.</summary>
/// <param name="Trials">Trials in all, those that it had included. Default: as before.</param>
/// <param name="Time">How much time it has from now on, as an ISO 8601 duration. Default: what was left when it ended.</param>
public sealed record ResumeSweepRequest(int? Trials = null, string? Time = null);

/// <summary>A search over parameters.</summary>
/// <param name="State">running, stopping, completed, stopped or failed.</param>
/// <param name="Because">Why it ended, or is ending.</param>
/// <param name="Experiment">The experiment that its trials are runs of: <c>mlp experiments compare --experiment</c>.</param>
/// <param name="Most">How many trials there will be, unless it ends before.</param>
/// <param name="Objective">For people: <c>maximize output auc</c>.</param>
/// <param name="Seconds">From its start to its end; absent while it goes on.</param>
public record SweepView(
    Guid Id, string Name, string Pipeline, string State, string? Because, string Experiment, string Objective, Direction Direction, int Most,
    TrialCounts Counts, double? Best, string By, DateTimeOffset CreatedAt, DateTimeOffset? EndedAt, double? Seconds)
{
    internal static SweepView From(Sweep s, TrialCounts counts)
    {
        (string state, string? because, DateTimeOffset? ended) = StateOf(s.State);
        Direction direction = s.Settings.Objective.Direction;
        return new(s.Id.Value, s.Name, s.Pipeline, state, because, s.Pipeline, $"{(direction == Direction.Maximize ? "maximize" : "minimize")} {s.Settings.Objective}", direction,
            Proposals.Most(s.Settings), counts, direction == Direction.Maximize ? counts.Most : counts.Least, s.By, s.CreatedAt, ended, (ended - s.CreatedAt)?.TotalSeconds);
    }

    private protected static (string State, string? Because, DateTimeOffset? At) StateOf(SweepState state) => state switch
    {
        SweepState.Stopping stopping => ("stopping", stopping.Because, null),
        SweepState.Ended { End: SweepEnd.Completed } done => ("completed", done.Because, done.At),
        SweepState.Ended { End: SweepEnd.Stopped } stopped => ("stopped", stopped.Because, stopped.At),
        SweepState.Ended failed => ("failed", failed.Because, failed.At),
        _ => ("running", null, null),
    };
}

/// <summary>A sweep with what it was asked for and its best trial.</summary>
public sealed record SweepDetail(
    Guid Id, string Name, string Pipeline, string State, string? Because, string Experiment, string Objective, Direction Direction, int Most,
    TrialCounts Counts, double? Best, string By, DateTimeOffset CreatedAt, DateTimeOffset? EndedAt, double? Seconds, SweepSettings Settings, TrialView? BestTrial)
    : SweepView(Id, Name, Pipeline, State, Because, Experiment, Objective, Direction, Most, Counts, Best, By, CreatedAt, EndedAt, Seconds)
{
    internal static SweepDetail From(Sweep s, TrialCounts counts, Trial? best)
    {
        SweepView v = From(s, counts);
        return new(v.Id, v.Name, v.Pipeline, v.State, v.Because, v.Experiment, v.Objective, v.Direction, v.Most, v.Counts, v.Best, v.By, v.CreatedAt, v.EndedAt, v.Seconds,
            s.Settings, best is null ? null : TrialView.From(best));
    }
}

/// <summary>One combination of parameters and what became of it.</summary>
/// <param name="Number">Its place in the sweep, from 0.</param>
/// <param name="State">running, waiting (to be run again), stopping, completed, stopped or failed.</param>
/// <param name="Value">The objective; of a stopped trial the last value that it was judged by.</param>
/// <param name="Because">Why it was stopped, or failed.</param>
/// <param name="Steps">The last step that it reported, where trials are stopped early.</param>
/// <param name="Run">Its run.</param>
public sealed record TrialView(
    int Number, string State, double? Value, string? Because, IReadOnlyDictionary<string, JsonElement> Parameters, long? Steps, Guid Run,
    DateTimeOffset CreatedAt, DateTimeOffset? EndedAt, double? Seconds)
{
    internal static TrialView From(Trial t)
    {
        (string state, string? because, DateTimeOffset? at) = t.State switch
        {
            TrialState.Stopping stopping => ("stopping", stopping.Because, (DateTimeOffset?)null),
            TrialState.Completed done => ("completed", null, done.At),
            TrialState.Stopped stopped => ("stopped", stopped.Because, stopped.At),
            TrialState.Failed failed => ("failed", failed.Because, failed.At),
            TrialState.Waiting => ("waiting", null, null),
            _ => ("running", (string?)null, null),
        };
        return new(t.Number, state, Ranking.ValueOf(t), because, t.Parameters, t.Curve.Count > 0 ? t.Curve[^1].Step : null, t.Run.Value, t.CreatedAt, at, (at - t.CreatedAt)?.TotalSeconds);
    }
}
