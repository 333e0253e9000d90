using System.Globalization;
using MLPlatform.Core.Runs;
using MLPlatform.Core.Scheduling;
using MLPlatform.Core.Scheduling.Budgets;
using MLPlatform.Core.Scheduling.Quotas;

namespace MLPlatform.Core.Alarms;

/// <summary>What a look sees of quotas.</summary>
/// <param name="Book">The file with its rules, and what is held.</param>
/// <param name="Expansions">Those that have not ended, or did lately.</param>
/// <param name="Waiting">What waits for resources.</param>
/// <param name="Requests">Expansions that somebody asks for and nobody has decided.</param>
public sealed record WatchedQuotas(
    QuotaBook Book, IReadOnlyList<ExpansionRow> Expansions, IReadOnlyList<BudgetState> Budgets, IReadOnlyList<WaitingWork> Waiting, IReadOnlyList<ExpansionRequest> Requests);

/// <summary>An activity that waits for resources.</summary>
/// <param name="Pool">The pool that it asks for, by its real name.</param>
public sealed record WaitingWork(RunId Run, int Node, int Attempts, string Name, string Group, string Pool, Amount Asks, DateTimeOffset Since);

/// <summary>Groups that wait, budgets that are used, and expansions that end.</summary>
internal static class QuotaBreaches
{
    public static readonly TimeSpan UsualWait = TimeSpan.FromMinutes(15);
    public static readonly TimeSpan UsualNotice = TimeSpan.FromDays(1);

    /// <param name="standing">Alarms that are not resolved: while a group waits, what it waits with may change and says nothing new.</param>
    public static void Find(WatchedQuotas watched, IReadOnlyList<StandingAlarm> standing, BreachList breaches)
    {
        IReadOnlyList<QuotaAlarmRule> rules = watched.Book.File?.Alarms ?? [];
        for (int i = 0; i < rules.Count; i++)
        {
            ScopedRule scoped = rules[i].Scope(i);
            foreach (QuotaAlarmEvent what in rules[i].On.Distinct())
            {
                switch (what)
                {
                    case QuotaAlarmEvent.Starved or QuotaAlarmEvent.AtLimit:
                        Waits(watched, rules[i], scoped, QuotaAlarmRule.EventOf(what), standing, breaches);
                        break;
                    case QuotaAlarmEvent.Budget:
                        Budgets(watched, rules[i], scoped, breaches);
                        break;
                    case QuotaAlarmEvent.ExpansionAsked:
                        Requests(watched, rules[i], scoped, breaches);
                        break;
                    default:
                        Expansions(watched, rules[i], scoped, QuotaAlarmRule.EventOf(what), breaches);
                        break;
                }
            }
        }
    }

    private static void Waits(WatchedQuotas watched, QuotaAlarmRule rule, ScopedRule scoped, AlarmEvent what, IReadOnlyList<StandingAlarm> standing, BreachList breaches)
    {
        TimeSpan most = rule.LongerThan ?? UsualWait;
        foreach (IGrouping<(string Group, string Pool), WaitingWork> waiting in watched.Waiting
            .Where(w => (rule.Group is null || w.Group == rule.Group) && (rule.Pool is null || w.Pool == rule.Pool)).GroupBy(w => (w.Group, w.Pool)))
        {
            if (watched.Book.File?.Groups.GetValueOrDefault(waiting.Key.Group)?.Quotas.GetValueOrDefault(waiting.Key.Pool) is not { } quota)
                continue;
            (string group, string pool) = waiting.Key;
            Amount used = watched.Book.HeldBy(group, pool).Used, nominal = Counted(quota.Nominal, watched.Book.NominalOf(group, pool) ?? Amount.Zero);
            Amount limit = quota.BorrowingLimit is { } more ? Counted(more, nominal + more.Or(Amount.Zero)) : Everything;
            WaitingWork? oldest = waiting.Where(w => what == AlarmEvent.Starved ? (used + w.Asks).FitsIn(nominal) : !(used + w.Asks).FitsIn(limit)).MinBy(w => (w.Since, w.Run.Value, w.Node));
            if (oldest is null || !breaches.IsDue(oldest.Since + most))
                continue;
            string subject = $"{group} in {pool}";
            if (standing.FirstOrDefault(s => s.Alarm.Rule == scoped.Key && s.Alarm.Event == what && s.Alarm.Subject == subject) is { } stands)
            {
                breaches.GoesOn(stands.Alarm.Id);
                continue;
            }
            breaches.Add(scoped, what, FormattableString.Invariant($"{what} {subject} {oldest.Run} {oldest.Node} {oldest.Attempts}"), oldest.Since + most, null, subject,
                $"{subject} waits for more than {BreachList.Words(most)} with {oldest.Name} "
                + (what == AlarmEvent.Starved ? $"although it fits its nominal quota: it uses {AmountWords.Of(used)} of {AmountWords.Of(nominal)}" : $"because it may use no more: it uses {AmountWords.Of(used)} of {AmountWords.Of(limit)}"),
                oldest.Run, oldest.Node);
        }
    }

    private static void Budgets(WatchedQuotas watched, QuotaAlarmRule rule, ScopedRule scoped, BreachList breaches)
    {
        double part = (rule.Percent ?? 100) / 100;
        foreach (BudgetState budget in watched.Budgets.Where(b => (rule.Group is null || b.Group == rule.Group) && b.Part >= part))
        {
            // A budget that was raised and is used to that part again is another breach.
            breaches.Add(scoped, AlarmEvent.Budget, string.Create(CultureInfo.InvariantCulture, $"budget {budget.Whose} {budget.Month} {part} {budget.Hours}"), breaches.Now,
                budget.Person, budget.Whose, string.Create(CultureInfo.InvariantCulture, $"{budget.Whose} has used {budget.Part * 100:0.#} % of the budget of {budget.Hours:0.##} GPU hours in {budget.Month}")
                + (budget.Holds ? ": nothing that asks for a GPU begins" : budget.RunsOutAt is { } at ? $"; at this pace it is used up at {BreachList.Words(at)}" : ""));
        }
    }

    private static void Expansions(WatchedQuotas watched, QuotaAlarmRule rule, ScopedRule scoped, AlarmEvent what, BreachList breaches)
    {
        foreach (ExpansionRow row in watched.Expansions.Where(e => (rule.Group is null || e.Expansion.Group == rule.Group) && (rule.Pool is null || e.Expansion.Pool == rule.Pool)))
        {
            Expansion e = row.Expansion;
            bool over = e.Until <= breaches.Now;
            string of = $"the expansion of {e.Group} in {e.Pool} by {AmountWords.Of(e.More)}, approved by {e.Approver} ({e.Reason})";
            if (what == AlarmEvent.ExpansionEnds && !over && breaches.IsDue(e.Until - (rule.Within ?? UsualNotice)))
                breaches.Add(scoped, what, FormattableString.Invariant($"ends {e.Id} {e.Until.ToUnixTimeMilliseconds()}"), breaches.Now, null, e.Group, $"{of} ends at {BreachList.Words(e.Until)}");
            else if (what == AlarmEvent.ExpansionEnded && breaches.IsDue(e.Until))
                breaches.Add(scoped, what, FormattableString.Invariant($"ended {e.Id} {e.Until.ToUnixTimeMilliseconds()}"), e.Until, null, e.Group,
                    $"{of} {(row.EndedBy is { } by ? $"was ended by {by}" : "has ended")} at {BreachList.Words(e.Until)}");
        }
    }

    private static void Requests(WatchedQuotas watched, QuotaAlarmRule rule, ScopedRule scoped, BreachList breaches)
    {
        foreach (ExpansionRequest r in watched.Requests.Where(r => !breaches.IsDue(r.ExpiresAt)
            && (rule.Group is null || r.Group == rule.Group) && (rule.Pool is null || r.Pool == rule.Pool)))
        {
            breaches.Add(scoped, AlarmEvent.ExpansionAsked, $"asked {r.Id}", r.AskedAt, null, r.Group,
                $"{r.AskedBy} asks for {AmountWords.Of(r.More)} more of {r.Pool} for {r.Group} until {BreachList.Words(r.Until)} ({r.Reason}); it expires at {BreachList.Words(r.ExpiresAt)}");
        }
    }

    private static readonly Amount Everything = new(long.MaxValue / 4, long.MaxValue / 4, long.MaxValue / 4);

    // A resource that is not declared is not counted, so nothing waits for it.
    private static Amount Counted(AmountDeclaration declared, Amount amount) => new(
        declared.Cpu is null ? Everything.MilliCpu : amount.MilliCpu,
        declared.Memory is null ? Everything.MemoryBytes : amount.MemoryBytes,
        declared.Gpu is null ? Everything.MilliGpu : amount.MilliGpu);
}
