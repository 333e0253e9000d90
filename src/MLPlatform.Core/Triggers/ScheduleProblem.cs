namespace MLPlatform.Core.Triggers;

/// <summary>Something wrong in a schedule section, before it is known where in the file it stands.</summary>
/// <param name="Code">A code from docs/diagnostics/trig.md.</param>
/// <param name="Path">Below the section, as a JSON path: <c>triggers[0].cron</c>; empty where the caller knows it.</param>
/// <param name="Hint">What to do, or null.</param>
public sealed record ScheduleProblem(string Code, string Path, string Message, string? Hint);
