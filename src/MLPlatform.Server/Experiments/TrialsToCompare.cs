using System.Globalization;
using MLPlatform.Core.Experiments;
using MLPlatform.Core.Runs;
using MLPlatform.Core.Sweeps;

namespace MLPlatform.Server.Experiments;

/// <summary>The tracked runs by which the trials of a sweep are compared: those that have its objective.</summary>
internal static class TrialsToCompare
{
    /// <summary>
    /// An output of the pipeline is with the trial's run, a metric with the attempt that reported it. A trial that has neither
    /// yet, or failed before, is its run. Each is named after its trial.
    /// </summary>
    /// <param name="runs">Of the pipeline's experiment.</param>
    public static IReadOnlyList<TrackedRun> Of(Objective objective, IReadOnlyList<Trial> trials, IReadOnlyList<TrackedRun> runs)
    {
        ILookup<string?, TrackedRun> byRun = runs.ToLookup(r => r.Tags.GetValueOrDefault("mlp.run"), StringComparer.Ordinal);
        List<TrackedRun> found = [];
        foreach (Trial trial in trials)
        {
            List<TrackedRun> own = [.. byRun[trial.Run.ToString()]];
            TrackedRun? reported = objective.Metric is { } metric
                ? own.Where(r => r.Attempt is not null && r.Metric(metric) is not null && (objective.Activity is not { } activity || r.Tags.GetValueOrDefault("mlp.activity") == activity))
                    .OrderBy(r => r.Attempt!.Value.Node).ThenBy(r => r.Attempt!.Value.Number).LastOrDefault()
                : null;
            if ((reported ?? own.Find(r => r.Attempt is null)) is not { } run)
                continue;
            // A result from the cache reported nothing again; the trial's row knows what it counts as.
            if (objective.Metric is { } missing && run.Metric(missing) is null && trial.State is TrialState.Completed done)
                run = run with { Metrics = [.. run.Metrics, new MetricValue(missing, done.Value, done.At.ToUnixTimeMilliseconds(), 0)] };
            found.Add(run with { Name = string.Create(CultureInfo.InvariantCulture, $"trial {trial.Number}") });
        }
        return found;
    }
}
