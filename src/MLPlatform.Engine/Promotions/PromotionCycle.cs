using System.Text;
using Microsoft.Extensions.Logging;
using MLPlatform.Core.Plans;
using MLPlatform.Core.Runs;
using MLPlatform.Core.Scheduling;
using MLPlatform.Core.Scheduling.Promotions;
using MLPlatform.Core.Scheduling.Quotas;

namespace MLPlatform.Engine.Promotions;

/// <summary>
/// One look at the rules of promotion. Nothing is remembered between looks but how far ends of runs were looked at, and that only to save
/// reading: the row of a move can be there once, whoever writes it.
/// </summary>
internal sealed partial class PromotionCycle(
    IQuotaStore quotas, IPromotionStore promotions, IRunStore runs, RunScores scores, TimeProvider time, ILogger<PromotionCycle> log)
{
    /// <summary>The one that ended first need not be the one written first.</summary>
    private static readonly TimeSpan Overlap = TimeSpan.FromMinutes(2);

    // Runs that asked for other pools, or were cancelled, are passed over; a rule that finds too few of its own among so many waits for more.
    private const int MostRead = 1000;

    private readonly Dictionary<string, HashSet<string?>> _pools = new(StringComparer.Ordinal);
    private (int Version, DateTimeOffset Until) _looked;

    public async Task RunOnceAsync(CancellationToken cancel)
    {
        // 1. See.
        DateTimeOffset now = time.GetUtcNow();
        if (await quotas.FindAsync(null, cancel).ConfigureAwait(false) is not { } version
            || ResourcesCompiler.Compile(Encoding.UTF8.GetBytes(version.Json), "resources.json").File is not { Promotions.Count: > 0 } file)
            return;
        // Another file may judge what ended long ago otherwise.
        DateTimeOffset since = _looked.Version == version.Version ? _looked.Until - Overlap : DateTimeOffset.UnixEpoch;
        PoolMap pools = new(file);
        foreach (string pipeline in await promotions.ListPipelinesAsync(since, cancel).ConfigureAwait(false))
            foreach (PromotionRule rule in file.Promotions)
                await LookAsync(rule, pipeline, pools, now, cancel).ConfigureAwait(false);
        _looked = (version.Version, now);
    }

    private async Task LookAsync(PromotionRule rule, string pipeline, PoolMap pools, DateTimeOffset now, CancellationToken cancel)
    {
        IReadOnlyList<Promotion> history = await promotions.ListAsync(pipeline, null, MostRead, cancel).ConfigureAwait(false);
        (List<EndedRun> inFrom, List<EndedRun> inTo) = await EndedAsync(rule, pipeline, pools, cancel).ConfigureAwait(false);
        // 2. Decide.
        if (PromotionPolicy.Decide(rule, pipeline, history, inFrom, inTo, now) is not { } promotion)
            return;
        // 3. Commit; another server may have been first.
        if (await promotions.AddAsync(promotion, cancel).ConfigureAwait(false))
            LogAdded(log, pipeline, promotion.From, promotion.To, promotion.State, promotion.Reasons);
    }

    private async Task<(List<EndedRun> InFrom, List<EndedRun> InTo)> EndedAsync(PromotionRule rule, string pipeline, PoolMap pools, CancellationToken cancel)
    {
        (List<EndedRun> inFrom, List<EndedRun> inTo) = ([], []);
        string? cursor = null;
        for (int read = 0; read < MostRead && (inFrom.Count < rule.Runs || inTo.Count < rule.Runs);)
        {
            Page<RunRow> page = await runs.ListRunsAsync(new RunFilter(pipeline), cursor, 100, cancel).ConfigureAwait(false);
            foreach (RunRow run in page.Items)
            {
                if (run is not { Status: RunStatus.Succeeded or RunStatus.Failed, EndedAt: { } at })
                    continue;
                HashSet<string?> asked = await PoolsAsync(run.PlanHash, cancel).ConfigureAwait(false);
                bool from = inFrom.Count < rule.Runs && asked.Any(p => pools.Find(p) == rule.From), to = inTo.Count < rule.Runs && asked.Any(p => pools.Find(p) == rule.To);
                if (!from && !to)
                    continue;
                EndedRun ended = new(run.Status == RunStatus.Failed, await scores.MeanAsync(run, cancel).ConfigureAwait(false), at);
                if (ended is { Failed: false, Score: null })
                    continue; // All of it came from the cache: it says nothing of what the pipeline does with machines.
                if (from)
                    inFrom.Add(ended);
                if (to)
                    inTo.Add(ended);
            }
            read += page.Items.Count;
            if ((cursor = page.Next) is null)
                break;
        }
        return (inFrom, inTo);
    }

    // What a plan's activities ask for that hold anything; a plan never changes.
    private async Task<HashSet<string?>> PoolsAsync(string plan, CancellationToken cancel)
    {
        if (_pools.TryGetValue(plan, out HashSet<string?>? known))
            return known;
        HashSet<string?> found = await runs.FindPlanAsync(plan, cancel).ConfigureAwait(false) is { } json
            ? [.. PlanJson.Deserialize(json).Nodes.Where(n => !Amount.Of(n.Resources).IsZero).Select(n => n.Resources.Pool)] : [];
        if (_pools.Count >= 50_000)
            _pools.Clear();
        return _pools[plan] = found;
    }

    [LoggerMessage(2151, LogLevel.Information, "Promotion of {Pipeline} from {From} to {To} is {State}: {Reasons}")]
    private static partial void LogAdded(ILogger logger, string pipeline, string from, string to, PromotionState state, string reasons);
}
