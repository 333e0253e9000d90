using System.Text.Json;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Deployments;
using MLPlatform.Server.Access;
using MLPlatform.Vlps;
using MLPlatform.Vlps.Rows;

namespace MLPlatform.Server.Deployments;

/// <summary>Raw rows of the left tower in; the nearest of the model's items out.</summary>
internal static class RecallEndpoint
{
    public static void MapRecall(this IEndpointRouteBuilder app) =>
        app.MapPost("/api/v1/deployments/{name}/recall", Recall).WithName(nameof(Recall)).WithTags("Deployments").RequireAuthorization(Permissions.View)
            .WithSummary("Find the top items for raw rows with the version that the request's key falls on.").ProducesProblem(400).ProducesProblem(404).ProducesProblem(503);

    private static async Task<Results<Ok<RecallAnswer>, ProblemHttpResult>> Recall(
        string name, RecallRequest request, IServing serving, Finding finding, IOptions<ServingOptions> options, CancellationToken cancel)
    {
        if (ProblemOf(request, options.Value.MaxRows) is { } wrong)
            return Problems.Problem.Of(400, "SERVE-002", wrong, "Send {\"rows\": [{\"column\": value, …}], \"k\": 10}.");
        try
        {
            using ServedDeployment? served = await serving.UseAsync(name, cancel);
            if (served is null)
                return DeploymentEndpoints.NoDeployment(name);
            string id = request.RequestId ?? Guid.CreateVersion7().ToString("N");
            Found found = finding.Find(
                served, id, request.Key ?? ScoreEndpoint.KeyOf(served.Deployment.Spec.Settings, request.Rows[0]), null, request.K, model => ColumnBatch.FromJson(model.AskedColumns, request.Rows), request.Rows);
            return TypedResults.Ok(new RecallAnswer(
                id, name, served.Deployment.Spec.Model, found.Version, found.Role, ListsOf(found.Items), [.. request.Rows.Select((_, row) => FoundRequest.IdOf(id, row, request.Rows.Count))]));
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

    private static List<RecalledItem[]> ListsOf(FoundItems found) => [.. found.Keys.Zip(found.Scores, (item, score) => new RecalledItem(item, score)).Chunk(found.Most)];

    private static string? ProblemOf(RecallRequest request, int maxRows) =>
        request.Rows.Count == 0 ? "There are no rows to find items for."
        : request.Rows.Count > maxRows ? $"There are {request.Rows.Count} rows; a request has {maxRows} at most (Serving:MaxRows)."
        : request.K is < 1 or > Finding.MostItems ? $"k must lie between 1 and {Finding.MostItems}."
        : request.RequestId is { } id && (id.Length is 0 or > ScoreEndpoint.LongestId) ? $"The request id has {id.Length} characters; it has 1 to {ScoreEndpoint.LongestId}."
        : request.Rows.Index().FirstOrDefault(r => r.Item.ValueKind != JsonValueKind.Object) is { Item.ValueKind: not JsonValueKind.Undefined } bad ? $"Row {bad.Index} is no object."
        : null;
}

/// <summary>Rows to find items for.</summary>
/// <param name="Rows">Objects with the columns that the left tower reads; what is absent or null counts as missing.</param>
/// <param name="K">How many items for each, 1000 at most. Default: 10.</param>
/// <param name="Key">Whose request it is: the same key meets the same version. Default: the deployment's key column, else the request's id.</param>
/// <param name="RequestId">Names the request in impressions and feedback. Default: a new one.</param>
public sealed record RecallRequest(IReadOnlyList<JsonElement> Rows, int K = Finding.UsualItems, string? Key = null, string? RequestId = null);

/// <summary>What was found.</summary>
/// <param name="Version">The version that answered.</param>
/// <param name="Role">What it is in the deployment.</param>
/// <param name="Items">For each row, the items that are nearest to it, the best first; all of them where the model has fewer.</param>
/// <param name="RequestIds">For each row, the id that impressions of its items have and feedback on them gives: with one row, that of the request.</param>
public sealed record RecallAnswer(
    string RequestId, string Deployment, string Model, int Version, ServingRole Role, IReadOnlyList<IReadOnlyList<RecalledItem>> Items, IReadOnlyList<string> RequestIds);

/// <param name="Item">The item's key.</param>
/// <param name="Score">The inner product of its vector with the row's.</param>
public sealed record RecalledItem(string Item, float Score);
