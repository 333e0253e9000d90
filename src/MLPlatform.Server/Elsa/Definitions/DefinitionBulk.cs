using System.IO.Compression;
using System.Security.Claims;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http.HttpResults;
using MLPlatform.Core.Elsa;
using MLPlatform.Server.Access;

namespace MLPlatform.Server.Elsa.Definitions;

/// <summary>Several definitions at once.</summary>
internal static class DefinitionBulk
{
    public static void MapDefinitionBulk(this IEndpointRouteBuilder api)
    {
        RouteGroupBuilder bulk = api.MapGroup("/bulk-actions").RequireAuthorization(Permissions.Edit);
        bulk.MapPost("/delete/workflow-definitions/by-definition-ids", DeleteAsync);
        bulk.MapPost("/delete/workflow-definitions/by-id", DeleteVersionsAsync);
        bulk.MapPost("/publish/workflow-definitions/by-definition-ids", PublishAsync);
        bulk.MapPost("/retract/workflow-definitions/by-definition-ids", RetractAsync);
        api.MapPost("/bulk-actions/export/workflow-definitions", ExportAsync).RequireAuthorization(Permissions.View);
    }

    private static async Task<ContentHttpResult> DeleteAsync(Ids ids, DefinitionSaver saver, ClaimsPrincipal user, CancellationToken cancel)
    {
        int deleted = 0;
        foreach (string id in ids.DefinitionIds ?? [])
            deleted += await saver.RemoveAsync(id, user, cancel) is null ? 1 : 0;
        return ElsaAnswer.Json(new JsonObject { ["deleted"] = deleted });
    }

    private static async Task<ContentHttpResult> DeleteVersionsAsync(Ids ids, DefinitionDesk desk, IElsaStore store, CancellationToken cancel)
    {
        int deleted = 0;
        foreach (string id in ids.All ?? [])
        {
            if (await desk.FindVersionAsync(id, cancel) is var (version, _) && !version.Head.IsPublished && await store.RemoveVersionAsync(id, cancel))
                deleted++;
        }
        return ElsaAnswer.Json(new JsonObject { ["deleted"] = deleted });
    }

    private static async Task<ContentHttpResult> PublishAsync(Ids ids, DefinitionDesk desk, DefinitionPublisher publisher, ClaimsPrincipal user, CancellationToken cancel)
    {
        JsonArray published = [], already = [], missing = [], skipped = [];
        foreach (string id in ids.DefinitionIds ?? [])
        {
            JsonArray into = await desk.FindAsync(id, "Latest", cancel) is not var (version, bare) ? missing
                : version.Head.IsPublished ? already
                : await publisher.PublishAsync(version, bare, user, cancel) is null ? published : skipped;
            into.Add(id);
        }
        return ElsaAnswer.Json(new JsonObject { ["published"] = published, ["alreadyPublished"] = already, ["notFound"] = missing, ["skipped"] = skipped });
    }

    private static async Task<ContentHttpResult> RetractAsync(Ids ids, DefinitionSaver saver, ClaimsPrincipal user, CancellationToken cancel)
    {
        JsonArray retracted = [], missing = [];
        foreach (string id in ids.DefinitionIds ?? [])
            (await saver.RetractAsync(id, user, cancel) is null ? retracted : missing).Add(id);
        return ElsaAnswer.Json(new JsonObject { ["retracted"] = retracted, ["alreadyRetracted"] = new JsonArray(), ["notFound"] = missing, ["skipped"] = new JsonArray() });
    }

    private static async Task<FileContentHttpResult> ExportAsync(Ids ids, DefinitionDesk desk, CancellationToken cancel)
    {
        using MemoryStream zip = new();
        using (ZipArchive archive = new(zip, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach (string id in ids.All ?? [])
            {
                if (await desk.FindVersionAsync(id, cancel) is not var (version, bare))
                    continue;
                JsonObject whole = version.Whole(bare, mayEdit: false);
                whole.Remove("links");
                await using Stream entry = await archive.CreateEntry($"workflow-definition-{version.Head.Definition}-v{version.Head.Version}.json").OpenAsync(cancel);
                await entry.WriteAsync(Encoding.UTF8.GetBytes(ElsaJson.Print(whole)), cancel);
            }
        }
        return TypedResults.File(zip.ToArray(), "application/zip", "workflow-definitions.zip");
    }

    /// <param name="DefinitionIds">Whole definitions.</param>
    /// <param name="All">Versions.</param>
    internal sealed record Ids(
        string[]? DefinitionIds = null, [property: System.Text.Json.Serialization.JsonPropertyName("ids")] string[]? All = null, bool? IncludeConsumingWorkflows = null);
}
