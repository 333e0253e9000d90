using System.Text.Json;
using MLPlatform.Core.Runs;
using MLPlatform.Engine.Runs;

namespace MLPlatform.Engine.Journal;

/// <summary>Makes the rows that queries read from the state as it stands.</summary>
internal static class RunRows
{
    public static RunRow Run(ActiveRun run) => run.Row with
    {
        Status = run.State.Status,
        EndedAt = run.State.EndedAt,
        OutputsJson = run.State.Outputs?.GetRawText(),
        FailureJson = Json(run.State.Failure),
        Counts = run.State.Counts,
    };

    public static ActivityRow Activity(RunId run, NodeState node) => new()
    {
        Run = run,
        Node = node.Index,
        Name = node.Name,
        Type = node.Planned.Type,
        Status = node.Status,
        ReadyAt = node.ReadyAt,
        StartedAt = node.StartedAt,
        EndedAt = node.EndedAt,
        Attempts = node.Attempts,
        OutputsJson = node.Outputs?.GetRawText(),
        FailureJson = Json(node.Failure),
        Note = node.Note,
    };

    public static string? Json(Failure? failure) => failure is null ? null : JsonSerializer.Serialize(failure, RunJson.Default.Failure);
}
