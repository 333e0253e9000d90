using System.Text.Json;
using MLPlatform.Core.Pipelines;
using MLPlatform.Core.Pipelines.Git;
using MLPlatform.Server.Describe;
using MLPlatform.Server.Pipelines.Git;

namespace MLPlatform.Server.Pipelines;

/// <summary>A pipeline file as a client sends it.</summary>
/// <param name="Pipeline">The file: its text as a string, which keeps line numbers right, or the object itself.</param>
/// <param name="FileName">What problems call it. Default: pipeline.json.</param>
/// <param name="Folder">The absolute folder that its relative paths are relative to; it must be one of the server's.</param>
public sealed record PipelineSource(JsonElement Pipeline, string? FileName = null, string? Folder = null);

/// <summary>What is wrong with a pipeline file.</summary>
public sealed record ValidationView(bool Valid, string? Pipeline, IReadOnlyList<Diagnostic> Diagnostics);

/// <summary>A place in a file, which may be a draft, whose expressions somebody writes.</summary>
/// <param name="Pipeline">The file: its text as a string, or the object itself.</param>
/// <param name="Activity">Whose inputs or conditions it is; absent for outputs and defaults.</param>
/// <param name="Input">The input that takes the whole value, where one does: what does not fit there is marked.</param>
public sealed record ScopeRequest(JsonElement Pipeline, ExpressionPlace Place = ExpressionPlace.Inputs, string? Activity = null, string? Input = null);

/// <summary>What expressions of a place may read.</summary>
/// <param name="Readable">Whether the text is a JSON object; where it is not, nothing is in scope.</param>
/// <param name="Names">What fits first, otherwise in the file's order.</param>
public sealed record ScopeView(bool Readable, IReadOnlyList<ScopeName> Names);

/// <summary>A registered pipeline, as lists show it.</summary>
/// <param name="Revision">The newest one, from 1.</param>
/// <param name="Folder">What the file's relative paths are relative to.</param>
/// <param name="Paused">Whether its triggers rest.</param>
/// <param name="Commit">The commit that the revision came from; absent where it came from none, and in lists of pipelines.</param>
public sealed record PipelineView(
    string Id, int Revision, string Hash, string? Folder, string AppliedBy, DateTimeOffset AppliedAt, bool Paused, GitCommitView? Commit = null)
{
    internal static PipelineView From(PipelineRevision r, GitCommit? commit = null) =>
        new(r.Pipeline, r.Revision, r.Hash, r.Folder, r.AppliedBy, r.AppliedAt, r.Paused, commit is null ? null : GitCommitView.From(commit));
}

/// <summary>A registered pipeline with its file.</summary>
public sealed record PipelineDetail(PipelineView Pipeline, JsonElement File)
{
    internal static PipelineDetail From(PipelineRevision r) => new(PipelineView.From(r), RawJson.Read(r.FileJson.TrimStart('\uFEFF'))!.Value);
}
