using System.Security.Claims;
using System.Text.Json;
using Microsoft.AspNetCore.Http.HttpResults;
using MLPlatform.Core.Runs;
using MLPlatform.Engine.Runs;
using MLPlatform.Server.Access;
using MLPlatform.Server.Problems;

namespace MLPlatform.Server.Runs;

/// <summary>What people do to runs that there are.</summary>
internal static class RunWriting
{
    public static void MapRunWriting(this IEndpointRouteBuilder app)
    {
        RouteGroupBuilder runs = app.MapGroup("/api/v1/runs/{id:guid}").WithTags("Runs").RequireAuthorization(Permissions.Edit)
            .ProducesProblem(404).ProducesProblem(409);
        runs.MapPost("/cancel", CancelRun).WithName(nameof(CancelRun)).WithSummary("Stop a run and its attempts.");
        runs.MapPost("/pause", PauseRun).WithName(nameof(PauseRun)).WithSummary("Start nothing new; what runs goes on.");
        runs.MapPost("/unpause", UnpauseRun).WithName(nameof(UnpauseRun)).WithSummary("Go on with a paused run.");
        runs.MapPost("/resume", ResumeRun).WithName(nameof(ResumeRun)).WithSummary("Run again what did not succeed, and what hangs on it.");
        runs.MapPost("/rerun", RerunRun).WithName(nameof(RerunRun)).WithSummary("Run again from the named activities, or all of it.");
        runs.MapPost("/activities/{name}/signal", SignalActivity).WithName(nameof(SignalActivity))
            .WithSummary("Answer an activity that waits for a signal.");
        runs.MapPost("/activities/{name}/approve", ApproveActivity).WithName(nameof(ApproveActivity))
            .WithSummary("Approve or reject at an activity that waits for a person.");
    }

    private static Task<Results<Ok<RunView>, ProblemHttpResult>> CancelRun(
        Guid id, ClaimsPrincipal user, RunCommands commands, RunDoor door, CancellationToken cancel) =>
        door.DoAsync(id, user, "run.cancel", null, commands.CancelAsync(new RunId(id), user.Name, cancel), cancel);

    private static Task<Results<Ok<RunView>, ProblemHttpResult>> PauseRun(
        Guid id, ClaimsPrincipal user, RunCommands commands, RunDoor door, CancellationToken cancel) =>
        door.DoAsync(id, user, "run.pause", null, commands.PauseAsync(new RunId(id), user.Name, cancel), cancel);

    private static Task<Results<Ok<RunView>, ProblemHttpResult>> UnpauseRun(
        Guid id, ClaimsPrincipal user, RunCommands commands, RunDoor door, CancellationToken cancel) =>
        door.DoAsync(id, user, "run.unpause", null, commands.UnpauseAsync(new RunId(id), user.Name, cancel), cancel);

    private static Task<Results<Ok<RunView>, ProblemHttpResult>> ResumeRun(
        Guid id, ClaimsPrincipal user, RunCommands commands, RunDoor door, CancellationToken cancel) =>
        door.DoAsync(id, user, "run.resume", null, commands.ResumeAsync(new RunId(id), user.Name, cancel), cancel);

    /// <param name="from">Activity names, separated by commas; left out: from the beginning.</param>
    private static Task<Results<Ok<RunView>, ProblemHttpResult>> RerunRun(
        Guid id, ClaimsPrincipal user, RunCommands commands, RunDoor door, CancellationToken cancel, string? from = null)
    {
        string[]? names = from?.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        return door.DoAsync(id, user, "run.rerun", new { from = names }, commands.RerunAsync(new RunId(id), names, user.Name, cancel), cancel);
    }

    private static Task<Results<Ok<RunView>, ProblemHttpResult>> SignalActivity(
        Guid id, string name, SignalRequest request, ClaimsPrincipal user, RunCommands commands, RunDoor door, CancellationToken cancel) =>
        door.DoAsync(id, user, "run.signal", new { activity = name, request.Signal },
            commands.SignalAsync(new RunId(id), name, request.Signal, request.Payload, user.Name, cancel), cancel);

    private static Task<Results<Ok<RunView>, ProblemHttpResult>> ApproveActivity(
        Guid id, string name, Approval request, ClaimsPrincipal user, RunCommands commands, RunDoor door, CancellationToken cancel)
    {
        JsonElement payload = JsonSerializer.SerializeToElement(
            new { approved = request.Approved, by = user.Name, comment = request.Comment }, JsonSerializerOptions.Web);
        return door.DoAsync(id, user, request.Approved ? "run.approve" : "run.reject", new { activity = name, request.Comment },
            commands.SignalAsync(new RunId(id), name, "approval", payload, user.Name, cancel), cancel);
    }
}

/// <summary>Carries a command to its end: the answer, and the audit trail.</summary>
internal sealed class RunDoor(IRunStore store, Audit audit)
{
    public async Task<Results<Ok<RunView>, ProblemHttpResult>> DoAsync(
        Guid id, ClaimsPrincipal user, string action, object? detail, Task<CommandResult> command, CancellationToken cancel)
    {
        switch (await command)
        {
            case CommandResult.Refused refused:
                return Problem.Conflict(refused.Code, refused.Message);
            case CommandResult.NotFound missing:
                return Problem.NotFound(missing.What, "'mlp runs show' lists a run's activities.");
            default:
                await audit.WriteAsync(user, action, id.ToString(), detail, cancel);
                return await store.FindRunAsync(new RunId(id), cancel) is { } row ? TypedResults.Ok(RunView.From(row)) : RunReading.NoRun(id);
        }
    }
}

/// <summary>An answer to a waiting activity.</summary>
/// <param name="Payload">An object; it becomes the activity's outputs.</param>
public sealed record SignalRequest(string Signal, JsonElement Payload);

/// <summary>A person's decision.</summary>
public sealed record Approval(bool Approved, string? Comment = null);
