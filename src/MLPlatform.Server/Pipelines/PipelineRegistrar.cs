using System.Security.Claims;
using System.Text;
using Microsoft.AspNetCore.Http.HttpResults;
using MLPlatform.Core.Pipelines;
using MLPlatform.Core.Pipelines.Git;
using MLPlatform.Core.Triggers;
using MLPlatform.Engine.Alarms;
using MLPlatform.Engine.Triggers;
using MLPlatform.Server.Access;
using MLPlatform.Server.Problems;
using MLPlatform.Storage.Pipelines;

namespace MLPlatform.Server.Pipelines;

/// <summary>Registers files that people send; those of the repository come by commits alone.</summary>
internal sealed class PipelineRegistrar(
    PipelineDesk desk, IPipelineStore store, IGitSyncStore git, PipelineRepository repository, TriggerReader triggers, TriggerSignal signal, AlarmLookBell alarms, Audit audit)
{
    public async Task<(PipelineRevision? Now, bool IsNew, ProblemHttpResult? Problem)> ApplyAsync(PipelineSource source, ClaimsPrincipal user, CancellationToken cancel)
    {
        (Compiled? compiled, ProblemHttpResult? problem) = desk.Read(source);
        if (compiled is null)
            return (null, false, problem);
        CompiledPipeline pipeline = compiled.Pipeline;
        if (await HeldByGitAsync(pipeline.Id, cancel) is { } held)
            return (null, false, held);
        if (await triggers.CheckAsync(pipeline.Id, pipeline.File.WithActivityDependencies(), cancel) is [ScheduleProblem clash, ..])
            return (null, false, Problem.Of(422, clash.Code, clash.Message, clash.Hint));
        PipelineRevision? before = await store.FindAsync(pipeline.Id, cancel);
        PipelineRevision now = await store.ApplyAsync(
            pipeline.Id, pipeline.Hash, Encoding.UTF8.GetString(pipeline.Utf8.Span), compiled.Folder, user.Name, cancel);
        if (before?.Revision == now.Revision)
            return (now, false, null);
        signal.Set();
        alarms.Ring();
        await audit.WriteAsync(user, "pipeline.apply", pipeline.Id, new { now.Revision, now.Hash }, cancel);
        return (now, true, null);
    }

    /// <summary>The refusal to change what a file of the repository says; null where none holds the pipeline.</summary>
    public async Task<ProblemHttpResult?> HeldByGitAsync(string pipeline, CancellationToken cancel) =>
        await FileOfAsync(pipeline, cancel) is { } file
            ? Problem.Conflict("GIT-013", $"The pipeline '{pipeline}' is {file.Path} in git, on the branch {repository.Options.Branch}, and changes by commits alone.",
                "Commit the change, or save it in the designer, which commits it.")
            : null;

    /// <summary>The file of the repository that holds a pipeline, or null.</summary>
    public async Task<GitFile?> FileOfAsync(string pipeline, CancellationToken cancel) => repository.IsConfigured
        ? (await git.ListFilesAsync(repository.Source, cancel)).FirstOrDefault(f => f.Pipeline == pipeline && !f.Removed)
        : null;
}
