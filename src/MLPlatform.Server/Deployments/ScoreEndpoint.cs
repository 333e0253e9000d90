using System.Text.Json;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Deployments;
using MLPlatform.Server.Access;
using MLPlatform.Server.Problems;
using MLPlatform.Vlps;
using MLPlatform.Vlps.Rows;

namespace MLPlatform.Server.Deployments;

/// <summary>Raw rows in; scores, version and request id out.</summary>
internal static class ScoreEndpoint
{
    internal const int LongestId = 128;
    internal static readonly TimeSpan ClockSkew = TimeSpan.FromMinutes(5);

    public static void MapScore(this IEndpointRouteBuilder app) =>
        app.MapPost("/api/v1/deployments/{name}/score", Score).WithName(nameof(Score)).WithTags("Deployments").RequireAuthorization(Permissions.View)
            .WithSummary("Score raw rows with the version that the request's key falls on.").ProducesProblem(400).ProducesProblem(404).ProducesProblem(503);

    private static async Task<Results<Ok<ScoreAnswer>, ProblemHttpResult>> Score(
        string name, ScoreRequest request, IServing serving, Scoring scoring, IOptions<ServingOptions> options, TimeProvider time, CancellationToken cancel)
    {
        if (Problem(request, options.Value.MaxRows, time.GetUtcNow()) is { } wrong)
            return Problems.Problem.Of(400, "SERVE-002", wrong, "Send {\"rows\": [{\"column\": value, …}]}.");
        try
        {
            using ServedDeployment? served = await serving.UseAsync(name, cancel);
            if (served is null)
                return DeploymentEndpoints.NoDeployment(name);
            string id = request.RequestId ?? Guid.CreateVersion7().ToString("N");
            Scored scored = scoring.Score(served, id, request.Key ?? KeyOf(served.Deployment.Spec.Settings, request.Rows[0]),
                new ScoreWish(At: request.At, Top: request.Top, Explore: request.Explore), model => ColumnBatch.FromJson(model.Columns, request.Rows), request.Rows);
            return TypedResults.Ok(new ScoreAnswer(id, name, served.Deployment.Spec.Model, scored.Version, scored.Role, scored.Scores, scored.Shown?.Select(s => s.Row).ToList()));
        }
        catch (VlpsException e)
        {
            return Problems.Problem.Of(400, "SERVE-008", $"The rows do not fit the model: {e.Message}.", $"GET /v2/models/{name} shows the columns that it reads.");
        }
        catch (ActivityException e)
        {
            return Problems.Problem.Of(503, e.Code, e.Message, "See the server's log; 'mlp deployments show' tells what is served.");
        }
    }

    private static string? Problem(ScoreRequest request, int maxRows, DateTimeOffset now) =>
        request.Rows.Count == 0 ? "There are no rows to score."
        : request.Rows.Count > maxRows ? $"There are {request.Rows.Count} rows; a request has {maxRows} at most (Serving:MaxRows)."
        : request.At > now + ClockSkew ? $"at is {request.At:u}, which is yet to come; it is {now:u} here."
        : request.At < DateTimeOffset.UnixEpoch ? $"at is {request.At:u}; nothing was asked before 1970."
        : request.Top is < 1 ? "top must be at least 1."
        : request.Explore is not (>= 0 and <= 1) ? "explore must lie between 0 and 1."
        : request.Explore > 0 && request.Top is null ? "explore needs top: there is nothing to choose where every row is shown as it came."
        : request.RequestId is { } id && (id.Length is 0 or > LongestId) ? $"The request id has {id.Length} characters; it has 1 to {LongestId}."
        : request.Rows.Index().FirstOrDefault(r => r.Item.ValueKind != JsonValueKind.Object) is { Item.ValueKind: not JsonValueKind.Undefined } bad ? $"Row {bad.Index} is no object."
        : null;

    internal static string? KeyOf(ServingSettings settings, JsonElement row)
    {
        if (settings.KeyColumn is not { } column || !row.TryGetProperty(column, out JsonElement value) || value.ValueKind is not (JsonValueKind.String or JsonValueKind.Number))
            return null;
        return JsonText.TryRead(value, out string? key) ? key : throw new VlpsException(VlpsProblem.ColumnType, $"row 0 has no text in '{column}' but half a surrogate pair");
    }
}

/// <summary>Rows to score.</summary>
/// <param name="Rows">Objects with the columns that the model reads; what is absent or null counts as missing.</param>
/// <param name="Key">Whose request it is: the same key meets the same version. Default: the deployment's key column, else the request's id.</param>
/// <param name="RequestId">Names the request in impressions and feedback. Default: a new one.</param>
/// <param name="At">When it was asked. Default: now.</param>
/// <param name="Top">Choose so many of the rows to show, the best first; only those are impressions. Default: all rows are shown as they came.</param>
/// <param name="Explore">With top: the chance of each position to go to any of the rows left, from 0 to 1. Impressions keep how likely they were. Default: 0.</param>
public sealed record ScoreRequest(
    IReadOnlyList<JsonElement> Rows, string? Key = null, string? RequestId = null, DateTimeOffset? At = null, int? Top = null, double Explore = 0);

/// <summary>Scores.</summary>
/// <param name="RequestId">For feedback.</param>
/// <param name="Version">The version that answered.</param>
/// <param name="Role">What it is in the deployment.</param>
/// <param name="Scores">The probability of label 1 of each row, in order.</param>
/// <param name="Shown">Where top was asked for: the places of the rows to show, the first position first.</param>
public sealed record ScoreAnswer(
    string RequestId, string Deployment, string Model, int Version, ServingRole Role, IReadOnlyList<float> Scores, IReadOnlyList<int>? Shown = null);
