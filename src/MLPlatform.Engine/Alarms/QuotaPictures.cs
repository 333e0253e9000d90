using System.Text;
using MLPlatform.Core.Alarms;
using MLPlatform.Core.Scheduling;
using MLPlatform.Core.Scheduling.Budgets;
using MLPlatform.Core.Scheduling.Quotas;
using MLPlatform.Engine.Budgets;

namespace MLPlatform.Engine.Alarms;

/// <summary>What a look sees of quotas, where the resources file that holds has rules; else one row is read.</summary>
internal sealed class QuotaPictures(IQuotaStore quotas, IExpansionRequestStore requests, IConsumptionStore consumption, ConsumptionReader reader)
{
    /// <summary>How long after its end an expansion is still looked at.</summary>
    private static readonly TimeSpan Lookback = TimeSpan.FromDays(1);

    /// <summary>The newest so many are told of; who reads those sees the others in the list.</summary>
    private const int MostRequests = 200;

    private (int Version, ResourcesFile? File) _known;

    public async Task<WatchedQuotas?> ReadAsync(DateTimeOffset now, CancellationToken cancel)
    {
        if (await quotas.FindAsync(null, cancel).ConfigureAwait(false) is not { } version)
            return null;
        if (_known.Version != version.Version)
            _known = (version.Version, ResourcesCompiler.Compile(Encoding.UTF8.GetBytes(version.Json), "resources.json").File);
        if (_known.File is not { Alarms: { Count: > 0 } rules } file)
            return null;
        IReadOnlyList<ExpansionRow> expansions = await quotas.ListExpansionsAsync(now - Lookback, cancel).ConfigureAwait(false);
        IReadOnlyList<Allocation> held = await quotas.ListAllocationsAsync(cancel).ConfigureAwait(false);
        QuotaBook book = new(version.Version, file, [.. expansions.Select(e => e.Expansion)], [], held, now);
        IReadOnlyList<BudgetState> budgets = BudgetPolicy.States(file, await reader.ReadAsync(now, cancel).ConfigureAwait(false), now);
        bool waits = rules.Any(r => r.On.Any(e => e is QuotaAlarmEvent.Starved or QuotaAlarmEvent.AtLimit));
        bool asks = rules.Any(r => r.On.Contains(QuotaAlarmEvent.ExpansionAsked));
        return new WatchedQuotas(book, expansions, budgets, waits ? await WaitingAsync(book, budgets, cancel).ConfigureAwait(false) : [],
            asks ? await requests.ListAsync(RequestState.Pending, MostRequests, cancel).ConfigureAwait(false) : []);
    }

    private async Task<IReadOnlyList<WaitingWork>> WaitingAsync(QuotaBook book, IReadOnlyList<BudgetState> budgets, CancellationToken cancel)
    {
        List<WaitingWork> found = [];
        foreach (WaitingActivity waiting in await consumption.ListWaitingAsync(cancel).ConfigureAwait(false))
        {
            if (await reader.ConsumerAsync(waiting.Plan, cancel).ConfigureAwait(false) is not { } consumer || consumer.Find(waiting.Activity) is not { } asks)
                continue;
            // What a budget keeps back waits for no quota.
            if (asks.MilliGpu > 0 && BudgetPolicy.WhyHeld(book.File, budgets, consumer.Group, consumer.Person) is not null)
                continue;
            if (book.Pools.Find(asks.Pool) is { } pool)
                found.Add(new WaitingWork(waiting.Run, waiting.Node, waiting.Attempts, waiting.Activity, consumer.Group, pool, Amount.Of(asks), waiting.Since));
        }
        return found;
    }
}
