using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http.HttpResults;
using MLPlatform.Core.Elsa;
using MLPlatform.Server.Access;

namespace MLPlatform.Server.Elsa.Catalogue;

/// <summary>What Elsa Studio asks for when it starts.</summary>
internal static class CatalogueEndpoints
{
    private static readonly (string Type, string Title)[] VariableTypes =
        [("String", "Text"), ("Int64", "Integer"), ("Double", "Number"), ("Boolean", "Boolean"), ("DateOnly", "Date"), ("DateTimeOffset", "Instant"), ("Object", "Object")];

    public static void MapCatalogue(this IEndpointRouteBuilder api)
    {
        RouteGroupBuilder start = api.MapGroup("").RequireAuthorization(Permissions.View);
        start.MapGet("/features/installed", () => ElsaAnswer.List([Feature("Elsa.RealTimeWorkflowUpdates", "Tells states of runs as they change.")]));
        start.MapGet("/descriptors/activities", (ElsaCatalogue catalogue) => TypedResults.Text(catalogue.Activities, "application/json; charset=utf-8"));
        start.MapPost("/descriptors/activities/{type}/options/{property}", (string type, string property) => ElsaAnswer.Json(new JsonObject { ["items"] = new JsonObject() }));
        start.MapGet("/descriptors/expression-descriptors", Expressions);
        start.MapGet("/descriptors/variables", () => ElsaAnswer.List(VariableTypes.Select(t => new JsonObject
        {
            ["typeName"] = t.Type,
            ["displayName"] = t.Title,
            ["category"] = "Primitives",
            ["description"] = null,
        })));
        foreach (string empty in new[]
        {
            "storage-drivers", "workflow-activation-strategies", "incident-strategies", "log-persistence-strategies", "commit-strategies/workflows", "commit-strategies/activities", "output-converters",
        })
            start.MapGet("/descriptors/" + empty, () => ElsaAnswer.List([]));
        start.MapGet("/workflow-contexts/provider-descriptors", () => ElsaAnswer.List([]));
        start.MapGet("/resilience/strategies", () => ElsaAnswer.List([]));
        start.MapGet("/resilience/retries/{id}", (string id) => ElsaAnswer.List([]));
    }

    private static ContentHttpResult Expressions() => ElsaAnswer.List(
    [
        Expression("Literal", "Literal", null),
        Expression("Object", "JSON", "json"),
        Expression("Variable", "Output of an activity", null),
        Expression("Input", "Parameter", null),
        Expression(ElsaWords.Expression, "Expression ${{ }}", "javascript"),
    ]);

    private static JsonObject Expression(string type, string title, string? language) => new()
    {
        ["type"] = type,
        ["displayName"] = title,
        ["isSerializable"] = true,
        ["isBrowsable"] = true,
        ["properties"] = language is null ? new JsonObject() : new JsonObject { ["MonacoLanguage"] = language },
    };

    private static JsonObject Feature(string fullName, string description) => new()
    {
        ["name"] = fullName[5..],
        ["namespace"] = "Elsa",
        ["fullName"] = fullName,
        ["displayName"] = fullName[5..],
        ["description"] = description,
    };
}
