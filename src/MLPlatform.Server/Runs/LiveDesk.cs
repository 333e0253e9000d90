using System.Collections.Concurrent;
using MLPlatform.Core.Alarms;
using MLPlatform.Core.Experiments;
using MLPlatform.Core.Runs;
using MLPlatform.Executors.Process;
using MLPlatform.Server.Hosting;

namespace MLPlatform.Server.Runs;

/// <summary>
/// Sees how running attempts are doing. All who watch a run share one look a second; one that is dear is taken less often, so
/// that watching costs the same however many watch and however much there is to see.
/// </summary>
internal sealed class LiveDesk(IRunStore store, ITrackedRunStore tracked, IAlarmStore durations, HostSettings settings, TimeProvider time)
{
    private const int MostActivities = 50;
    private const int MostMetrics = 30;
    private const int KeptLooks = 200;
    private const int KeptDurations = 5000;
    private const int PauseForCost = 20;

    /// <summary>The shortest pause between two looks.</summary>
    internal static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<RunId, Look> _looks = new();
    private readonly ConcurrentDictionary<(RunId Run, string? Activity), IReadOnlyList<TimeSpan>> _earlier = new();
    private readonly ConcurrentDictionary<AttemptId, ForecastStart> _starts = new();

    /// <summary>How the run is doing; null if there is none.</summary>
    public async Task<RunProgress?> OfAsync(RunId run, CancellationToken cancel)
    {
        if (await store.FindRunAsync(run, cancel) is not { } row)
            return null;
        if (!row.Status.IsTerminal() && _looks.TryGetValue(run, out Look? last) && time.GetElapsedTime(last.At) < last.Pause)
            return last.Progress;
        long began = time.GetTimestamp();
        RunProgress progress = await SeeAsync(row, cancel);
        TimeSpan cost = time.GetElapsedTime(began) * PauseForCost;
        if (_looks.Count >= KeptLooks)
            _looks.Clear(); // Who watches on looks again.
        if (!row.Status.IsTerminal())
            _looks[run] = new Look(time.GetTimestamp(), cost > Pause ? cost : Pause / 2, progress);
        return progress;
    }

    private async Task<RunProgress> SeeAsync(RunRow run, CancellationToken cancel)
    {
        if (run.Status.IsTerminal())
            return new RunProgress(null, null, []);
        DateTimeOffset now = time.GetUtcNow();
        IReadOnlyList<ActivityRow> all = await store.ListActivitiesAsync(run.Id, cancel);
        List<ProgressView> running = [];
        foreach (ActivityRow activity in all.Where(a => a.Status is ActivityStatus.Running or ActivityStatus.Stopping).Take(MostActivities))
            running.Add(await SeeAsync(run, activity, now, cancel));
        Forecast? whole = Forecast.Of(now - run.CreatedAt, null, await EarlierAsync(run, null, cancel));
        // A run takes no less than any activity of it; where all that is left runs, it takes no longer either.
        ProgressView? longest = running.Where(a => a.SecondsLeft is not null).MaxBy(a => a.SecondsLeft);
        bool last = running.Count > 0 && running.All(a => a.SecondsLeft is not null) && run.Counts.Succeeded + run.Counts.Failed + run.Counts.Skipped + running.Count >= run.Counts.Total;
        return longest is not null && (last || (whole is not null && longest.SecondsLeft > whole.SecondsLeft))
            ? new RunProgress(longest.SecondsLeft, longest.Basis, running)
            : new RunProgress(Round(whole?.SecondsLeft), whole?.Basis, running);
    }

    private async Task<ProgressView> SeeAsync(RunRow run, ActivityRow activity, DateTimeOffset now, CancellationToken cancel)
    {
        AttemptId id = new(run.Id, activity.Node, activity.Attempts);
        AttemptRow? attempt = (await store.ListAttemptsAsync(run.Id, activity.Node, cancel)).FirstOrDefault(a => a.Id == id);
        (double? fraction, string? message) = RunningAttempt.Progress(settings.Home, id);
        TimeSpan took = now - (attempt?.StartedAt ?? now);
        Forecast? forecast = Forecast.Of(took, fraction, await EarlierAsync(run, activity.Name, cancel), StartOf(id, took, fraction));
        return new ProgressView(
            activity.Name, activity.Attempts, Math.Round(took.TotalSeconds, 1), fraction, message, Round(forecast?.SecondsLeft), forecast?.Basis,
            RunningAttempt.Usage(settings.Home, id), await MetricsAsync(id, cancel));
    }

    private async Task<IReadOnlyList<LatestMetric>> MetricsAsync(AttemptId attempt, CancellationToken cancel) =>
        await tracked.FindAsync(attempt.ToString(), cancel) is { } run
            ? [.. run.Metrics.Where(m => double.IsFinite(m.Value)).OrderByDescending(m => m.AtMs).ThenBy(m => m.Name, StringComparer.Ordinal).Take(MostMetrics)
                .Select(m => new LatestMetric(m.Name, m.Value, m.Step))]
            : [];

    // A retry may go on from a checkpoint: what it has reached then it did not reach in its own time.
    private ForecastStart StartOf(AttemptId attempt, TimeSpan took, double? fraction)
    {
        if (attempt.Number == 1 || fraction is not { } part)
            return default;
        if (_starts.Count >= KeptDurations)
            _starts.Clear();
        return _starts.GetOrAdd(attempt, new ForecastStart(took, part));
    }

    // What is learned from earlier runs stays the same while this one goes on.
    private async Task<IReadOnlyList<TimeSpan>> EarlierAsync(RunRow run, string? activity, CancellationToken cancel)
    {
        if (_earlier.TryGetValue((run.Id, activity), out IReadOnlyList<TimeSpan>? known))
            return known;
        if (_earlier.Count >= KeptDurations)
            _earlier.Clear();
        return _earlier[(run.Id, activity)] = await durations.ListDurationsAsync(run.Pipeline, activity, LearnedDuration.Last, cancel);
    }

    private static double? Round(double? seconds) => seconds is { } known ? Math.Round(known, 1) : null;

    private sealed record Look(long At, TimeSpan Pause, RunProgress Progress);
}
