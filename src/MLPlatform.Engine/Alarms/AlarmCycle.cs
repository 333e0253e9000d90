using Microsoft.Extensions.Logging;
using MLPlatform.Core.Alarms;
using MLPlatform.Core.Runs;
using MLPlatform.Engine.Triggers;

namespace MLPlatform.Engine.Alarms;

/// <summary>What one look found.</summary>
/// <param name="Next">When to look again at the latest, or null.</param>
/// <param name="Pipelines">Registered pipelines and those of active runs that have rules: their ends are worth a look.</param>
internal sealed record AlarmReport(DateTimeOffset? Next, int Opened, IReadOnlySet<string> Pipelines);

/// <summary>
/// One look at all that alarms may be about. Ends of runs are found by a scan that overlaps the one before, so none is
/// missed; an alarm's id is the hash of its breach, so none is opened twice, whoever looks.
/// </summary>
internal sealed partial class AlarmCycle(
    IAlarmStore alarms, PipelineShelf shelf, RunPictures runs, RegisteredPictures registered, QuotaPictures quotas, StandingPictures standing, EvidenceReader evidence,
    AlarmDeliveryBell deliveries, AlarmOptions options, TimeProvider time, ILogger<AlarmCycle> log)
{
    private static readonly TimeSpan Housekeeping = TimeSpan.FromHours(1);
    private DateTimeOffset _forgot;

    public async Task<AlarmReport> RunOnceAsync(CancellationToken cancel)
    {
        // 1. See.
        DateTimeOffset now = time.GetUtcNow();
        DateTimeOffset watermark = await alarms.FindWatermarkAsync(cancel).ConfigureAwait(false) ?? now;
        DateTimeOffset since = watermark - options.Overlap;
        IReadOnlyList<ShelvedPipeline> pipelines = await shelf.ListAsync(cancel).ConfigureAwait(false);
        RunsSeen seen = await runs.ReadAsync(since, now, cancel).ConfigureAwait(false);
        AlarmPicture picture = await registered.ReadAsync(pipelines, now, cancel).ConfigureAwait(false) with
        {
            Runs = seen.Runs,
            Quotas = await quotas.ReadAsync(now, cancel).ConfigureAwait(false),
            Standing = await standing.ReadAsync(cancel).ConfigureAwait(false),
        };

        // 2. Decide.
        AlarmDecision decision = AlarmPolicy.Decide(picture, now);

        // 3. Commit, with the evidence of what is new.
        IReadOnlySet<string> known = await alarms.ListKnownAsync([.. decision.Open.Select(a => a.Id)], cancel).ConfigureAwait(false);
        List<Alarm> open = [];
        foreach (Alarm alarm in decision.Open.Where(a => !known.Contains(a.Id)))
            open.Add(await evidence.AddAsync(alarm, cancel).ConfigureAwait(false));
        AlarmCommit commit = new(open, decision.Resolve, decision.Escalate, now, now + options.GroupWait, now);
        if (!commit.ChangesNothing || seen.Ended.Count > 0 || now - watermark >= options.Recheck || watermark == now)
        {
            IReadOnlyList<string> opened = await alarms.CommitAsync(commit, cancel).ConfigureAwait(false);
            foreach (Alarm alarm in open.Where(a => opened.Contains(a.Id)))
                LogOpened(log, alarm.Id, alarm.Rule, alarm.Summary);
            if (!commit.ChangesNothing)
                deliveries.Ring();
        }
        runs.Settle(seen, now - options.Overlap * 2);
        await ForgetAsync(now, cancel).ConfigureAwait(false);
        return new AlarmReport(decision.Next, open.Count, Pipelines(pipelines, seen));
    }

    private static HashSet<string> Pipelines(IReadOnlyList<ShelvedPipeline> pipelines, RunsSeen seen)
    {
        HashSet<string> watched = [.. seen.Runs.Where(r => !r.Run.Status.IsTerminal()).Select(r => r.Run.Pipeline)];
        watched.UnionWith(pipelines.Where(p => p.Compiled?.File is { } file && PlanAlarms.Of(file).Rules.Count > 0).Select(p => p.Id));
        return watched;
    }

    private async Task ForgetAsync(DateTimeOffset now, CancellationToken cancel)
    {
        if (now - _forgot < Housekeeping)
            return;
        _forgot = now;
        await alarms.ForgetAsync(now - options.KeepFor, cancel).ConfigureAwait(false);
    }

    [LoggerMessage(3101, LogLevel.Warning, "Alarm {Alarm} by rule {Rule}: {Summary}")]
    private static partial void LogOpened(ILogger logger, string alarm, string rule, string summary);
}
