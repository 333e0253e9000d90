using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http.HttpResults;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Datasets;
using MLPlatform.Core.Pipelines;
using MLPlatform.Core.Registry;
using MLPlatform.Server.Alarms;
using MLPlatform.Server.Problems;

namespace MLPlatform.Server.Pipelines;

/// <summary>A compiled file and the folder its relative paths belong to.</summary>
internal sealed record Compiled(CompiledPipeline Pipeline, string? Folder);

/// <summary>Takes pipeline files in: text to compiled pipeline, or the problem to answer with.</summary>
internal sealed class PipelineDesk(ActivityCatalog catalog, IPipelineStore store, ChannelDesk channels, IDatasetStore datasets, IModelRegistry models)
{
    public CompileResult Compile(PipelineSource source) =>
        PipelineCompiler.Compile(Encoding.UTF8.GetBytes(TextOf(source)), source.FileName ?? "pipeline.json", catalog);

    /// <summary>Warnings about channels and datasets of alarms that this server does not have.</summary>
    public async Task<IReadOnlyList<Diagnostic>> CheckAlarmsAsync(PipelineSource source, CancellationToken cancel) => AlarmNames.Warnings(
        Encoding.UTF8.GetBytes(TextOf(source)), source.FileName ?? "pipeline.json", channels.Names, [.. (await datasets.ListAsync(cancel)).Select(d => d.Name)]);

    /// <summary>The file as sent, compiled; or null and what is wrong.</summary>
    public (Compiled? Compiled, ProblemHttpResult? Problem) Read(PipelineSource source)
    {
        if (source.Folder is not null && !Path.IsPathRooted(source.Folder))
            return (null, Problem.BadRequest($"The folder '{source.Folder}' is not absolute."));
        CompileResult result = Compile(source);
        return result.Pipeline is null ? (null, Invalid(result.Diagnostics)) : (new Compiled(result.Pipeline, source.Folder), null);
    }

    /// <summary>The newest revision of a registered pipeline, compiled with the activities there are now.</summary>
    public async Task<(Compiled? Compiled, ProblemHttpResult? Problem)> FindAsync(string pipeline, CancellationToken cancel)
    {
        if (await store.FindAsync(pipeline, cancel) is not { } revision)
            return (null, NoPipeline(pipeline));
        CompileResult result = PipelineCompiler.Compile(Encoding.UTF8.GetBytes(revision.FileJson), pipeline + ".json", catalog);
        return result.Pipeline is null ? (null, Invalid(result.Diagnostics)) : (new Compiled(result.Pipeline, revision.Folder), null);
    }

    public static ProblemHttpResult Invalid(IReadOnlyList<Diagnostic> diagnostics)
    {
        int errors = diagnostics.Count(d => d.Severity == DiagnosticSeverity.Error);
        return Problem.Of(422, "API-012", $"The pipeline has {errors} {(errors == 1 ? "error" : "errors")}: {diagnostics.First(d => d.Severity == DiagnosticSeverity.Error).Message}",
            "'diagnostics' names every place; 'mlp validate FILE' shows the same offline.", [new("diagnostics", diagnostics)]);
    }

    public static ProblemHttpResult NoPipeline(string id) =>
        Problem.NotFound($"registered pipeline '{id}'", "'mlp pipelines list' shows those there are; 'mlp apply FILE' registers one.");

    /// <summary>What expressions of a place may read, with the models that have a champion.</summary>
    public async Task<ScopeView> ScopeAsync(ScopeRequest request, CancellationToken cancel)
    {
        IEnumerable<(string, string)> champions = (await models.ListAsync(cancel)).Where(m => m.ChampionVersion is not null).Select(m => (m.Model, "champion"));
        IReadOnlyList<ScopeName>? names = PipelineScope.Of(
            Encoding.UTF8.GetBytes(TextOf(request.Pipeline)), catalog, new ScopePlace(request.Place, request.Activity, request.Input), champions);
        return new ScopeView(names is not null, names ?? []);
    }

    private static string TextOf(PipelineSource source) => TextOf(source.Pipeline);

    private static string TextOf(JsonElement pipeline) => pipeline.ValueKind == JsonValueKind.String ? pipeline.GetString()! : pipeline.GetRawText();
}
