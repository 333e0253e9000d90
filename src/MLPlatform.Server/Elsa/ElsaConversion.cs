using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http.HttpResults;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Elsa;
using MLPlatform.Core.Pipelines;
using MLPlatform.Server.Access;
using MLPlatform.Server.Pipelines;
using MLPlatform.Server.Problems;

namespace MLPlatform.Server.Elsa;

/// <summary>Pipelines as Elsa 3 workflow definitions and back, in the platform's own API.</summary>
internal static class ElsaConversion
{
    public static void MapElsaConversion(this IEndpointRouteBuilder app)
    {
        RouteGroupBuilder elsa = app.MapGroup("/api/v1/elsa").WithTags("Elsa").RequireAuthorization(Permissions.View).ProducesProblem(422);
        elsa.MapPost("/export", ExportElsa).WithName(nameof(ExportElsa)).WithSummary("A pipeline file as an Elsa 3 workflow definition; importing it gives the same file back.");
        elsa.MapPost("/import", ImportElsa).WithName(nameof(ImportElsa)).WithSummary("An Elsa 3 workflow definition as a pipeline file, and all of it that has no counterpart.");
    }

    private static Results<Ok<ElsaDefinitionView>, ProblemHttpResult> ExportElsa(PipelineSource source)
    {
        ElsaResult result = ElsaMapping.Export(Utf8(source.Pipeline), source.FileName ?? "pipeline.json");
        return result.Text is null ? Refused(result.Diagnostics) : TypedResults.Ok(new ElsaDefinitionView(JsonElement.Parse(result.Text), result.Diagnostics));
    }

    private static Results<Ok<ElsaPipelineView>, ProblemHttpResult> ImportElsa(ElsaSource source, ActivityCatalog catalog)
    {
        ElsaResult result = ElsaMapping.Import(Utf8(source.Definition), source.FileName ?? "definition.json", catalog);
        return result.Text is null ? Refused(result.Diagnostics) : TypedResults.Ok(new ElsaPipelineView(Encoding.UTF8.GetString(result.Text), result.Diagnostics));
    }

    /// <summary>422: what it is that cannot be mapped.</summary>
    public static ProblemHttpResult Refused(IReadOnlyList<Diagnostic> diagnostics)
    {
        Diagnostic first = diagnostics.First(d => d.Severity == DiagnosticSeverity.Error);
        return Problem.Of(422, first.Code, first.Message, first.Hint, [new("diagnostics", diagnostics)]);
    }

    private static byte[] Utf8(JsonElement file) => Encoding.UTF8.GetBytes(file.ValueKind == JsonValueKind.String ? file.GetString()! : file.GetRawText());
}

/// <summary>An Elsa 3 workflow definition as a client sends it.</summary>
/// <param name="Definition">Its text as a string, which keeps line numbers right, or the object itself.</param>
/// <param name="FileName">What problems call it. Default: definition.json.</param>
public sealed record ElsaSource(JsonElement Definition, string? FileName = null);

/// <summary>A pipeline as an Elsa 3 workflow definition.</summary>
public sealed record ElsaDefinitionView(JsonElement Definition, IReadOnlyList<Diagnostic> Diagnostics);

/// <summary>A workflow definition as a pipeline file.</summary>
/// <param name="Pipeline">The file's text.</param>
/// <param name="Diagnostics">What has no counterpart in a pipeline; all of it is kept in the section <c>elsa</c>.</param>
public sealed record ElsaPipelineView(string Pipeline, IReadOnlyList<Diagnostic> Diagnostics);
