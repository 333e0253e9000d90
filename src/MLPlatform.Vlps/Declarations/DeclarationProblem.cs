namespace MLPlatform.Vlps.Declarations;

/// <summary>A mistake in a declaration.</summary>
/// <param name="Code">Stable; docs/diagnostics/vlps.md explains it.</param>
/// <param name="Path">Where, as a JSON path.</param>
/// <param name="Message">What is wrong, and the nearest right name where there is one.</param>
public sealed record DeclarationProblem(string Code, string Path, string Message)
{
    public override string ToString() => $"{Code} at {Path}: {Message}";
}
