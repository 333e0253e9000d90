using System.Text.Json;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Triggers;
using MLPlatform.Engine.Triggers;

namespace MLPlatform.Server.Triggers;

/// <summary>All triggers.</summary>
/// <param name="Backfills">Dates of backfills that have not started.</param>
/// <param name="Problems">Pipelines whose triggers rest because they do not compile any more, and why.</param>
public sealed record TriggersView(IReadOnlyList<TriggerView> Triggers, IReadOnlyList<FiringView> Backfills, IReadOnlyDictionary<string, string> Problems)
{
    internal static TriggersView From(TriggerOverview o) =>
        new([.. o.Triggers.Select(TriggerView.From)], [.. o.Backfills.Select(FiringView.From)], o.Problems);
}

/// <summary>A trigger of a registered pipeline.</summary>
/// <param name="Key"><c>{pipeline}/{name or index}</c>.</param>
/// <param name="Definition">As the pipeline file declares it.</param>
/// <param name="Next">The next instant it fires at; for cron triggers that are not paused.</param>
/// <param name="Last">Its last firing.</param>
/// <param name="Waiting">Firings whose runs have not started.</param>
public sealed record TriggerView(
    string Key, string Pipeline, JsonElement Definition, bool Paused, DateTimeOffset? Next, FiringView? Last, IReadOnlyList<FiringView> Waiting)
{
    internal static TriggerView From(TriggerState s) => new(
        s.Key, s.Pipeline, JsonSerializer.SerializeToElement(s.Definition, ActivityJson.Options), s.Paused, s.Next,
        s.Last is null ? null : FiringView.From(s.Last), [.. s.Waiting.Select(FiringView.From)]);
}

/// <summary>One firing of a trigger.</summary>
/// <param name="Instant">The instant or fact it fired for.</param>
/// <param name="Run">The run it started or will start.</param>
/// <param name="Dropped">Why it never starts a run; absent where it does.</param>
/// <param name="WaitsFor">What its run waits for; absent where it waits for nothing.</param>
public sealed record FiringView(string Trigger, string Instant, Guid Run, DateTimeOffset At, DateTimeOffset LogicalDate, string? Dropped, string? WaitsFor)
{
    internal static FiringView From(TriggerClaim c) => new(c.Trigger, c.Instant, c.Run.Value, c.At, c.LogicalDate, c.Dropped, null);

    internal static FiringView From(WaitingFiring w) => From(w.Claim) with { WaitsFor = w.Reason };
}

/// <summary>An instant that a cron trigger comes to.</summary>
/// <param name="Local">The same on the trigger's own clock.</param>
/// <param name="Fires">Whether a run starts.</param>
/// <param name="Note">What daylight saving does to it; absent where nothing.</param>
public sealed record InstantView(string Trigger, DateTimeOffset Instant, DateTimeOffset Local, bool Fires, string? Note)
{
    internal static InstantView From(string trigger, CronOccurrence o) => new(trigger, o.Instant, o.LocalClock, o.Fires, o.Note);
}

/// <summary>A webhook call that was taken.</summary>
/// <param name="Run">The run that starts.</param>
/// <param name="Again">Whether an earlier call with the same Idempotency-Key started it.</param>
public sealed record HookView(Guid Run, bool Again);

/// <summary>A webhook call that was understood and starts no run.</summary>
public sealed record NoRunView(string Because);

/// <summary>Runs over a range of dates.</summary>
/// <param name="From">The first date, included.</param>
/// <param name="To">The last date, included.</param>
/// <param name="Trigger">The cron trigger whose dates are taken; absent: the pipeline's only one, else every day.</param>
/// <param name="Limit">How many may be active at once. Default: 1.</param>
/// <param name="Again">Runs dates that a backfill has run before, too.</param>
/// <param name="DryRun">Only says which dates.</param>
public sealed record BackfillView(
    string Pipeline, DateOnly From, DateOnly To, string? Trigger = null, int Limit = 1, bool Again = false, bool DryRun = false,
    IReadOnlyDictionary<string, JsonElement>? Parameters = null);

/// <summary>A backfill.</summary>
/// <param name="Id">Absent for a dry run.</param>
/// <param name="Dates">What it runs, or would.</param>
/// <param name="DoneBefore">Dates that an earlier backfill has taken.</param>
public sealed record BackfillStartedView(string? Id, IReadOnlyList<BackfillDateView> Dates, IReadOnlyList<DateTimeOffset> DoneBefore);

/// <param name="Run">Absent for a dry run.</param>
public sealed record BackfillDateView(DateTimeOffset LogicalDate, Guid? Run);

/// <summary>What a look at the triggers did.</summary>
/// <param name="Started">Runs that were started.</param>
public sealed record LookView(int Started);

/// <summary>A trigger to ask the past about.</summary>
/// <param name="Trigger">As in a pipeline file.</param>
/// <param name="Days">How far back. Default: 7.</param>
public sealed record PreviewRequest(JsonElement Trigger, int Days = 7);
