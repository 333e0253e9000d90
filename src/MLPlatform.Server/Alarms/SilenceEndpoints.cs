using System.Security.Claims;
using Microsoft.AspNetCore.Http.HttpResults;
using MLPlatform.Core.Alarms;
using MLPlatform.Core.Runs;
using MLPlatform.Engine.Alarms;
using MLPlatform.Server.Access;
using MLPlatform.Server.Problems;

namespace MLPlatform.Server.Alarms;

/// <summary>Silences and channels.</summary>
internal static class SilenceEndpoints
{
    private static readonly TimeSpan Longest = TimeSpan.FromDays(366);

    public static void MapSilences(this IEndpointRouteBuilder app)
    {
        RouteGroupBuilder silences = app.MapGroup("/api/v1/alarm-silences").WithTags("Alarms").RequireAuthorization(Permissions.View);
        silences.MapGet("/", ListAlarmSilences).WithName(nameof(ListAlarmSilences)).WithSummary("Silences that have not ended.");
        silences.MapPost("/", AddAlarmSilence).WithName(nameof(AddAlarmSilence)).RequireAuthorization(Permissions.Edit)
            .WithSummary("Tell nobody for a while about alarms that match; what still fires when it ends is told then.").ProducesProblem(400);
        silences.MapDelete("/{id}", EndAlarmSilence).WithName(nameof(EndAlarmSilence)).RequireAuthorization(Permissions.Edit)
            .WithSummary("End a silence now.").ProducesProblem(404);
        RouteGroupBuilder channels = app.MapGroup("/api/v1/alarm-channels").WithTags("Alarms").RequireAuthorization(Permissions.View);
        channels.MapGet("/", ListAlarmChannels).WithName(nameof(ListAlarmChannels)).WithSummary("The channels by name; where they lead is not shown.");
        channels.MapPost("/{name}/test", TestAlarmChannel).WithName(nameof(TestAlarmChannel)).RequireAuthorization(Permissions.Edit)
            .WithSummary("Send a test message to a channel.").ProducesProblem(404).ProducesProblem(422);
    }

    private static async Task<Ok<List<SilenceView>>> ListAlarmSilences(IAlarmDeliveryStore store, TimeProvider time, CancellationToken cancel) =>
        TypedResults.Ok((await store.ListSilencesAsync(time.GetUtcNow(), cancel)).Select(SilenceView.Of).ToList());

    private static async Task<Results<Created<SilenceView>, ProblemHttpResult>> AddAlarmSilence(
        SilenceRequest request, ClaimsPrincipal user, IAlarmDeliveryStore store, Audit audit, TimeProvider time, CancellationToken cancel)
    {
        DateTimeOffset now = time.GetUtcNow(), from = request.From ?? now;
        if (request.Until <= now || request.Until <= from || request.Until > now + Longest)
            return Problem.Of(400, "ALARM-022", "A silence ends in the future, after it begins, and within a year.", "Correct 'from' and 'until'.");
        if (request.Reason is null or { Length: 0 or > 500 })
            return Problem.Of(400, "ALARM-022", "A silence has a reason of 1 to 500 characters.", "Say why nobody shall be told.");
        AlarmSilence silence = new(Guid.CreateVersion7(now), request.Pipeline, request.Activity, request.Event, from.ToUniversalTime(), request.Until.ToUniversalTime(), user.Name, request.Reason);
        await store.AddSilenceAsync(silence, cancel);
        await audit.WriteAsync(user, "alarm.silence", silence.Id.ToString(), request, cancel);
        return TypedResults.Created($"/api/v1/alarm-silences/{silence.Id}", SilenceView.Of(silence));
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> EndAlarmSilence(
        string id, ClaimsPrincipal user, IAlarmDeliveryStore store, AlarmDeliveryBell bell, Audit audit, TimeProvider time, CancellationToken cancel)
    {
        if (!Guid.TryParse(id, out Guid silence) || !await store.EndSilenceAsync(silence, time.GetUtcNow(), cancel))
            return Problem.NotFound($"silence '{id}' that has not ended", "'mlp alarms silences' shows those there are.");
        await audit.WriteAsync(user, "alarm.unsilence", id, null, cancel);
        bell.Ring();
        return TypedResults.NoContent();
    }

    private static Ok<List<ChannelView>> ListAlarmChannels(ChannelDesk channels) =>
        TypedResults.Ok(channels.Names.Select(n => new ChannelView(n, channels.TypeOf(n)!.Value)).ToList());

    private static async Task<Results<Ok<ChannelView>, ProblemHttpResult>> TestAlarmChannel(string name, ClaimsPrincipal user, ChannelDesk channels, Audit audit, TimeProvider time, CancellationToken cancel)
    {
        if (channels.TypeOf(name) is not { } type)
            return Problem.NotFound($"channel '{name}'", $"The settings declare {(channels.Names.Count == 0 ? "none" : string.Join(", ", channels.Names))}; Alarms:Channels:{name}:Type and what it needs adds one.");
        await audit.WriteAsync(user, "alarm.test", name, null, cancel);
        return await channels.SendAsync(name, DeliveryKind.Opened, [Test(user.Name, time.GetUtcNow())], cancel) switch
        {
            SendResult.Sent => TypedResults.Ok(new ChannelView(name, type)),
            SendResult.Again again => Problem.Of(422, "ALARM-023", $"The channel did not take the message: {again.Why}.", "An alarm would be sent again and again for a while."),
            SendResult.Never never => Problem.Of(422, "ALARM-023", $"The channel did not take the message: {never.Why}."),
            _ => throw new InvalidOperationException("sending has no such end"),
        };
    }

    private static Alarm Test(string by, DateTimeOffset now) => new()
    {
        Id = Alarm.IdOf("#test", now.ToString("O", System.Globalization.CultureInfo.InvariantCulture)),
        Rule = "#test",
        Event = AlarmEvent.Succeeded,
        Severity = AlarmSeverity.Info,
        Pipeline = "",
        Summary = $"A test of this channel, asked for by {by}: nothing is wrong",
        At = now,
        OpenedAt = now,
        To = [],
        State = new AlarmState.Firing(),
    };
}
