using MLPlatform.Core.Alarms;
using MLPlatform.Core.Runs;
using MLPlatform.Core.Scheduling.Score;
using MLPlatform.Engine.Promotions;

namespace MLPlatform.Engine.Scheduling;

/// <summary>What earlier runs tell of work that waits.</summary>
/// <param name="Took">How long it took before, the newest first.</param>
/// <param name="Standing">The mean score of its pipeline's last runs, from 0 to 100; null where there are none.</param>
internal sealed record Experience(IReadOnlyList<TimeSpan> Took, double? Standing)
{
    public static Experience None { get; } = new([], null);
}

/// <summary>Reads what earlier runs tell. A pipeline's last runs are read again after a while only: one run more changes little.</summary>
public sealed class Foresight(IAlarmStore durations, IRunStore runs, TimeProvider time)
{
    /// <summary>How long what was read stands.</summary>
    internal static readonly TimeSpan Stands = TimeSpan.FromMinutes(10);

    private const int LastRuns = 10;
    private readonly Dictionary<string, (DateTimeOffset At, double? Score)> _standings = new(StringComparer.Ordinal);
    private readonly RunScores _scores = new(runs);

    /// <summary>One at a time.</summary>
    internal async Task<Experience> ReadAsync(string pipeline, string activity, CancellationToken cancel)
    {
        IReadOnlyList<TimeSpan> took = await durations.ListDurationsAsync(pipeline, activity, LearnedDuration.Last, cancel).ConfigureAwait(false);
        return new Experience(took, await StandingAsync(pipeline, cancel).ConfigureAwait(false));
    }

    private async Task<double?> StandingAsync(string pipeline, CancellationToken cancel)
    {
        DateTimeOffset now = time.GetUtcNow();
        if (_standings.TryGetValue(pipeline, out (DateTimeOffset At, double? Score) known) && now - known.At < Stands)
            return known.Score;
        List<double> found = [];
        foreach (RunRow run in (await runs.ListRunsAsync(new RunFilter(pipeline), null, LastRuns, cancel).ConfigureAwait(false)).Items)
        {
            if (run.EndedAt is not null && await _scores.MeanAsync(run, cancel).ConfigureAwait(false) is { } score)
                found.Add(score);
        }
        double? standing = found.Count == 0 ? null : found.Average();
        _standings[pipeline] = (now, standing);
        return standing;
    }
}
