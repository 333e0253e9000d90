using System.Security.Claims;
using Microsoft.AspNetCore.Http.HttpResults;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Alarms;
using MLPlatform.Core.Runs;
using MLPlatform.Engine.Alarms;
using MLPlatform.Server.Access;
using MLPlatform.Server.Describe;
using MLPlatform.Server.Problems;

namespace MLPlatform.Server.Alarms;

/// <summary>Alarms and what was sent about them.</summary>
internal static class AlarmEndpoints
{
    public static void MapAlarmList(this IEndpointRouteBuilder app)
    {
        RouteGroupBuilder alarms = app.MapGroup("/api/v1/alarms").WithTags("Alarms").RequireAuthorization(Permissions.View);
        alarms.MapGet("/", ListAlarms).WithName(nameof(ListAlarms)).WithSummary("Alarms, newest first.").ProducesProblem(400);
        alarms.MapGet("/deliveries", ListAlarmDeliveries).WithName(nameof(ListAlarmDeliveries)).WithSummary("What was sent about alarms or is to be, newest first.").ProducesProblem(400);
        alarms.MapGet("/{id}", GetAlarm).WithName(nameof(GetAlarm)).WithSummary("An alarm and what was sent about it.").ProducesProblem(404);
        alarms.MapPost("/{id}/acknowledge", AcknowledgeAlarm).WithName(nameof(AcknowledgeAlarm)).RequireAuthorization(Permissions.Edit)
            .WithSummary("Say that somebody looks at it: it is not escalated any more.").ProducesProblem(404).ProducesProblem(409);
        alarms.MapPost("/{id}/resolve", ResolveAlarm).WithName(nameof(ResolveAlarm)).RequireAuthorization(Permissions.Edit)
            .WithSummary("Say that it is over.").ProducesProblem(404).ProducesProblem(409);
    }

    private static async Task<Results<Ok<PageView<AlarmView>>, ProblemHttpResult>> ListAlarms(
        IAlarmStore store, CancellationToken cancel, string? state = null, string? pipeline = null, Guid? run = null, string? cursor = null, int limit = 50)
    {
        (AlarmStatus? status, ProblemHttpResult? unknown) = QueryEnum.Read<AlarmStatus>(state, "alarm state");
        if (unknown is not null)
            return unknown;
        if (limit is < 1 or > 500)
            return Problem.BadRequest("limit must lie between 1 and 500.");
        try
        {
            Page<Alarm> page = await store.ListAsync(new AlarmFilter(status, pipeline, run is { } id ? new RunId(id) : null), cursor, limit, cancel);
            return TypedResults.Ok(new PageView<AlarmView>([.. page.Items.Select(AlarmView.From)], page.Next));
        }
        catch (ActivityException e) when (cursor is not null && e.Kind == FailureKind.User)
        {
            return Problem.BadRequest(e.Message);
        }
    }

    private static async Task<Results<Ok<List<DeliveryView>>, ProblemHttpResult>> ListAlarmDeliveries(
        IAlarmDeliveryStore store, CancellationToken cancel, string? alarm = null, string? state = null, int limit = 100)
    {
        (DeliveryState? wanted, ProblemHttpResult? unknown) = QueryEnum.Read<DeliveryState>(state, "state of a delivery");
        if (unknown is not null)
            return unknown;
        return limit is < 1 or > 1000
            ? Problem.BadRequest("limit must lie between 1 and 1000.")
            : TypedResults.Ok((await store.ListAsync(alarm, wanted, limit, cancel)).Select(DeliveryView.From).ToList());
    }

    private static async Task<Results<Ok<AlarmDetail>, ProblemHttpResult>> GetAlarm(string id, IAlarmStore store, IAlarmDeliveryStore deliveries, CancellationToken cancel) =>
        await store.FindAsync(id, cancel) is { } alarm
            ? TypedResults.Ok(new AlarmDetail(AlarmView.From(alarm), [.. (await deliveries.ListAsync(id, null, 1000, cancel)).Select(DeliveryView.From)]))
            : NoAlarm(id);

    private static Task<Results<Ok<AlarmView>, ProblemHttpResult>> AcknowledgeAlarm(
        string id, ClaimsPrincipal user, IAlarmStore store, AlarmOptions options, AlarmDeliveryBell bell, Audit audit, TimeProvider time, CancellationToken cancel) =>
        ChangeAsync(id, new AlarmHappening.Acknowledge(user.Name, time.GetUtcNow()), "alarm.acknowledge", user, store, options, bell, audit, time, cancel);

    private static Task<Results<Ok<AlarmView>, ProblemHttpResult>> ResolveAlarm(
        string id, ResolveRequest request, ClaimsPrincipal user, IAlarmStore store, AlarmOptions options, AlarmDeliveryBell bell, Audit audit, TimeProvider time,
        CancellationToken cancel) =>
        ChangeAsync(id, new AlarmHappening.Resolve(time.GetUtcNow(), request.Because is { Length: > 0 } why ? why : $"{user.Name} says so", user.Name),
            "alarm.resolve", user, store, options, bell, audit, time, cancel);

    private static async Task<Results<Ok<AlarmView>, ProblemHttpResult>> ChangeAsync(
        string id, AlarmHappening happened, string action, ClaimsPrincipal user, IAlarmStore store, AlarmOptions options, AlarmDeliveryBell bell, Audit audit, TimeProvider time,
        CancellationToken cancel)
    {
        if (await store.ChangeAsync(id, happened, time.GetUtcNow() + options.GroupWait, cancel) is not { } changed)
            return NoAlarm(id);
        if (changed.Transition is AlarmTransition.Ignored ignored)
            return Problem.Conflict("ALARM-021", $"Nothing was changed: {ignored.Why}.", "'mlp alarms show' tells how the alarm stands.");
        await audit.WriteAsync(user, action, id, null, cancel);
        bell.Ring();
        return TypedResults.Ok(AlarmView.From(changed.Alarm));
    }

    private static ProblemHttpResult NoAlarm(string id) => Problem.NotFound($"alarm '{id}'", "'mlp alarms list' shows the alarms there are.");
}
