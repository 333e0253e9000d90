using Microsoft.AspNetCore.Http.HttpResults;
using MLPlatform.Core.Experiments;
using MLPlatform.Core.Experiments.Search;
using MLPlatform.Server.Access;
using MLPlatform.Server.Describe;
using MLPlatform.Server.Experiments.Report;
using MLPlatform.Server.Problems;

namespace MLPlatform.Server.Experiments;

/// <summary>Experiments, tracked runs and their comparison, in the platform's own words.</summary>
internal static class ExperimentEndpoints
{
    private const int MostShown = 500;

    public static void MapExperiments(this IEndpointRouteBuilder app)
    {
        RouteGroupBuilder all = app.MapGroup("/api/v1/experiments").WithTags("Experiments").RequireAuthorization(Permissions.View)
            .ProducesProblem(400).ProducesProblem(404).AddEndpointFilter(TellRefusalsAsync);
        all.MapGet("/", ListExperiments).WithName(nameof(ListExperiments)).WithSummary("Experiments, the newest change first.");
        all.MapGet("/{experiment}/runs", ListTrackedRuns).WithName(nameof(ListTrackedRuns)).WithSummary("Tracked runs of an experiment, the youngest first.");
        all.MapGet("/{experiment}/runs/{run}", GetTrackedRun).WithName(nameof(GetTrackedRun)).WithSummary("A tracked run.");
        all.MapPost("/compare", CompareRuns).WithName(nameof(CompareRuns)).WithSummary("Tracked runs side by side: what differs first.");
        all.MapPost("/compare/report", ReportRuns).WithName("ReportComparedRuns").WithSummary("The comparison as one page that needs no other.")
            .Produces<string>(200, "text/html");
    }

    private static async Task<Ok<List<ExperimentView>>> ListExperiments(IExperimentStore store, CancellationToken cancel, bool deleted = false) =>
        TypedResults.Ok((await store.ListAsync(cancel)).Where(e => deleted || e.Stage == Lifecycle.Active).Select(ExperimentView.From).ToList());

    /// <param name="experiment">A name or an id.</param>
    /// <param name="filter">As tracking clients write it.</param>
    /// <param name="orderBy">As <c>metrics.auc DESC</c>.</param>
    private static async Task<Results<Ok<PageView<TrackedRunView>>, ProblemHttpResult>> ListTrackedRuns(
        string experiment, ComparisonDesk desk, ITrackedRunStore store, CancellationToken cancel, string? filter = null, string? orderBy = null, string? cursor = null, int limit = 50)
    {
        if (limit is < 1 or > 1000)
            return Problem.BadRequest("limit must lie between 1 and 1000.");
        IReadOnlyList<TrackedRun> all = await store.ListAsync([(await desk.FindExperimentAsync(experiment, cancel)).Id], LifecycleView.Active, cancel);
        SearchPage<TrackedRun> page = PageToken.PageOf(RunSearch.Select(all, filter, orderBy is null ? [] : [orderBy]), cursor, limit);
        return TypedResults.Ok(new PageView<TrackedRunView>([.. page.Items.Select(TrackedRunView.From)], page.Next));
    }

    private static async Task<Results<Ok<TrackedRunView>, ProblemHttpResult>> GetTrackedRun(
        string experiment, string run, ComparisonDesk desk, ITrackedRunStore store, CancellationToken cancel)
    {
        Experiment within = await desk.FindExperimentAsync(experiment, cancel);
        return await store.FindAsync(run, cancel) is { } found && found.Experiment == within.Id
            ? TypedResults.Ok(TrackedRunView.From(found)) : Problem.NotFound($"run '{run}' in the experiment '{experiment}'", "'mlp experiments show' lists its runs.");
    }

    private static async Task<Results<Ok<ComparisonView>, ProblemHttpResult>> CompareRuns(ComparisonRequest request, ComparisonDesk desk, CancellationToken cancel) =>
        Refusal(request) is { } problem ? problem : TypedResults.Ok(await desk.CompareAsync(request, cancel));

    private static async Task<Results<ContentHttpResult, ProblemHttpResult>> ReportRuns(
        ComparisonRequest request, ComparisonDesk desk, HttpResponse response, CancellationToken cancel)
    {
        if (Refusal(request) is { } problem)
            return problem;
        response.Headers.ContentSecurityPolicy = "sandbox; default-src 'none'; style-src 'unsafe-inline'";
        return TypedResults.Content(ComparisonReport.Write(await desk.CompareAsync(request, cancel)), "text/html; charset=utf-8");
    }

    private static ProblemHttpResult? Refusal(ComparisonRequest request) => request switch
    {
        { Runs: null or [], Experiments: null or [], Sweep: null } => Problem.BadRequest("Neither runs, experiments nor a sweep are named.", "Give 'runs', 'experiments' or 'sweep'."),
        { Show: < 1 or > MostShown } => Problem.BadRequest($"show must lie between 1 and {MostShown}."),
        _ => null,
    };

    private static async ValueTask<object?> TellRefusalsAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        try
        {
            return await next(context);
        }
        catch (TrackingException refused)
        {
            return Problem.Of(refused.Refusal == TrackingRefusal.Missing ? 404 : 400, refused.Code, refused.Message[(refused.Code.Length + 2)..]);
        }
    }
}
