using System.Security.Claims;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http.HttpResults;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Elsa;
using MLPlatform.Core.Pipelines;
using MLPlatform.Server.Pipelines;
using MLPlatform.Server.Problems;

namespace MLPlatform.Server.Elsa.Definitions;

/// <summary>Makes pipelines of definitions: publishing registers the pipeline, and its triggers are live.</summary>
internal sealed class DefinitionPublisher(IElsaStore store, IPipelineStore pipelines, PipelineRegistrar registrar, ActivityCatalog catalog)
{
    /// <summary>The pipeline file that a version stands for, or why there is none.</summary>
    public (string? File, ProblemHttpResult? Problem) Read(DefinitionVersion version, JsonObject bare)
    {
        JsonObject definition = version.Whole(bare, mayEdit: false);
        foreach (string volatileMember in new[] { "links", "isLatest", "isPublished" })
            definition.Remove(volatileMember);
        ElsaResult imported = ElsaMapping.Import(Encoding.UTF8.GetBytes(ElsaJson.Print(definition)), version.Head.Definition + ".json", catalog);
        return imported.Text is null ? (null, ForStudio(ElsaConversion.Refused(imported.Diagnostics))) : (Encoding.UTF8.GetString(imported.Text), null);
    }

    /// <summary>Publishes a version. The draft stays as it is where it cannot be.</summary>
    public async Task<ProblemHttpResult?> PublishAsync(DefinitionVersion version, JsonObject bare, ClaimsPrincipal user, CancellationToken cancel)
    {
        (string? file, ProblemHttpResult? problem) = Read(version, bare);
        if (file is null)
            return problem;
        string? folder = (await pipelines.FindAsync(version.Head.Definition, cancel))?.Folder;
        (PipelineRevision? now, _, ProblemHttpResult? refused) = await registrar.ApplyAsync(
            new PipelineSource(JsonSerializer.SerializeToElement(file), version.Head.Definition + ".json", folder), user, cancel);
        if (now is null)
            return ForStudio(refused!);
        await store.PublishAsync(version.Head.Id, now.Revision, cancel);
        return null;
    }

    /// <summary>The problem with its messages where Elsa Studio looks for them.</summary>
    public static ProblemHttpResult ForStudio(ProblemHttpResult problem)
    {
        IDictionary<string, object?> facts = problem.ProblemDetails.Extensions;
        string[] messages = facts.TryGetValue("diagnostics", out object? found) && found is IReadOnlyList<Diagnostic> diagnostics
            ? [.. diagnostics.Where(d => d.Severity == DiagnosticSeverity.Error).Take(20).Select(d => $"{d.Code}: {d.Message} ({d.Path})")]
            : [problem.ProblemDetails.Detail ?? "It was refused."];
        return Problem.Of(problem.StatusCode, (string)facts["code"]!, problem.ProblemDetails.Detail!, facts.TryGetValue("hint", out object? hint) ? hint as string : null,
            [.. facts.Where(e => e.Key is not ("code" or "hint")), new("errors", new Dictionary<string, string[]> { ["root"] = messages })]);
    }
}
