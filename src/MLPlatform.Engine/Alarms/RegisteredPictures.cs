using System.Globalization;
using System.Text.Json;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Alarms;
using MLPlatform.Core.Bees;
using MLPlatform.Core.Datasets;
using MLPlatform.Core.Features;
using MLPlatform.Core.Runs;
using MLPlatform.Core.Triggers;
using MLPlatform.Core.Workspaces;
using MLPlatform.Engine.Triggers;

namespace MLPlatform.Engine.Alarms;

/// <summary>What a look sees of schedules, data, agents and workspaces, for the rules of registered pipelines and of the settings.</summary>
internal sealed class RegisteredPictures(IRunStore runs, ITriggerStore triggers, IDatasetStore datasets, IFeatureStore features, ISourceStore sources, IWorkspaceStore workspaces, AlarmOptions options)
{
    /// <summary>How long after it should have started an instant is still looked at.</summary>
    private static readonly TimeSpan Lookback = TimeSpan.FromDays(1);

    public async Task<AlarmPicture> ReadAsync(IReadOnlyList<ShelvedPipeline> pipelines, DateTimeOffset now, CancellationToken cancel)
    {
        List<WatchedInstant> instants = [];
        List<WatchedDataset> late = [];
        List<WatchedDrift> drifts = [];
        List<(ScopedRule Rule, string? Owner)> silent = [.. Everywhere()];
        foreach (ShelvedPipeline pipeline in pipelines)
        {
            if (pipeline.Compiled is not { File: { } file } || PlanAlarms.Of(file) is not { Rules.Count: > 0 } rules)
                continue;
            foreach (ScopedRule rule in rules.Rules)
                foreach (AlarmEvent what in rule.Rule.On)
                {
                    if (what is AlarmEvent.NotStarted or AlarmEvent.NotEnded && !pipeline.Revision.Paused)
                        await AddInstantsAsync(pipeline, rule, rules.Owner, what, now, instants, cancel).ConfigureAwait(false);
                    else if (what == AlarmEvent.Stale && rule.Rule.Dataset is { } dataset)
                        late.Add(await AgeAsync(pipeline, rule, rules.Owner, dataset, cancel).ConfigureAwait(false));
                    else if (what == AlarmEvent.Drift && rule.Rule.Features is { } group && await DriftAsync(rule, rules.Owner, group, cancel).ConfigureAwait(false) is { } drift)
                        drifts.Add(drift);
                    else if (what == AlarmEvent.Silent)
                        silent.Add((rule, rules.Owner));
                }
        }
        return new AlarmPicture
        {
            Instants = instants,
            Datasets = late,
            Drifts = drifts,
            Agents = silent.Count == 0 ? [] : await AgentsAsync(silent, cancel).ConfigureAwait(false),
            Workspaces = options.IdleWorkspacesTo.Count == 0 ? [] : await WorkspacesAsync(cancel).ConfigureAwait(false),
        };
    }

    private async Task<List<WatchedWorkspace>> WorkspacesAsync(CancellationToken cancel)
    {
        ScopedRule rule = new("#idle-workspaces", "", null, new AlarmRule { On = [AlarmEvent.Idle], To = [.. options.IdleWorkspacesTo] });
        return [.. from workspace in await workspaces.ListLiveAsync(cancel).ConfigureAwait(false)
                   let warned = workspace.State as WorkspaceState.Warned
                   where warned is not null
                   select new WatchedWorkspace(rule, workspace.Name, workspace.Owner, warned.Session, warned.ActiveAt, warned.ActiveBy, warned.ReclaimAt)];
    }

    private IEnumerable<(ScopedRule, string?)> Everywhere() => options.SilentAgentsTo.Count == 0 ? [] :
        [(new ScopedRule("#silent-agents", "", null, new AlarmRule { On = [AlarmEvent.Silent], To = [.. options.SilentAgentsTo] }), null)];

    private async Task AddInstantsAsync(
        ShelvedPipeline pipeline, ScopedRule rule, string? owner, AlarmEvent what, DateTimeOffset now, List<WatchedInstant> found, CancellationToken cancel)
    {
        TimeSpan within = rule.Rule.Within ?? TimeSpan.Zero;
        foreach ((string key, CronTrigger trigger) in pipeline.Triggers<CronTrigger>())
        {
            // Only the newest that is overdue is judged: one alarm tells that the pipeline stands still. The next says when to look again.
            DateTimeOffset? overdue = null, next = null;
            CronSchedule schedule = CronSchedule.Of(trigger);
            foreach (DateTimeOffset instant in schedule.Between(now - within - Lookback, now))
            {
                if (instant + within <= now)
                    overdue = instant;
                else
                    next ??= instant;
            }
            next ??= schedule.Next(now, 1) is [DateTimeOffset coming] ? coming : null;
            foreach (DateTimeOffset instant in new[] { overdue, next }.OfType<DateTimeOffset>())
            {
                TriggerClaim? claim = await triggers.FindAsync(key, TriggerInstant.Text(instant), cancel).ConfigureAwait(false);
                // A trigger owes nothing from before it was registered, and nothing from while it was paused.
                if (claim is null ? instant <= pipeline.Revision.AppliedAt : claim.Dropped?.StartsWith("TRIG-026", StringComparison.Ordinal) == true)
                    continue;
                found.Add(new WatchedInstant(rule, owner, what, key, instant, await RunOfAsync(pipeline.Id, claim, instant, cancel).ConfigureAwait(false), claim?.Dropped));
            }
        }
    }

    // The trigger's own run, else one that a person or a backfill made up for it.
    private async Task<RunRow?> RunOfAsync(string pipeline, TriggerClaim? claim, DateTimeOffset instant, CancellationToken cancel)
    {
        RunRow? own = claim is null ? null : await runs.FindRunAsync(claim.Run, cancel).ConfigureAwait(false);
        if (own is { Status: not (RunStatus.Failed or RunStatus.Cancelled) })
            return own;
        RunFilter same = new(pipeline, LogicalFrom: instant, LogicalBefore: instant.AddSeconds(1));
        Page<RunRow> others = await runs.ListRunsAsync(same, null, 50, cancel).ConfigureAwait(false);
        return others.Items.FirstOrDefault(r => r.Status == RunStatus.Succeeded) ?? own ?? (others.Items.Count > 0 ? others.Items[0] : null);
    }

    private async Task<WatchedDataset> AgeAsync(ShelvedPipeline pipeline, ScopedRule rule, string? owner, string dataset, CancellationToken cancel)
    {
        DatasetVersion? newest = await datasets.FindVersionAsync(dataset, null, null, cancel).ConfigureAwait(false);
        return new WatchedDataset(rule, owner, dataset, newest?.Version ?? 0, newest?.CreatedAt ?? pipeline.Revision.AppliedAt);
    }

    /// <summary>The newest table of a group against the one before it; null where there are not two.</summary>
    private async Task<WatchedDrift?> DriftAsync(ScopedRule rule, string? owner, string group, CancellationToken cancel)
    {
        if (await features.FindAsync(group, null, cancel).ConfigureAwait(false) is not { } registered
            || await features.ListTablesAsync(group, registered.Version, cancel).ConfigureAwait(false) is not [{ } newest, { } before, ..])
            return null;
        Dictionary<string, FeatureProfile> earlier = Profiles(before).ToDictionary(p => p.Feature, StringComparer.Ordinal);
        (string Feature, double Psi) worst = Profiles(newest)
            .Select(p => (p.Feature, Psi: earlier.TryGetValue(p.Feature, out FeatureProfile? was) && p.DriftFrom(was) is { } drift ? drift.Psi : 0))
            .OrderByDescending(p => p.Psi).FirstOrDefault();
        return new WatchedDrift(rule, owner, group, string.Create(CultureInfo.InvariantCulture, $"{registered.Version}.{newest.Number}"), worst.Feature ?? "", worst.Psi, newest.CreatedAt);
    }

    private static List<FeatureProfile> Profiles(FeatureTableRow table) => JsonSerializer.Deserialize<List<FeatureProfile>>(table.ProfileJson, ActivityJson.Options)!;

    private async Task<List<WatchedAgent>> AgentsAsync(List<(ScopedRule Rule, string? Owner)> rules, CancellationToken cancel)
    {
        IReadOnlyList<AgentRow> agents = await sources.ListAgentsAsync(cancel).ConfigureAwait(false);
        return [.. rules.SelectMany(r => agents.Where(a => r.Rule.Rule.Agent is null || r.Rule.Rule.Agent == a.Agent).Select(a =>
            new WatchedAgent(r.Rule, r.Owner, a.Agent, a.At, a.At + TimeSpan.FromSeconds(AgentReport.Patience * a.Report.EverySeconds))))];
    }
}
