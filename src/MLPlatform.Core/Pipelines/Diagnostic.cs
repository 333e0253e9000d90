namespace MLPlatform.Core.Pipelines;

public enum DiagnosticSeverity
{
    Warning,
    Error,
}

/// <summary>One problem of a pipeline file.</summary>
/// <param name="Code">Stable, listed in docs/diagnostics.md, for example <c>PIPE-012</c>.</param>
/// <param name="Path">Where in the file, as a JSON path: <c>$.activities.train.inputs.dim</c>.</param>
/// <param name="Line">From 1; 0 where it is about no file but about what a run was given.</param>
/// <param name="Column">From 1, in characters; 0 as above.</param>
/// <param name="Hint">What to do, with the nearest valid name where there is one.</param>
public sealed record Diagnostic(
    string Code, DiagnosticSeverity Severity, string Message, string File, int Line, int Column, string Path, string? Hint)
{
    public override string ToString() =>
        (Line > 0 ? $"{File}:{Line}:{Column}: " : "") + $"{(Severity == DiagnosticSeverity.Error ? "error" : "warning")} {Code}: {Message} ({Path})"
        + (Hint is null ? "" : $" {Hint}");
}
