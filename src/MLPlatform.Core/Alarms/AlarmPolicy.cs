using System.Globalization;

namespace MLPlatform.Core.Alarms;

/// <summary>Decides which alarms to open, to resolve and to escalate. Pure: what it sees and the time go in, a decision comes out.</summary>
public static class AlarmPolicy
{
    public static AlarmDecision Decide(AlarmPicture picture, DateTimeOffset now)
    {
        BreachList breaches = new(now);
        foreach (WatchedRun run in picture.Runs)
            RunBreaches.Find(run, breaches);
        foreach (WatchedInstant instant in picture.Instants)
            ScheduleBreaches.Find(instant, picture.Standing, breaches);
        foreach (WatchedDataset dataset in picture.Datasets)
            DataBreaches.Find(dataset, breaches);
        foreach (WatchedDrift drift in picture.Drifts)
            DataBreaches.Find(drift, breaches);
        foreach (WatchedAgent agent in picture.Agents)
            DataBreaches.Find(agent, breaches);
        foreach (WatchedWorkspace workspace in picture.Workspaces)
            DataBreaches.Find(workspace, breaches);
        if (picture.Quotas is { } quotas)
            QuotaBreaches.Find(quotas, picture.Standing, breaches);

        List<AlarmEnding> resolve = [];
        List<Alarm> escalate = [];
        foreach (StandingAlarm standing in picture.Standing)
        {
            if (breaches.Has(standing.Alarm.Id) is false && Endings.Find(standing, picture) is { } ending)
                resolve.Add(ending);
            else if (standing.Alarm is { Escalate: { } others, State: AlarmState.Firing { Escalated: false } } && breaches.IsDue(standing.Alarm.OpenedAt + others.After))
                escalate.Add(standing.Alarm);
        }
        foreach (Alarm opened in breaches.Alarms)
            if (opened.Escalate is { } others)
                breaches.IsDue(opened.OpenedAt + others.After); // So that the next look is in time.
        return new AlarmDecision(breaches.Alarms, resolve, escalate, breaches.Next);
    }
}

/// <summary>Collects breaches, one for each id, and when to look again.</summary>
internal sealed class BreachList(DateTimeOffset now)
{
    private readonly Dictionary<string, Alarm> _alarms = new(StringComparer.Ordinal);
    private readonly HashSet<string> _goesOn = new(StringComparer.Ordinal);

    public DateTimeOffset Now => now;

    public DateTimeOffset? Next { get; private set; }

    public IReadOnlyList<Alarm> Alarms => [.. _alarms.Values];

    /// <summary>Whether what that alarm tells of is breached now.</summary>
    public bool Has(string id) => _alarms.ContainsKey(id) || _goesOn.Contains(id);

    /// <summary>What an alarm tells of goes on, though by another breach.</summary>
    public void GoesOn(string id) => _goesOn.Add(id);

    /// <summary>Whether the instant has come; if not, it is looked at again then.</summary>
    public bool IsDue(DateTimeOffset at)
    {
        if (at <= now)
            return true;
        if (Next is null || at < Next)
            Next = at;
        return false;
    }

    /// <param name="breach">What was breached; the same text is the same alarm.</param>
    public void Add(ScopedRule rule, AlarmEvent what, string breach, DateTimeOffset at, string? owner, string? subject, string summary, Runs.RunId? run = null, int? node = null)
    {
        string id = Alarm.IdOf(rule.Key, breach);
        _alarms.TryAdd(id, new Alarm
        {
            Id = id,
            Rule = rule.Key,
            Event = what,
            Severity = rule.Rule.Severity,
            Pipeline = rule.Pipeline,
            Subject = subject,
            Owner = owner,
            Run = run,
            Node = node,
            Summary = summary,
            At = at,
            OpenedAt = now,
            To = rule.Rule.To,
            Escalate = rule.Rule.Escalate,
            State = new AlarmState.Firing(),
        });
    }

    public static string Words(TimeSpan time) => time switch
    {
        { TotalSeconds: < 90 } => string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0.#} s"),
        { TotalMinutes: < 90 } => string.Create(CultureInfo.InvariantCulture, $"{time.TotalMinutes:0.#} min"),
        { TotalHours: < 48 } => string.Create(CultureInfo.InvariantCulture, $"{time.TotalHours:0.#} h"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{time.TotalDays:0.#} days"),
    };

    public static string Words(double value) => value.ToString("0.######", CultureInfo.InvariantCulture);

    public static string Words(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}
