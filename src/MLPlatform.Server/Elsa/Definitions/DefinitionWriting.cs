using System.Security.Claims;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using MLPlatform.Core.Elsa;
using MLPlatform.Core.Pipelines;
using MLPlatform.Server.Access;
using MLPlatform.Server.Pipelines;
using MLPlatform.Server.Problems;

namespace MLPlatform.Server.Elsa.Definitions;

/// <summary>What Elsa Studio changes of definitions.</summary>
internal static class DefinitionWriting
{
    public static void MapDefinitionWriting(this IEndpointRouteBuilder api)
    {
        RouteGroupBuilder definitions = api.MapGroup("/workflow-definitions").RequireAuthorization(Permissions.Edit);
        definitions.MapPost("/", SaveAsync);
        definitions.MapPost("/import", ImportAsync);
        definitions.MapPost("/import-files", ImportFilesAsync).DisableAntiforgery();
        definitions.MapPost("/{definitionId}/publish", PublishAsync);
        definitions.MapPost("/{definitionId}/retract", RetractAsync);
        definitions.MapPost("/{definitionId}/revert/{version:int}", RevertAsync);
        definitions.MapPost("/{definitionId}/update-references", (string definitionId) => ElsaAnswer.Json(new JsonObject { ["affectedWorkflows"] = new JsonArray(), ["definitionId"] = definitionId }));
        definitions.MapDelete("/{definitionId}", DeleteAsync);
        api.MapDelete("/workflow-definition-versions/{id}", DeleteVersionAsync).RequireAuthorization(Permissions.Edit);
    }

    // Creating, saving by itself, saving and publishing are one call.
    private static async Task<Results<ContentHttpResult, ProblemHttpResult>> SaveAsync(
        [FromBody] JsonElement body, DefinitionDesk desk, DefinitionPublisher publisher, DefinitionSaver saver, ClaimsPrincipal user, CancellationToken cancel)
    {
        JsonObject? model = ElsaJson.Parse(body.GetRawText()) is JsonObject whole ? whole["model"] as JsonObject : null;
        if (model is null)
            return Problem.BadRequest("The request holds no 'model'.");
        (ElsaVersion? saved, ProblemHttpResult? refused) = await saver.SaveAsync(model, user, cancel);
        if (saved is null)
            return refused!;
        bool publish = body.TryGetProperty("publish", out JsonElement wanted) && wanted.ValueKind == JsonValueKind.True;
        if (publish && await PublishAsync(saved.Definition, desk, publisher, user, cancel) is { Result: ProblemHttpResult problem })
            return problem;
        return await desk.FindAsync(saved.Definition, "Latest", cancel) is var (version, bare)
            ? ElsaAnswer.Json(new JsonObject { ["workflowDefinition"] = version.Shown(bare, user.MayEdit()), ["alreadyPublished"] = false, ["consumingWorkflowCount"] = 0 })
            : DefinitionReading.None(saved.Definition);
    }

    private static async Task<Results<ContentHttpResult, ProblemHttpResult>> ImportAsync(
        [FromBody] JsonElement body, DefinitionDesk desk, DefinitionSaver saver, ClaimsPrincipal user, CancellationToken cancel)
    {
        if (ElsaJson.Parse(body.GetRawText()) is not JsonObject { } definition || definition["root"] is not JsonObject)
            return Problem.Of(422, "ELSA-001", "this is no Elsa 3 workflow definition: it has no root activity");
        (ElsaVersion? saved, ProblemHttpResult? refused) = await saver.SaveAsync(definition, user, cancel);
        if (saved is null)
            return refused!;
        return await desk.FindAsync(saved.Definition, "Latest", cancel) is var (version, bare) ? ElsaAnswer.Json(version.Shown(bare, user.MayEdit())) : DefinitionReading.None(saved.Definition);
    }

    private static async Task<Results<ContentHttpResult, ProblemHttpResult>> ImportFilesAsync(IFormFileCollection files, DefinitionSaver saver, ClaimsPrincipal user, CancellationToken cancel)
    {
        int count = 0;
        foreach (IFormFile file in files)
        {
            using StreamReader reader = new(file.OpenReadStream(), Encoding.UTF8);
            JsonObject? definition;
            try
            {
                definition = ElsaJson.Parse(await reader.ReadToEndAsync(cancel)) as JsonObject;
            }
            catch (JsonException e)
            {
                return Problem.Of(422, "PIPE-001", $"'{file.FileName}' is not JSON: {e.Message}");
            }
            if (definition?["root"] is not JsonObject)
                return Problem.Of(422, "ELSA-001", $"'{file.FileName}' is no Elsa 3 workflow definition: it has no root activity");
            if (await saver.SaveAsync(definition, user, cancel) is { Problem: { } refused })
                return refused;
            count++;
        }
        return ElsaAnswer.Json(new JsonObject { ["count"] = count });
    }

    private static async Task<Results<ContentHttpResult, ProblemHttpResult>> PublishAsync(
        string definitionId, DefinitionDesk desk, DefinitionPublisher publisher, ClaimsPrincipal user, CancellationToken cancel)
    {
        if (await desk.FindAsync(definitionId, "Latest", cancel) is not var (version, bare))
            return DefinitionReading.None(definitionId);
        bool already = version.Head.IsPublished;
        if (!already && await publisher.PublishAsync(version, bare, user, cancel) is { } problem)
            return problem;
        return await desk.FindAsync(definitionId, "Latest", cancel) is var (now, document)
            ? ElsaAnswer.Json(new JsonObject { ["workflowDefinition"] = now.Shown(document, user.MayEdit()), ["alreadyPublished"] = already, ["consumingWorkflowCount"] = 0 })
            : DefinitionReading.None(definitionId);
    }

    private static async Task<Results<ContentHttpResult, ProblemHttpResult>> RetractAsync(
        string definitionId, DefinitionDesk desk, DefinitionSaver saver, ClaimsPrincipal user, CancellationToken cancel)
    {
        if (await saver.RetractAsync(definitionId, user, cancel) is { } problem)
            return problem;
        return await desk.FindAsync(definitionId, "Latest", cancel) is var (version, bare) ? ElsaAnswer.Json(version.Shown(bare, user.MayEdit())) : DefinitionReading.None(definitionId);
    }

    private static async Task<Results<ContentHttpResult, ProblemHttpResult>> RevertAsync(
        string definitionId, int version, DefinitionDesk desk, DefinitionSaver saver, ClaimsPrincipal user, CancellationToken cancel)
    {
        if (await desk.FindAsync(definitionId, version.ToString(System.Globalization.CultureInfo.InvariantCulture), cancel) is not var (old, bare))
            return DefinitionReading.None($"{definitionId} version {version}");
        JsonObject whole = old.Whole(bare, mayEdit: false);
        (ElsaVersion? saved, ProblemHttpResult? refused) = await saver.SaveAsync(whole, user, cancel);
        return saved is null ? refused! : await desk.FindAsync(definitionId, "Latest", cancel) is var (now, document) ? ElsaAnswer.Json(now.Shown(document, user.MayEdit())) : DefinitionReading.None(definitionId);
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> DeleteAsync(string definitionId, DefinitionSaver saver, ClaimsPrincipal user, CancellationToken cancel) =>
        await saver.RemoveAsync(definitionId, user, cancel) is { } problem ? problem : TypedResults.NoContent();

    private static async Task<Results<NoContent, ProblemHttpResult>> DeleteVersionAsync(
        string id, DefinitionDesk desk, IElsaStore store, ClaimsPrincipal user, Audit audit, CancellationToken cancel)
    {
        if (await desk.FindVersionAsync(id, cancel) is not var (version, _))
            return DefinitionReading.None(id);
        if (version.Head.IsPublished)
            return Problem.Conflict("ELSA-031", $"Version {version.Head.Version} of '{version.Head.Definition}' is published.", "Retract it first.");
        await store.RemoveVersionAsync(id, cancel);
        await audit.WriteAsync(user, "elsa.removeVersion", version.Head.Definition, new { version.Head.Version }, cancel);
        return TypedResults.NoContent();
    }
}
