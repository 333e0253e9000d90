using System.Security.Claims;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Deployments;
using MLPlatform.Core.Pipelines;
using MLPlatform.Server.Access;
using MLPlatform.Server.Bees;
using MLPlatform.Server.Problems;

namespace MLPlatform.Server.Deployments;

/// <summary>Feedback comes in; figures of versions go out.</summary>
internal static class FeedbackEndpoints
{
    private const int LongestText = 256;

    public static void MapFeedback(this IEndpointRouteBuilder app)
    {
        app.MapPost("/api/v1/feedback", SendFeedback).WithName(nameof(SendFeedback)).WithTags("Deployments").RequireAuthorization(Permissions.Edit)
            .WithSummary("Keep what people did about impressions, each event once by its id; late ones too. What is answered is durable.")
            .ProducesProblem(400).ProducesProblem(404).ProducesProblem(503).ProducesProblem(507);
        app.MapGet("/api/v1/deployments/{name}/metrics", GetDeploymentMetrics).WithName(nameof(GetDeploymentMetrics)).WithTags("Deployments").RequireAuthorization(Permissions.View)
            .WithSummary("The figures of each version over the last stretch of time, on impressions joined with feedback.").ProducesProblem(400).ProducesProblem(404).ProducesProblem(503);
    }

    private static async Task<Results<Ok<FeedbackAnswer>, ProblemHttpResult>> SendFeedback(
        FeedbackRequest request, ClaimsPrincipal user, IDeploymentStore store, Feedback feedback, IOptions<ServingOptions> options, TimeProvider time, CancellationToken cancel)
    {
        DateTimeOffset now = time.GetUtcNow();
        if (await store.FindAsync(request.Deployment, cancel) is not { } deployment)
            return DeploymentEndpoints.NoDeployment(request.Deployment);
        if (request.Events.Count > options.Value.MaxEvents)
            return Problem.Of(400, "SERVE-009", $"There are {request.Events.Count} events; a request has {options.Value.MaxEvents} at most (Serving:MaxEvents).", "Send several requests.");
        if (request.Events.Select((e, i) => (Index: i, Why: Wrong(e, now))).FirstOrDefault(e => e.Why is not null) is { Why: not null } bad)
            return Problem.Of(400, "SERVE-009", $"Event {bad.Index} cannot be taken: {bad.Why}. Nothing of the request was kept.");
        try
        {
            return TypedResults.Ok(await feedback.TakeAsync(deployment, Senders.Of(user.Name), request.Events, cancel));
        }
        catch (ActivityException refused)
        {
            return CollectorEndpoints.Refused(refused);
        }
    }

    private static string? Wrong(FeedbackEvent? e, DateTimeOffset now) =>
        e is null ? "it is null"
        : e.EventId.Length is 0 or > LongestText ? $"eventId has {e.EventId.Length} characters; it needs 1 to {LongestText}"
        : e.RequestId.Length is 0 or > LongestText ? $"requestId has {e.RequestId.Length} characters; it needs 1 to {LongestText}"
        : e.Type.Length is 0 or > LongestText ? $"type has {e.Type.Length} characters; it needs 1 to {LongestText}"
        : e.Item?.Length > 4 * LongestText ? $"item has {e.Item.Length} characters; it has {4 * LongestText} at most"
        : e.Value is { } value && !double.IsFinite(value) ? "value is no number"
        : e.At > now + ScoreEndpoint.ClockSkew ? $"at is {e.At:u}, which is yet to come; it is {now:u} here"
        : e.At < DateTimeOffset.UnixEpoch ? $"at is {e.At:u}; nothing was done before 1970" : null;

    private static async Task<Results<Ok<DeploymentMetrics>, ProblemHttpResult>> GetDeploymentMetrics(
        string name, IDeploymentStore store, ServingWindows windows, ImpressionLog impressions, IOptions<ServingOptions> options, TimeProvider time, CancellationToken cancel, string? window = null)
    {
        TimeSpan span = options.Value.FeedbackWindow;
        if (window is not null && (!IsoDuration.TryParse(window, out span) || span <= TimeSpan.Zero))
            return Problem.BadRequest($"'{window}' is no stretch of time.", "Write it like PT1H or P1D.");
        if (await store.FindAsync(name, cancel) is not { } deployment)
            return DeploymentEndpoints.NoDeployment(name);
        if (span > options.Value.FeedbackWindow)
            span = options.Value.FeedbackWindow;
        DateTimeOffset now = time.GetUtcNow();
        try
        {
            return TypedResults.Ok(await windows.WithAsync(deployment, w => new DeploymentMetrics(
                name, now - span, now, [.. w.Figures(now - span).Select(f => new DeploymentFigures(deployment.Spec.RoleOf(f.Version), f))], w.Waiting, w.Early, impressions.Lost)));
        }
        catch (ActivityException refused)
        {
            return CollectorEndpoints.Refused(refused);
        }
    }
}

/// <summary>The figures of a deployment's versions.</summary>
/// <param name="Waiting">Impressions that feedback can still be joined with.</param>
/// <param name="Unmatched">Feedback that has found no impression yet.</param>
/// <param name="Lost">Impressions of all deployments that this server could not log since its start.</param>
public sealed record DeploymentMetrics(
    string Name, DateTimeOffset Since, DateTimeOffset Until, IReadOnlyList<DeploymentFigures> Versions, int Waiting, int Unmatched, long Lost);

/// <summary>The figures of a version.</summary>
/// <param name="Role">What it is now; absent where it is served no more.</param>
public sealed record DeploymentFigures(ServingRole? Role, VersionFigures Figures);
