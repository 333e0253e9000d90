using System.Text.Json;
using MLPlatform.Core.Access;
using MLPlatform.Core.Runs;
using MLPlatform.Core.Triggers;

namespace MLPlatform.Engine.Triggers;

/// <summary>A backfill to start.</summary>
/// <param name="Limit">How many of its runs may be active at once, from 1.</param>
/// <param name="Again">Runs dates that a backfill has run before, too.</param>
/// <param name="Parameters">Parameters of its runs, over those of the trigger whose dates it takes.</param>
/// <param name="DryRun">Nothing is started.</param>
public sealed record BackfillRequest(
    string Pipeline, BackfillRange Range, int Limit, string By, bool Again = false,
    IReadOnlyDictionary<string, JsonElement>? Parameters = null, bool DryRun = false);

/// <summary>What became of a request.</summary>
public abstract record BackfillResult
{
    private BackfillResult() { }

    /// <param name="Id">Its id; null for a dry run.</param>
    /// <param name="Dates">The dates it runs, or would run, with their runs.</param>
    /// <param name="DoneBefore">Dates that an earlier backfill has taken.</param>
    public sealed record Started(string? Id, IReadOnlyList<BackfillDate> Dates, IReadOnlyList<DateTimeOffset> DoneBefore) : BackfillResult;

    public sealed record NotFound(string Code, string Message) : BackfillResult;

    public sealed record Refused(string Code, string Message, string? Hint) : BackfillResult;
}

/// <param name="Run">Null for a dry run.</param>
public sealed record BackfillDate(DateTimeOffset LogicalDate, RunId? Run);

/// <summary>
/// Starts backfills. Every date is claimed at once, so the claims are the backfill: which of them have runs, and how
/// those stand, is all its state, and a restarted server goes on with it.
/// </summary>
public sealed class BackfillStarter
{
    private readonly PipelineShelf _shelf;
    private readonly ITriggerStore _triggers;
    private readonly IAccessStore _access;
    private readonly TriggerReplica _replica;
    private readonly TriggerSignal _signal;
    private readonly TimeProvider _time;

    internal BackfillStarter(
        PipelineShelf shelf, ITriggerStore triggers, IAccessStore access, TriggerReplica replica, TriggerSignal signal, TimeProvider time) =>
        (_shelf, _triggers, _access, _replica, _signal, _time) = (shelf, triggers, access, replica, signal, time);

    public async Task<BackfillResult> StartAsync(BackfillRequest request, CancellationToken cancel)
    {
        ShelvedPipeline? pipeline = await _shelf.FindAsync(request.Pipeline, cancel).ConfigureAwait(false);
        if (pipeline is null)
            return new BackfillResult.NotFound("TRIG-043", $"there is no registered pipeline '{request.Pipeline}'");
        if (pipeline.Problem is { } broken)
            return new BackfillResult.Refused("TRIG-023", broken, "Apply a corrected file.");
        if (request.Limit < 1)
            return new BackfillResult.Refused("TRIG-044", $"the limit is {request.Limit}", "At least one run must be allowed at once.");
        if (BackfillPlan.Create(request.Pipeline, pipeline.Schedule, request.Range, out ScheduleProblem? problem) is not { } plan)
            return new BackfillResult.Refused(problem!.Code, problem.Message, problem.Hint);
        return request.DryRun
            ? await TryAsync(request, plan, cancel).ConfigureAwait(false)
            : await ClaimAsync(request, plan, cancel).ConfigureAwait(false);
    }

    private async Task<BackfillResult> TryAsync(BackfillRequest request, BackfillPlan plan, CancellationToken cancel)
    {
        List<BackfillDate> dates = [];
        List<DateTimeOffset> done = [];
        foreach (DateTimeOffset date in plan.Dates)
            if (!request.Again && await _triggers.FindAsync(Key(request), TriggerInstant.Text(date), cancel).ConfigureAwait(false) is not null)
                done.Add(date);
            else
                dates.Add(new(date, null));
        return new BackfillResult.Started(null, dates, done);
    }

    private async Task<BackfillResult> ClaimAsync(BackfillRequest request, BackfillPlan plan, CancellationToken cancel)
    {
        DateTimeOffset now = _time.GetUtcNow();
        BackfillOrder order = new(Guid.CreateVersion7(now).ToString("N"), request.Limit, request.By);
        Dictionary<string, JsonElement> parameters = new(plan.Source.Parameters ?? new Dictionary<string, JsonElement>());
        foreach ((string name, JsonElement value) in request.Parameters ?? new Dictionary<string, JsonElement>())
            parameters[name] = value;
        List<BackfillDate> dates = [];
        List<DateTimeOffset> done = [];
        foreach (DateTimeOffset date in plan.Dates)
        {
            // Run again, a date is claimed under the backfill's id as well.
            string instant = TriggerInstant.Text(date) + (request.Again ? "#" + order.Id : "");
            TriggerClaim claim = new(Key(request), instant, new RunId(Guid.CreateVersion7(now)), now)
            {
                LogicalDate = date,
                Owner = _replica.Name(),
                FactsJson = TriggerFacts.Backfill(Key(request), date, order, plan.Source.TimeZone, parameters),
            };
            if (await _triggers.ClaimAsync(claim, cancel).ConfigureAwait(false))
                dates.Add(new(date, claim.Run));
            else
                done.Add(date);
        }
        string detail = JsonSerializer.Serialize(
            new { backfill = order.Id, from = plan.Dates[0], to = plan.Dates[^1], runs = dates.Count, limit = order.Limit, again = request.Again },
            JsonSerializerOptions.Web);
        await _access.AuditAsync(new AuditEntry(0, now, request.By, "backfill.start", request.Pipeline, detail), cancel).ConfigureAwait(false);
        _signal.Set();
        return new BackfillResult.Started(order.Id, dates, done);
    }

    private static string Key(BackfillRequest request) => $"{request.Pipeline}/{ScheduleCheck.BackfillName}";
}
