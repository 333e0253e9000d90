using MLPlatform.Core.Plans;
using MLPlatform.Core.Runs;
using MLPlatform.Core.Scheduling.Budgets;
using MLPlatform.Core.Scheduling.Score;
using MLPlatform.Core.Usage;

namespace MLPlatform.Engine.Promotions;

/// <summary>The mean score of a run's attempts.</summary>
internal sealed class RunScores(IRunStore runs)
{
    private const int Most = 10_000;
    private readonly Dictionary<RunId, (DateTimeOffset EndedAt, double? Score)> _known = [];

    /// <summary>Over attempts that held something and have ended; null where there are none.</summary>
    public async Task<double?> MeanAsync(RunRow run, CancellationToken cancel)
    {
        if (run.EndedAt is { } at && _known.TryGetValue(run.Id, out (DateTimeOffset EndedAt, double? Score) known) && known.EndedAt == at)
            return known.Score;
        double? score = await ReadAsync(run, cancel).ConfigureAwait(false);
        if (_known.Count >= Most)
            _known.Clear();
        if (run.EndedAt is { } ended)
            _known[run.Id] = (ended, score);
        return score;
    }

    private async Task<double?> ReadAsync(RunRow run, CancellationToken cancel)
    {
        if (await runs.FindPlanAsync(run.PlanHash, cancel).ConfigureAwait(false) is not { } json)
            return null;
        RunPlan plan = PlanJson.Deserialize(json);
        PlanConsumer consumer = PlanConsumer.Of(plan);
        Dictionary<int, ActivityRow> activities = (await runs.ListActivitiesAsync(run.Id, cancel).ConfigureAwait(false)).ToDictionary(a => a.Node);
        List<JobFacts> facts = [];
        foreach (AttemptRow attempt in await runs.ListAttemptsAsync(run.Id, null, cancel).ConfigureAwait(false))
        {
            if (attempt.EndedAt is not { } end || !activities.TryGetValue(attempt.Id.Node, out ActivityRow? activity) || consumer.Find(activity.Name) is not { } asked)
                continue;
            string planned = activity.Name.Split('[')[0];
            facts.Add(new JobFacts
            {
                Asked = asked,
                Declared = plan.Nodes.FirstOrDefault(n => n.Name == activity.Name || n.Name == planned)?.Timeout,
                Ran = end - attempt.StartedAt,
                Waited = attempt.Id.Number == 1 && activity.ReadyAt is { } ready && ready <= attempt.StartedAt ? attempt.StartedAt - ready : null,
                Usage = AttemptUsage.Of(attempt.ExecutionJson),
            });
        }
        return JobScore.Mean(facts);
    }
}
