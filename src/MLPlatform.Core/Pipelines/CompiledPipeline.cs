using MLPlatform.Core.Activities;

namespace MLPlatform.Core.Pipelines;

/// <summary>A pipeline file without errors: types known, references resolved, activities in order.</summary>
public sealed record CompiledPipeline
{
    public string Id => File.Id;

    public required string FileName { get; init; }

    /// <summary><c>sha256:</c> and 64 hexadecimal digits over the file's JSON without white space.</summary>
    public required string Hash { get; init; }

    /// <summary>The file's JSON, as it was read.</summary>
    public required ReadOnlyMemory<byte> Utf8 { get; init; }

    public required PipelineFile File { get; init; }

    /// <summary>Every activity after those it depends on; file order where that leaves a choice.</summary>
    public required IReadOnlyList<CompiledActivity> Activities { get; init; }
}

/// <param name="DependsOn">Positions in <see cref="CompiledPipeline.Activities"/>, by reference or declared; ascending, all smaller than its own.</param>
public sealed record CompiledActivity(
    string Name, ActivityDeclaration Declaration, ActivityDescriptor Descriptor, IReadOnlyList<int> DependsOn);

/// <param name="Pipeline">Null where there is at least one error.</param>
/// <param name="Diagnostics">All errors and warnings, in file order.</param>
public sealed record CompileResult(CompiledPipeline? Pipeline, IReadOnlyList<Diagnostic> Diagnostics);
