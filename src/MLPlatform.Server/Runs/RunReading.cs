using Microsoft.AspNetCore.Http.HttpResults;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Alarms;
using MLPlatform.Core.Plans;
using MLPlatform.Core.Runs;
using MLPlatform.Engine.Runs;
using MLPlatform.Server.Access;
using MLPlatform.Server.Describe;
using MLPlatform.Server.Hosting;
using MLPlatform.Server.Problems;

namespace MLPlatform.Server.Runs;

/// <summary>What can be read about runs.</summary>
internal static class RunReading
{
    public static void MapRunReading(this IEndpointRouteBuilder app)
    {
        RouteGroupBuilder runs = app.MapGroup("/api/v1/runs").WithTags("Runs").RequireAuthorization(Permissions.View).ProducesProblem(404);
        runs.MapGet("/", ListRuns).WithName(nameof(ListRuns)).WithSummary("Runs, newest first.").ProducesProblem(400);
        runs.MapGet("/{id:guid}", GetRun).WithName(nameof(GetRun)).WithSummary("A run with its activities.");
        runs.MapGet("/{id:guid}/plan", GetRunPlan).WithName(nameof(GetRunPlan)).WithSummary("What a run carries out: its activities and what each depends on.");
        runs.MapGet("/{id:guid}/waiting", ListWaiting).WithName("ListRunWaiting").WithSummary("Why activities of a run wait for resources: the one thing that keeps each, what would let it start, and when.");
        runs.MapGet("/{id:guid}/activities", ListActivities).WithName("ListRunActivities").WithSummary("The activities of a run, by node.");
        runs.MapGet("/{id:guid}/attempts", ListAttempts).WithName("ListRunAttempts").WithSummary("The attempts of a run, or of one activity of it.");
        runs.MapGet("/{id:guid}/artifacts", ListArtifacts).WithName("ListRunArtifacts").WithSummary("The artifacts that a run made.");
        runs.MapGet("/{id:guid}/metrics", ListMetrics).WithName("ListRunMetrics").WithSummary("The metrics that a run's attempts reported.");
        runs.MapGet("/{id:guid}/journal", GetJournal).WithName(nameof(GetJournal)).WithSummary("The journal of a run: every event, in order.");
    }

    private static async Task<Results<Ok<PageView<RunView>>, ProblemHttpResult>> ListRuns(
        IRunStore store, CancellationToken cancel, string? pipeline = null, string? state = null,
        DateTimeOffset? createdAfter = null, DateTimeOffset? createdBefore = null, string? cursor = null, int limit = 50)
    {
        (RunStatus? status, ProblemHttpResult? unknown) = QueryEnum.Read<RunStatus>(state, "run state");
        if (unknown is not null)
            return unknown;
        if (limit is < 1 or > 500)
            return Problem.BadRequest("limit must lie between 1 and 500.");
        RunFilter filter = new(pipeline, status, createdAfter, createdBefore);
        try
        {
            Page<RunRow> page = await store.ListRunsAsync(filter, cursor, limit, cancel);
            return TypedResults.Ok(new PageView<RunView>([.. page.Items.Select(RunView.From)], page.Next));
        }
        catch (ActivityException e) when (cursor is not null && e.Kind == FailureKind.User)
        {
            return Problem.BadRequest(e.Message);
        }
    }

    private static async Task<Results<Ok<RunDetail>, ProblemHttpResult>> GetRun(Guid id, IRunStore store, IAlarmStore alarms, WaitReasons reasons, CancellationToken cancel)
    {
        if (await store.FindRunAsync(new RunId(id), cancel) is not { } row)
            return NoRun(id);
        IReadOnlyList<ActivityRow> activities = await RunNodes.ListAsync(store, row, cancel);
        return TypedResults.Ok(RunDetail.From(row, activities, await WaitView.OfAsync(row, activities, reasons, cancel),
            (await alarms.ListAsync(new AlarmFilter(Run: row.Id), null, 100, cancel)).Items));
    }

    private static async Task<Results<Ok<RunPlanView>, ProblemHttpResult>> GetRunPlan(Guid id, IRunStore store, CancellationToken cancel) =>
        await store.FindRunAsync(new RunId(id), cancel) is { } row
            ? TypedResults.Ok(await store.FindPlanAsync(row.PlanHash, cancel) is { } json ? RunPlanView.From(PlanJson.Deserialize(json)) : new RunPlanView([]))
            : NoRun(id);

    private static async Task<Results<Ok<List<WaitView>>, ProblemHttpResult>> ListWaiting(Guid id, IRunStore store, WaitReasons reasons, CancellationToken cancel)
    {
        if (await store.FindRunAsync(new RunId(id), cancel) is not { } row)
            return NoRun(id);
        return TypedResults.Ok(await WaitView.OfAsync(row, await RunNodes.ListAsync(store, row, cancel), reasons, cancel));
    }

    private static async Task<Results<Ok<PageView<ActivityView>>, ProblemHttpResult>> ListActivities(
        Guid id, IRunStore store, CancellationToken cancel, string? state = null, int cursor = 0, int limit = 500)
    {
        if (limit is < 1 or > 10_000 || cursor < 0)
            return Problem.BadRequest("limit must lie between 1 and 10000, and cursor must not be negative.");
        if (await store.FindRunAsync(new RunId(id), cancel) is not { } row)
            return NoRun(id);
        List<ActivityRow> rest = [.. (await RunNodes.ListAsync(store, row, cancel))
            .Where(a => state is null || a.Status.ToString().Equals(state, StringComparison.OrdinalIgnoreCase)).Skip(cursor)];
        string? next = rest.Count > limit ? (cursor + limit).ToString(System.Globalization.CultureInfo.InvariantCulture) : null;
        return TypedResults.Ok(new PageView<ActivityView>([.. rest.Take(limit).Select(ActivityView.From)], next));
    }

    private static async Task<Results<Ok<List<AttemptView>>, ProblemHttpResult>> ListAttempts(
        Guid id, IRunStore store, HostSettings settings, CancellationToken cancel, string? activity = null)
    {
        RunId run = new(id);
        if (await store.FindRunAsync(run, cancel) is null)
            return NoRun(id);
        int? node = null;
        if (activity is not null)
        {
            node = await RunNodes.FindAsync(store, run, activity, cancel);
            if (node is null)
                return NoActivity(id, activity);
        }
        return TypedResults.Ok((await store.ListAttemptsAsync(run, node, cancel)).Select(a => AttemptView.From(a, settings.Home)).ToList());
    }

    private static async Task<Results<Ok<List<RunArtifactView>>, ProblemHttpResult>> ListArtifacts(Guid id, IRunStore store, CancellationToken cancel)
    {
        if (await store.FindRunAsync(new RunId(id), cancel) is null)
            return NoRun(id);
        return TypedResults.Ok((await store.ListArtifactsAsync(new RunId(id), cancel))
            .Select(a => new RunArtifactView(a.Node, a.Number, a.Output, a.Hash, a.Kind, a.Bytes, a.At)).ToList());
    }

    private static async Task<Results<Ok<List<MetricView>>, ProblemHttpResult>> ListMetrics(Guid id, IRunStore store, CancellationToken cancel)
    {
        if (await store.FindRunAsync(new RunId(id), cancel) is null)
            return NoRun(id);
        return TypedResults.Ok((await store.ListMetricsAsync(new RunId(id), cancel))
            .Select(m => new MetricView(m.Node, m.Number, m.Name, m.Step, m.Value, m.At)).ToList());
    }

    private static async Task<Results<Ok<PageView<JournalView>>, ProblemHttpResult>> GetJournal(
        Guid id, IRunStore store, CancellationToken cancel, long cursor = 0, int limit = 500)
    {
        if (limit is < 1 or > 10_000)
            return Problem.BadRequest("limit must lie between 1 and 10000.");
        if (await store.FindRunAsync(new RunId(id), cancel) is null)
            return NoRun(id);
        List<JournalView> entries = await store.ReadJournalAsync(new RunId(id), cursor, cancel).Take(limit + 1)
            .Select(JournalView.From).ToListAsync(cancel);
        bool more = entries.Count > limit;
        if (more)
            entries.RemoveAt(limit);
        return TypedResults.Ok(new PageView<JournalView>(
            entries, more ? entries[^1].Sequence.ToString(System.Globalization.CultureInfo.InvariantCulture) : null));
    }

    internal static ProblemHttpResult NoRun(Guid id) => Problem.NotFound($"run {id}", "'mlp runs list' shows the runs there are.");

    internal static ProblemHttpResult NoActivity(Guid id, string name) =>
        Problem.NotFound($"activity '{name}' in run {id}", "'mlp runs show' lists its activities; a forEach instance is written name[0].");
}
