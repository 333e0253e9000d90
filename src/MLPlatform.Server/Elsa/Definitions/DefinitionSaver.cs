using System.Security.Claims;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http.HttpResults;
using MLPlatform.Core.Elsa;
using MLPlatform.Core.Pipelines;
using MLPlatform.Server.Access;
using MLPlatform.Server.Pipelines;
using MLPlatform.Server.Problems;

namespace MLPlatform.Server.Elsa.Definitions;

/// <summary>Keeps drafts as they come, and takes definitions out of use.</summary>
internal sealed class DefinitionSaver(DefinitionDesk desk, IElsaStore store, IPipelineStore pipelines, PipelineRegistrar registrar, Audit audit)
{
    public async Task<(ElsaVersion? Saved, ProblemHttpResult? Problem)> SaveAsync(JsonObject model, ClaimsPrincipal user, CancellationToken cancel)
    {
        string name = model["name"] is JsonValue n && n.TryGetValue(out string? given) && !string.IsNullOrWhiteSpace(given) ? given : "Untitled";
        string? id = model["definitionId"] is JsonValue d && d.TryGetValue(out string? known) && known.Length > 0 ? known : null;
        if (id is not null && !Names.IsPipeline(id))
            return (null, Problem.Of(422, "ELSA-030", $"'{id}' is no name that a pipeline may have.", Names.PipelineRule.Replace("{0}", "It", StringComparison.Ordinal)));
        id ??= await NewIdAsync(name, cancel);
        JsonObject document = model.DeepClone().AsObject();
        document["name"] = name;
        ElsaNodes.Complete(document);
        ElsaFields.Keep(document);
        await desk.KeepRegisteredAsync(id, cancel);
        ElsaVersion saved = await store.SaveDraftAsync(new ElsaDraft(id, name, DefinitionVersion.Strip(document), user.Name), cancel);
        await audit.WriteAsync(user, "elsa.save", id, new { saved.Version }, cancel);
        return (saved, null);
    }

    /// <summary>Takes the pipeline out of use; what was drawn stays. Null where that is done.</summary>
    public async Task<ProblemHttpResult?> RetractAsync(string definition, ClaimsPrincipal user, CancellationToken cancel)
    {
        if (await desk.ListAsync(definition, cancel) is [])
            return DefinitionReading.None(definition);
        if (await registrar.HeldByGitAsync(definition, cancel) is { } held)
            return DefinitionPublisher.ForStudio(held);
        await desk.KeepRegisteredAsync(definition, cancel);
        if (await pipelines.RemoveAsync(definition, user.Name, cancel))
            await audit.WriteAsync(user, "pipeline.remove", definition, null, cancel);
        await store.RetractAsync(definition, cancel);
        return null;
    }

    /// <summary>Removes all versions, and takes the pipeline out of use. Null where that is done.</summary>
    public async Task<ProblemHttpResult?> RemoveAsync(string definition, ClaimsPrincipal user, CancellationToken cancel)
    {
        if (await RetractAsync(definition, user, cancel) is { } problem)
            return problem;
        await store.RemoveAsync(definition, cancel);
        await audit.WriteAsync(user, "elsa.remove", definition, null, cancel);
        return null;
    }

    private async Task<string> NewIdAsync(string name, CancellationToken cancel)
    {
        HashSet<string> taken = [.. (await desk.ListAsync(cancel)).Select(d => d[0].Head.Definition)];
        return ElsaNodes.FreeId(name, taken);
    }
}
