using System.Security.Claims;
using Microsoft.AspNetCore.Http.HttpResults;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Pipelines;
using MLPlatform.Core.Runs;
using MLPlatform.Core.Sweeps;
using MLPlatform.Engine.Sweeps;
using MLPlatform.Server.Access;
using MLPlatform.Server.Describe;
using MLPlatform.Server.Idempotency;
using MLPlatform.Server.Problems;

namespace MLPlatform.Server.Sweeps;

/// <summary>Searches over the parameters of a pipeline.</summary>
internal static class SweepEndpoints
{
    /// <param name="run">Whether this host carries sweeps on: a command that only answers does not.</param>
    public static IServiceCollection AddSweeps(this IServiceCollection services, bool run)
    {
        services.AddSingleton<ITrialMetrics, TrialMetrics>().AddSingleton<SweepDesk>().AddSweepEngine();
        return run ? services.AddHostedService<SweepDelivery>() : services;
    }

    public static void MapSweeps(this IEndpointRouteBuilder app)
    {
        RouteGroupBuilder sweeps = app.MapGroup("/api/v1/sweeps").WithTags("Sweeps").RequireAuthorization(Permissions.View);
        sweeps.MapGet("/", ListSweeps).WithName(nameof(ListSweeps)).WithSummary("Sweeps, newest first.").ProducesProblem(400);
        sweeps.MapPost("/", StartSweep).WithName(nameof(StartSweep)).RequireAuthorization(Permissions.Edit)
            .WithSummary("Start a sweep of a registered pipeline or of a file; with an Idempotency-Key it starts once.").ProducesProblem(400).ProducesProblem(404).ProducesProblem(422);
        sweeps.MapPost("/check", CheckSweep).WithName(nameof(CheckSweep)).WithSummary("What a sweep would run, or what is wrong with it; nothing is started.").ProducesProblem(400);
        sweeps.MapGet("/{id:guid}", GetSweep).WithName(nameof(GetSweep)).WithSummary("A sweep, what it was asked for, and its best trial.").ProducesProblem(404);
        sweeps.MapGet("/{id:guid}/trials", ListTrials).WithName("ListSweepTrials").WithSummary("The trials of a sweep, in order.").ProducesProblem(404);
        sweeps.MapPost("/{id:guid}/stop", StopSweep).WithName(nameof(StopSweep)).RequireAuthorization(Permissions.Edit)
            .WithSummary("Propose no more trials, and stop those that run.").ProducesProblem(404).ProducesProblem(409);
        sweeps.MapPost("/{id:guid}/resume", ResumeSweep).WithName(nameof(ResumeSweep)).RequireAuthorization(Permissions.Edit)
            .WithSummary("Take an ended sweep up again: what failed or was cut off is run again, what was not tried is tried.").ProducesProblem(400).ProducesProblem(404).ProducesProblem(409);
    }

    private static async Task<Results<Created<SweepDetail>, ProblemHttpResult>> StartSweep(
        StartSweepRequest request, ClaimsPrincipal user, HttpContext context, SweepDesk desk, ISweepStore store, SweepSignal signal, Audit audit, TimeProvider time, CancellationToken cancel)
    {
        SweepId id = new(context.Features.Get<RunIdFeature>()?.Run.Value ?? Guid.CreateVersion7(time.GetUtcNow()));
        (Sweep? sweep, ProblemHttpResult? problem) = await desk.ReadAsync(request, id, user.Name, cancel);
        if (sweep is null)
            return problem!;
        sweep = await store.OpenAsync(sweep, cancel);
        await audit.WriteAsync(user, "sweep.start", id.ToString(), new { sweep.Name, sweep.Pipeline }, cancel);
        signal.Set();
        return TypedResults.Created($"/api/v1/sweeps/{id}", await DetailAsync(sweep, store, cancel));
    }

    private static async Task<Ok<SweepCheckView>> CheckSweep(
        StartSweepRequest request, ClaimsPrincipal user, SweepDesk desk, TimeProvider time, CancellationToken cancel)
    {
        (Sweep? sweep, ProblemHttpResult? problem) = await desk.ReadAsync(request, new SweepId(Guid.CreateVersion7(time.GetUtcNow())), user.Name, cancel);
        return TypedResults.Ok(sweep is null ? SweepCheckView.Of(problem!.ProblemDetails) : SweepCheckView.Of(sweep.Settings));
    }

    private static async Task<Results<Ok<PageView<SweepView>>, ProblemHttpResult>> ListSweeps(
        ISweepStore store, CancellationToken cancel, string? cursor = null, int limit = 50)
    {
        if (limit is < 1 or > 500)
            return Problem.BadRequest("limit must lie between 1 and 500.");
        try
        {
            Page<Sweep> page = await store.ListAsync(cursor, limit, cancel);
            List<SweepView> views = [];
            foreach (Sweep sweep in page.Items)
                views.Add(SweepView.From(sweep, await store.CountTrialsAsync(sweep.Id, cancel)));
            return TypedResults.Ok(new PageView<SweepView>(views, page.Next));
        }
        catch (ActivityException e) when (cursor is not null && e.Kind == FailureKind.User)
        {
            return Problem.BadRequest(e.Message);
        }
    }

    private static async Task<Results<Ok<SweepDetail>, ProblemHttpResult>> GetSweep(Guid id, ISweepStore store, CancellationToken cancel) =>
        await store.FindAsync(new SweepId(id), cancel) is { } sweep ? TypedResults.Ok(await DetailAsync(sweep, store, cancel)) : NoSweep(id);

    private static async Task<Results<Ok<List<TrialView>>, ProblemHttpResult>> ListTrials(Guid id, ISweepStore store, CancellationToken cancel) =>
        await store.FindAsync(new SweepId(id), cancel) is null
            ? NoSweep(id) : TypedResults.Ok((await store.ListTrialsAsync(new SweepId(id), cancel)).Select(TrialView.From).ToList());

    private static async Task<Results<Ok<SweepDetail>, ProblemHttpResult>> StopSweep(
        Guid id, ClaimsPrincipal user, ISweepStore store, SweepSignal signal, Audit audit, CancellationToken cancel)
    {
        bool stopped = await store.StopAsync(new SweepId(id), $"stopped by {user.Name}", cancel);
        if (await store.FindAsync(new SweepId(id), cancel) is not { } sweep)
            return NoSweep(id);
        if (stopped)
        {
            await audit.WriteAsync(user, "sweep.stop", id.ToString(), null, cancel);
            signal.Set();
        }
        else if (sweep.State is SweepState.Ended { Because: var why })
            return Problem.Conflict("SWEEP-015", $"The sweep has ended already: {why}.");
        return TypedResults.Ok(await DetailAsync(sweep, store, cancel));
    }

    private static async Task<Results<Ok<SweepDetail>, ProblemHttpResult>> ResumeSweep(
        Guid id, ResumeSweepRequest? request, ClaimsPrincipal user, ISweepStore store, SweepSignal signal, Audit audit, TimeProvider time, CancellationToken cancel)
    {
        TimeSpan length = default;
        if (request?.Time is { } text && (!IsoDuration.TryParse(text, out length) || length <= TimeSpan.Zero))
            return Problem.BadRequest($"'{text}' is no ISO 8601 duration.", $"Write it like {IsoDuration.Example}.");
        if (request?.Trials is < 1 or > SweepSettings.MostTrials)
            return Problem.BadRequest($"trials must lie between 1 and {SweepSettings.MostTrials}.");
        if (await store.FindAsync(new SweepId(id), cancel) is not { } sweep)
            return NoSweep(id);
        SweepExtension more = new(request?.Trials, request?.Time is null ? null : length);
        switch (SweepResumption.Decide(sweep, await store.ListTrialsAsync(sweep.Id, cancel), more, time.GetUtcNow()))
        {
            case SweepResumption.Refused refused:
                return Problem.Conflict("SWEEP-016", $"The sweep cannot go on: {refused.Why}.", refused.Hint);
            case SweepResumption.GoesOn on when await store.ResumeAsync(sweep, on.Settings, on.Again, cancel):
                await audit.WriteAsync(user, "sweep.resume", id.ToString(), new { again = on.Again.Count }, cancel);
                signal.Set();
                return TypedResults.Ok(await DetailAsync((await store.FindAsync(sweep.Id, cancel))!, store, cancel));
            default:
                return Problem.Conflict("SWEEP-017", "The sweep changed at this moment, or the activity that waited for it has not got its result yet.", "Try again.");
        }
    }

    private static async Task<SweepDetail> DetailAsync(Sweep sweep, ISweepStore store, CancellationToken cancel) => SweepDetail.From(
        sweep, await store.CountTrialsAsync(sweep.Id, cancel), Ranking.Best(await store.ListTrialsAsync(sweep.Id, cancel), sweep.Settings.Objective.Direction));

    private static ProblemHttpResult NoSweep(Guid id) => Problem.NotFound($"sweep '{id}'", "'mlp sweeps list' shows those there are.");
}
