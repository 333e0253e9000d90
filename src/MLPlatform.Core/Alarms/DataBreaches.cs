namespace MLPlatform.Core.Alarms;

/// <summary>Data that is late or has drifted, agents that are silent, and workspaces that are idle.</summary>
internal static class DataBreaches
{
    /// <summary>The bound of a stability index where the rule names none: what is usually called a large shift.</summary>
    public const double LargeShift = 0.2;

    public static void Find(WatchedDataset watched, BreachList breaches)
    {
        TimeSpan most = watched.Rule.Rule.OlderThan ?? TimeSpan.MaxValue;
        DateTimeOffset due = watched.Since + most;
        if (breaches.IsDue(due))
            breaches.Add(watched.Rule, AlarmEvent.Stale, FormattableString.Invariant($"stale {watched.Dataset} {watched.Version}"), due, watched.Owner, watched.Dataset,
                watched.Version == 0
                    ? $"Dataset {watched.Dataset} has no version after {BreachList.Words(most)}"
                    : FormattableString.Invariant($"Dataset {watched.Dataset} is late: version {watched.Version} is older than {BreachList.Words(most)}"));
    }

    public static void Find(WatchedDrift watched, BreachList breaches)
    {
        double bound = watched.Rule.Rule.Above ?? LargeShift;
        if (watched.Worst > bound)
            breaches.Add(watched.Rule, AlarmEvent.Drift, $"drift {watched.Subject} {watched.Version}", watched.At, watched.Owner, watched.Subject,
                $"{watched.Subject} has drifted: the stability index of {watched.Column} is {BreachList.Words(watched.Worst)}, above {BreachList.Words(bound)}");
    }

    public static void Find(WatchedWorkspace watched, BreachList breaches) =>
        breaches.Add(watched.Rule, AlarmEvent.Idle, FormattableString.Invariant($"idle {watched.Session} {watched.ActiveAt.ToUnixTimeMilliseconds()}"), breaches.Now, watched.Owner, watched.Name,
            $"WORK-010 Workspace {watched.Name} of {watched.Owner} is idle since {BreachList.Words(watched.ActiveAt)} (last used: {watched.ActiveBy}) and is reclaimed at {BreachList.Words(watched.ReclaimAt)}; its files are kept",
            watched.Session);

    public static void Find(WatchedAgent watched, BreachList breaches)
    {
        if (breaches.IsDue(watched.SilentFrom))
            breaches.Add(watched.Rule, AlarmEvent.Silent, FormattableString.Invariant($"silent {watched.Agent} {watched.LastAt.ToUnixTimeMilliseconds()}"), watched.SilentFrom,
                watched.Owner, watched.Agent, $"Agent {watched.Agent} is silent since {BreachList.Words(watched.LastAt)}");
    }
}
