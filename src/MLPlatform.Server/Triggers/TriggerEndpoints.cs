using System.Security.Claims;
using System.Text.Json;
using Microsoft.AspNetCore.Http.HttpResults;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Triggers;
using MLPlatform.Engine.Triggers;
using MLPlatform.Server.Access;
using MLPlatform.Server.Problems;

namespace MLPlatform.Server.Triggers;

/// <summary>What starts runs without a person, and backfills.</summary>
internal static class TriggerEndpoints
{
    private const int MostInstants = 1000;
    private const int MostDays = 90;

    public static void MapTriggers(this IEndpointRouteBuilder app)
    {
        RouteGroupBuilder triggers = app.MapGroup("/api/v1/triggers").WithTags("Triggers").RequireAuthorization(Permissions.View);
        triggers.MapGet("/", ListTriggers).WithName(nameof(ListTriggers)).WithSummary("All triggers of registered pipelines.");
        triggers.MapGet("/next", ListNext).WithName("ListNextInstants").WithSummary("The instants that cron triggers come to next, soonest first.")
            .ProducesProblem(400).ProducesProblem(404);
        triggers.MapGet("/{pipeline}/{name}/firings", ListFirings).WithName(nameof(ListFirings)).WithSummary("A trigger's firings, the last first.")
            .ProducesProblem(400);
        triggers.MapPost("/look", LookAtTriggers).WithName(nameof(LookAtTriggers)).RequireAuthorization(Permissions.Edit)
            .WithSummary("Look at all triggers now instead of at the next pause, and start what is due.").ProducesProblem(409);
        triggers.MapPost("/preview", PreviewTrigger).WithName(nameof(PreviewTrigger))
            .WithSummary("What a feedback trigger would have fired over the last days.").ProducesProblem(400).ProducesProblem(404);
        app.MapPost("/api/v1/backfills", StartBackfill).WithName(nameof(StartBackfill)).WithTags("Triggers").RequireAuthorization(Permissions.Edit)
            .WithSummary("Run a registered pipeline for every date of a range.").ProducesProblem(400).ProducesProblem(404).ProducesProblem(422);
    }

    private static async Task<Results<Ok<LookView>, ProblemHttpResult>> LookAtTriggers(TriggerLook look, CancellationToken cancel, string? pipeline = null) =>
        await look.RunAsync(pipeline, cancel) is { } started
            ? TypedResults.Ok(new LookView(started))
            : Problem.Of(409, "TRIG-051", "This process fires no triggers.", "Start 'mlp serve'.");

    private static async Task<Results<Ok<TriggerPreview>, ProblemHttpResult>> PreviewTrigger(PreviewRequest request, FeedbackPreview preview, CancellationToken cancel)
    {
        if (request.Days is < 1 or > MostDays)
            return Problem.BadRequest($"days must lie between 1 and {MostDays}.");
        (TriggerDefinition? definition, string? wrong) = Read(request.Trigger);
        if (wrong is not null)
            return Problem.BadRequest($"The trigger cannot be read: {wrong}", "Write it as in a pipeline file; docs/serving.md shows one.");
        if (definition is not FeedbackTrigger trigger)
            return Problem.BadRequest("Only feedback triggers have a past to be asked.", "For cron triggers 'mlp triggers next' shows what comes.");
        if (ScheduleCheck.Problems("preview", new PipelineSchedule { Triggers = [trigger] }) is [var problem, ..])
            return Problem.Of(400, problem.Code, problem.Message + ".", problem.Hint);
        return await preview.RunAsync(trigger, TimeSpan.FromDays(request.Days), cancel) is { } found
            ? TypedResults.Ok(found)
            : Problem.NotFound($"deployment '{trigger.Deployment ?? trigger.Model}'", "'mlp deployments list' shows those there are.");
    }

    // As pipeline files write triggers: fields in any order, durations as ISO 8601.
    private static (TriggerDefinition? Read, string? Problem) Read(JsonElement trigger)
    {
        try
        {
            return trigger.Deserialize<TriggerDefinition>(ActivityJson.Options) is { } read ? (read, null) : (null, "it is null.");
        }
        catch (JsonException e)
        {
            return (null, JsonTrouble.Words(e));
        }
        catch (NotSupportedException)
        {
            return (null, "it does not say its type.");
        }
    }

    private static async Task<Ok<TriggersView>> ListTriggers(TriggerReader reader, CancellationToken cancel) =>
        TypedResults.Ok(TriggersView.From(await reader.ListAsync(cancel)));

    /// <param name="pipeline">Only triggers of this pipeline.</param>
    /// <param name="trigger">Only this one, by its name or index.</param>
    /// <param name="after">Default: now.</param>
    private static async Task<Results<Ok<List<InstantView>>, ProblemHttpResult>> ListNext(
        TriggerReader reader, CancellationToken cancel, string? pipeline = null, string? trigger = null, DateTimeOffset? after = null, int count = 20)
    {
        if (count is < 1 or > MostInstants)
            return Problem.BadRequest($"count must lie between 1 and {MostInstants}.");
        string? wanted = trigger is null ? null : $"{pipeline}/{trigger}";
        List<string> keys = [.. (await reader.ListAsync(cancel)).Triggers
            .Where(t => t.Definition is CronTrigger && (pipeline is null || t.Pipeline == pipeline) && (wanted is null || t.Key == wanted))
            .Select(t => t.Key)];
        if (keys.Count == 0 && pipeline is not null)
            return Problem.NotFound($"cron trigger of {wanted ?? $"pipeline '{pipeline}'"}", "'mlp triggers list' shows those there are.");
        List<InstantView> all = [];
        foreach (string key in keys)
            all.AddRange((await reader.NextAsync(key, after, count, cancel) ?? []).Select(o => InstantView.From(key, o)));
        return TypedResults.Ok(all.OrderBy(i => i.Instant).Take(count).ToList());
    }

    private static async Task<Results<Ok<List<FiringView>>, ProblemHttpResult>> ListFirings(
        string pipeline, string name, TriggerReader reader, CancellationToken cancel, int limit = 50) =>
        limit is < 1 or > 1000
            ? Problem.BadRequest("limit must lie between 1 and 1000.")
            : TypedResults.Ok((await reader.HistoryAsync($"{pipeline}/{name}", limit, cancel)).Select(FiringView.From).ToList());

    private static async Task<Results<Ok<BackfillStartedView>, ProblemHttpResult>> StartBackfill(
        BackfillView request, ClaimsPrincipal user, BackfillStarter starter, CancellationToken cancel) =>
        await starter.StartAsync(
            new BackfillRequest(request.Pipeline, BackfillRange.Days(request.From, request.To, request.Trigger), request.Limit, user.Name,
                request.Again, request.Parameters, request.DryRun), cancel) switch
        {
            BackfillResult.Started s => TypedResults.Ok(new BackfillStartedView(
                s.Id, [.. s.Dates.Select(d => new BackfillDateView(d.LogicalDate, d.Run?.Value))], s.DoneBefore)),
            BackfillResult.NotFound missing => Problem.Of(404, missing.Code, missing.Message + "."),
            BackfillResult.Refused refused => Problem.Of(422, refused.Code, refused.Message + ".", refused.Hint),
            var other => throw new InvalidOperationException($"{other} is not a known outcome"),
        };
}
