using System.Collections.Concurrent;
using MLPlatform.Core.Plans;
using MLPlatform.Core.Runs;
using MLPlatform.Core.Scheduling;
using MLPlatform.Core.Scheduling.Quotas;
using MLPlatform.Core.Scheduling.Score;
using MLPlatform.Core.Usage;
using MLPlatform.Server.Quotas;

namespace MLPlatform.Server.Runs;

/// <summary>Scores what ended: reads runs, plans and pools, and asks <see cref="JobScore"/>.</summary>
internal sealed class ScoreDesk(IRunStore store, QuotaReader quotas)
{
    /// <summary>Of how many of its last runs a pipeline's score is the mean.</summary>
    public const int LastRuns = 20;

    private const int KeptPlans = 1000;

    // A plan never changes.
    private readonly ConcurrentDictionary<string, IReadOnlyDictionary<string, PlannedNode>> _plans = new(StringComparer.Ordinal);

    public async Task<RunScore> OfAsync(RunRow run, CancellationToken cancel)
    {
        List<ActivityScore> activities = [];
        foreach ((ActivityRow activity, AttemptRow attempt, JobFacts facts) in await FactsAsync(run, await quotas.ReadAsync(cancel), cancel))
        {
            JobScore score = JobScore.Of(facts);
            activities.Add(new ActivityScore(activity.Name, attempt.Id.Number, score.Score, score.Parts));
        }
        return new RunScore(run.Id.Value, run.Pipeline, Mean(activities.Select(a => a.Score)), activities);
    }

    /// <summary>The mean over the attempts of its last runs that ended.</summary>
    public async Task<PipelineScore> OfPipelineAsync(string pipeline, CancellationToken cancel)
    {
        QuotaBook book = await quotas.ReadAsync(cancel);
        List<(string Activity, JobFacts Facts)> all = [];
        int runs = 0;
        foreach (RunRow run in (await store.ListRunsAsync(new RunFilter(pipeline), null, LastRuns * 2, cancel)).Items.Where(r => r.EndedAt is not null).Take(LastRuns))
        {
            runs++;
            all.AddRange((await FactsAsync(run, book, cancel)).Select(f => (Family(f.Activity.Name), f.Facts)));
        }
        return new PipelineScore(
            pipeline, runs, JobScore.Mean(all.Select(a => a.Facts)),
            [.. all.GroupBy(a => a.Activity, a => a.Facts, StringComparer.Ordinal).Select(g => new ActivityMean(g.Key, g.Count(), JobScore.Mean(g)!.Value))]);
    }

    // The last attempt of each activity that asks for something and has ended.
    private async Task<IReadOnlyList<(ActivityRow Activity, AttemptRow Attempt, JobFacts Facts)>> FactsAsync(RunRow run, QuotaBook book, CancellationToken cancel)
    {
        IReadOnlyDictionary<string, PlannedNode> plan = await PlanAsync(run.PlanHash, cancel);
        Dictionary<int, AttemptRow> last = [];
        foreach (AttemptRow attempt in (await store.ListAttemptsAsync(run.Id, null, cancel)).Where(a => a.EndedAt is not null).OrderBy(a => a.Id.Number))
            last[attempt.Id.Node] = attempt;
        List<(ActivityRow, AttemptRow, JobFacts)> found = [];
        foreach (ActivityRow activity in (await store.ListActivitiesAsync(run.Id, cancel)).OrderBy(a => a.Node))
        {
            if (!last.TryGetValue(activity.Node, out AttemptRow? attempt) || !plan.TryGetValue(Family(activity.Name), out PlannedNode? node) || Amount.Of(node.Resources).IsZero)
                continue;
            IReadOnlyList<PoolMachine> machines = book.Pools.Find(node.Resources.Pool) is { } pool ? book.MachinesOf(pool) : [];
            found.Add((activity, attempt, new JobFacts
            {
                Asked = node.Resources,
                Declared = node.Timeout,
                Ran = attempt.EndedAt - attempt.StartedAt,
                // Of a retry it is not known when it began to wait.
                Waited = attempt.Id.Number == 1 ? attempt.StartedAt - activity.ReadyAt : null,
                Usage = AttemptUsage.Of(attempt.ExecutionJson),
                Machine = machines.Count == 0 ? null : machines.Select(m => m.Amount).Aggregate((a, b) => a.Max(b)),
                Pool = machines.Count == 0 ? null : machines.Select(m => m.Amount).Aggregate((a, b) => a + b),
            }));
        }
        return found;
    }

    private async Task<IReadOnlyDictionary<string, PlannedNode>> PlanAsync(string hash, CancellationToken cancel)
    {
        if (_plans.TryGetValue(hash, out IReadOnlyDictionary<string, PlannedNode>? known))
            return known;
        if (_plans.Count >= KeptPlans)
            _plans.Clear();
        IReadOnlyList<PlannedNode> nodes = await store.FindPlanAsync(hash, cancel) is { } json ? PlanJson.Deserialize(json).Nodes : [];
        return _plans[hash] = nodes.ToDictionary(n => n.Name, StringComparer.Ordinal);
    }

    // Instances by forEach count as what they are instances of.
    private static string Family(string activity) => activity.IndexOf('[', StringComparison.Ordinal) is > 0 and var end ? activity[..end] : activity;

    private static double? Mean(IEnumerable<double> scores) => scores.ToArray() is { Length: > 0 } known ? Math.Round(known.Average(), 1) : null;
}

/// <summary>How well a run asked for what it used, from 0 to 100.</summary>
/// <param name="Score">The mean over its activities; absent where none has ended that asks for resources.</param>
/// <param name="Activities">Those that asked for resources, each by its last attempt that ended.</param>
internal sealed record RunScore(Guid Run, string Pipeline, double? Score, IReadOnlyList<ActivityScore> Activities);

/// <summary>How well one activity asked.</summary>
/// <param name="Attempt">The attempt's number.</param>
/// <param name="Score">From 0 to 100: the parts' values by their weights.</param>
internal sealed record ActivityScore(string Activity, int Attempt, double Score, IReadOnlyList<ScorePart> Parts);

/// <summary>How well a pipeline asks, over its last runs.</summary>
/// <param name="Runs">How many were looked at; 20 at most.</param>
/// <param name="Score">The mean over their attempts; absent where there are none.</param>
internal sealed record PipelineScore(string Pipeline, int Runs, double? Score, IReadOnlyList<ActivityMean> Activities);

/// <summary>The mean of one activity.</summary>
internal sealed record ActivityMean(string Activity, int Attempts, double Score);
