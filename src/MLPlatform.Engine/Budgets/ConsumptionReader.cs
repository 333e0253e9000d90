using System.Collections.Concurrent;
using MLPlatform.Core.Plans;
using MLPlatform.Core.Runs;
using MLPlatform.Core.Scheduling.Budgets;

namespace MLPlatform.Engine.Budgets;

/// <summary>Reads what groups and persons used, attempts that run up to now. Costs as many rows as there are persons and attempts that run.</summary>
public sealed class ConsumptionReader(IConsumptionStore store, IRunStore runs)
{
    private const int Most = 50_000;

    // A plan never changes, so each is read once; of those that hold nothing only that is kept.
    private readonly ConcurrentDictionary<string, PlanConsumer?> _plans = new(StringComparer.Ordinal);

    /// <summary>This month and those before it that still weigh in past use.</summary>
    public async Task<IReadOnlyList<Consumption>> ReadAsync(DateTimeOffset now, CancellationToken cancel)
    {
        List<string> plans = [];
        foreach (string plan in await store.ListPlansInUseAsync(cancel).ConfigureAwait(false))
            if (await ConsumerAsync(plan, cancel).ConfigureAwait(false) is not null)
                plans.Add(plan);
        ConsumptionSnapshot seen = await store.ReadAsync(CalendarMonth.Of(now).Plus(1 - PastUse.Months), plans, cancel).ConfigureAwait(false);
        ConsumptionSums sums = new();
        foreach (Consumption ended in seen.Ended)
            sums.Add(ended);
        foreach (RunningAttempt running in seen.Running)
            if (_plans.GetValueOrDefault(running.Plan) is { } consumer && consumer.Find(running.Activity) is { } held)
                sums.Add(consumer.Group, consumer.Person, held, running.Since, now);
        return sums.Rows;
    }

    /// <summary>For whom a plan's attempts hold what; null where they hold nothing.</summary>
    public async Task<PlanConsumer?> ConsumerAsync(string plan, CancellationToken cancel)
    {
        if (_plans.TryGetValue(plan, out PlanConsumer? known))
            return known;
        PlanConsumer? found = await runs.FindPlanAsync(plan, cancel).ConfigureAwait(false) is { } json ? PlanConsumer.Of(PlanJson.Deserialize(json)) : null;
        if (_plans.Count >= Most)
            _plans.Clear();
        return _plans[plan] = found is { Activities.Count: > 0 } ? found : null;
    }
}
