using MLPlatform.Core.Alarms;
using MLPlatform.Core.Plans;
using MLPlatform.Core.Runs;

namespace MLPlatform.Engine.Alarms;

/// <summary>The alarm rules of plans. A plan never changes, so each is read once; that most have none is all that is kept of those.</summary>
internal sealed class AlarmPlans(IRunStore runs)
{
    private const int Most = 50_000;
    private readonly Dictionary<string, PlanAlarms?> _known = new(StringComparer.Ordinal);

    /// <summary>Null where the plan has no rules.</summary>
    public async Task<PlanAlarms?> FindAsync(string plan, CancellationToken cancel)
    {
        if (_known.TryGetValue(plan, out PlanAlarms? known))
            return known;
        PlanAlarms? found = await runs.FindPlanAsync(plan, cancel).ConfigureAwait(false) is { } json ? PlanAlarms.Of(PlanJson.Deserialize(json)) : null;
        if (_known.Count >= Most)
            _known.Clear();
        return _known[plan] = found is { Rules.Count: > 0 } ? found : null;
    }
}
