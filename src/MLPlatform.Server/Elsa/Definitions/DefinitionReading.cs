using System.Security.Claims;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using MLPlatform.Core.Elsa;
using MLPlatform.Server.Access;
using MLPlatform.Server.Elsa.Instances;
using MLPlatform.Server.Problems;

namespace MLPlatform.Server.Elsa.Definitions;

/// <summary>What Elsa Studio reads of definitions.</summary>
internal static class DefinitionReading
{
    public static void MapDefinitionReading(this IEndpointRouteBuilder api)
    {
        RouteGroupBuilder definitions = api.MapGroup("/workflow-definitions").RequireAuthorization(Permissions.View);
        definitions.MapGet("/", ListAsync);
        definitions.MapGet("/by-definition-id/{definitionId}", FindAsync);
        definitions.MapGet("/by-id/{id}", FindVersionAsync);
        definitions.MapGet("/many-by-id", FindManyAsync);
        definitions.MapGet("/query/count", CountAsync);
        definitions.MapGet("/validation/is-name-unique", IsNameUniqueAsync);
        definitions.MapGet("/{definitionId}/export", ExportAsync);
        definitions.MapGet("/{definitionId}/consumers", Consumers);
        definitions.MapGet("/subgraph/{id}", SubgraphAsync);
        definitions.MapGet("/subgraph/segments/{id}", SubgraphAsync);
    }

    public static ProblemHttpResult None(string id) => Problem.NotFound($"workflow definition '{id}'", "Go back to the list: it was deleted, or never there.");

    private static async Task<ContentHttpResult> ListAsync(
        DefinitionDesk desk, ClaimsPrincipal user, CancellationToken cancel, string? versionOptions = null, int? page = null, int? pageSize = null, string? searchTerm = null,
        string? orderBy = null, string? orderDirection = null, bool? isSystem = null, [FromQuery(Name = "definitionIds")] string[]? definitionIds = null, [FromQuery(Name = "ids")] string[]? ids = null)
    {
        bool mayEdit = user.MayEdit();
        IEnumerable<DefinitionVersion> found = isSystem == true ? [] : ids is { Length: > 0 }
            ? (await desk.ListAsync(cancel)).SelectMany(d => d).Where(v => ids.Contains(v.Head.Id))
            : (await desk.ListAsync(cancel)).Where(d => definitionIds is not { Length: > 0 } || definitionIds.Contains(d[0].Head.Definition)).SelectMany(d => VersionOptions.Pick(d, versionOptions));
        if (!string.IsNullOrWhiteSpace(searchTerm))
            found = found.Where(v => v.Head.Name.Contains(searchTerm, StringComparison.OrdinalIgnoreCase) || v.Head.Definition.Contains(searchTerm, StringComparison.OrdinalIgnoreCase));
        List<DefinitionVersion> all = [.. Ordered(found, orderBy, string.Equals(orderDirection, "Descending", StringComparison.OrdinalIgnoreCase))];
        int size = Math.Clamp(pageSize ?? 100, 1, 1000);
        List<JsonNode> items = [];
        foreach (DefinitionVersion version in all.Skip(Math.Max(0, page ?? 0) * size).Take(size))
            items.Add(version.Summary((await desk.BareAsync(version.Head, cancel))?["description"], mayEdit));
        JsonObject answer = ElsaAnswer.Paged(items, all.Count);
        string list = ElsaSetup.Api + "/bulk-actions/{0}/workflow-definitions";
        answer["links"] = mayEdit
            ? new JsonArray(ElsaAnswer.Link("bulk-publish", list.Replace("{0}", "publish", StringComparison.Ordinal)), ElsaAnswer.Link("bulk-retract", list.Replace("{0}", "retract", StringComparison.Ordinal)), ElsaAnswer.Link("bulk-delete", list.Replace("{0}", "delete", StringComparison.Ordinal)))
            : new JsonArray();
        return ElsaAnswer.Json(answer);
    }

    private static IEnumerable<DefinitionVersion> Ordered(IEnumerable<DefinitionVersion> found, string? by, bool descending)
    {
        IOrderedEnumerable<DefinitionVersion> ordered = by?.ToUpperInvariant() switch
        {
            "VERSION" => descending ? found.OrderByDescending(v => v.Head.Version) : found.OrderBy(v => v.Head.Version),
            "CREATED" or "CREATEDAT" => descending ? found.OrderByDescending(v => v.Head.SavedAt) : found.OrderBy(v => v.Head.SavedAt),
            _ => descending ? found.OrderByDescending(v => v.Head.Name, StringComparer.OrdinalIgnoreCase) : found.OrderBy(v => v.Head.Name, StringComparer.OrdinalIgnoreCase),
        };
        return ordered.ThenBy(v => v.Head.Id, StringComparer.Ordinal);
    }

    private static async Task<Results<ContentHttpResult, ProblemHttpResult>> FindAsync(
        string definitionId, DefinitionDesk desk, ClaimsPrincipal user, CancellationToken cancel, string? versionOptions = null) =>
        await desk.FindAsync(definitionId, versionOptions, cancel) is var (version, bare) ? ElsaAnswer.Json(version.Shown(bare, user.MayEdit())) : None(definitionId);

    private static async Task<Results<ContentHttpResult, ProblemHttpResult>> FindVersionAsync(string id, InstanceVersions desk, ClaimsPrincipal user, CancellationToken cancel) =>
        await desk.FindAsync(id, cancel) is var (version, bare) ? ElsaAnswer.Json(version.Shown(bare, user.MayEdit())) : None(id);

    private static async Task<ContentHttpResult> FindManyAsync(DefinitionDesk desk, ClaimsPrincipal user, CancellationToken cancel, [FromQuery(Name = "ids")] string[]? ids = null)
    {
        List<JsonNode> found = [];
        foreach (string id in ids ?? [])
        {
            if (await desk.FindVersionAsync(id, cancel) is var (version, bare))
                found.Add(version.Shown(bare, user.MayEdit()));
        }
        return ElsaAnswer.List(found);
    }

    private static async Task<ContentHttpResult> CountAsync(DefinitionDesk desk, CancellationToken cancel) =>
        ElsaAnswer.Json(new JsonObject { ["count"] = (await desk.ListAsync(cancel)).Count });

    private static async Task<ContentHttpResult> IsNameUniqueAsync(DefinitionDesk desk, CancellationToken cancel, string? name = null, string? definitionId = null) =>
        ElsaAnswer.Json(new JsonObject
        {
            ["isUnique"] = !(await desk.ListAsync(cancel)).Any(d => d[^1].Head.Definition != definitionId && string.Equals(d[^1].Head.Name, name, StringComparison.OrdinalIgnoreCase)),
        });

    private static async Task<Results<FileContentHttpResult, ProblemHttpResult>> ExportAsync(
        string definitionId, DefinitionDesk desk, CancellationToken cancel, string? versionOptions = null)
    {
        if (await desk.FindAsync(definitionId, versionOptions, cancel) is not var (version, bare))
            return None(definitionId);
        JsonObject whole = version.Whole(bare, mayEdit: false);
        whole.Remove("links");
        return TypedResults.File(Encoding.UTF8.GetBytes(ElsaJson.Print(whole)), "application/json", $"workflow-definition-{definitionId}-v{version.Head.Version}.json");
    }

    // A pipeline calls no other as one of its activities.
    private static ContentHttpResult Consumers(string definitionId) => ElsaAnswer.Json(new JsonObject { ["consumingWorkflowDefinitionIds"] = new JsonArray(), ["definitionId"] = definitionId });

    private static async Task<Results<ContentHttpResult, ProblemHttpResult>> SubgraphAsync(
        string id, InstanceVersions desk, CancellationToken cancel, string? parentNodeId = null, string? childNodeId = null)
    {
        if (await desk.FindAsync(id, cancel) is not var (version, bare))
            return None(id);
        JsonObject root = version.Shown(bare, mayEdit: false)["root"]!.AsObject();
        string wanted = parentNodeId ?? childNodeId ?? "";
        JsonObject? activity = (root["activities"] as JsonArray)?.OfType<JsonObject>().FirstOrDefault(a => (string?)a["nodeId"] == wanted) ?? root;
        return ElsaAnswer.Json(new JsonObject { ["nodeId"] = activity["nodeId"]?.DeepClone(), ["activity"] = activity.DeepClone(), ["port"] = null, ["children"] = new JsonArray(), ["container"] = root.DeepClone(), ["pathSegments"] = new JsonArray() });
    }
}
