using System.Text;
using MLPlatform.Core.Runs;

namespace MLPlatform.IntegrationTests.Storage;

/// <summary>Rows to store, complete and unlike each other.</summary>
internal static class Rows
{
    public static readonly DateTimeOffset At = new DateTimeOffset(2026, 3, 1, 12, 30, 15, TimeSpan.Zero).AddMicroseconds(123_457);

    public static RunId NewRun() => new(Guid.CreateVersion7());

    public static RunRow Run(RunId id, string owner, RunStatus status = RunStatus.Running, DateTimeOffset? createdAt = null, string pipeline = "p") => new()
    {
        Id = id,
        Pipeline = pipeline,
        PlanHash = "sha256:plan",
        Status = status,
        TriggerJson = """{"type":"manual"}""",
        LogicalDate = At.AddDays(-1),
        ParametersJson = "{}",
        CreatedAt = createdAt ?? At,
        EndedAt = status.IsTerminal() ? At.AddHours(1) : null,
        OutputsJson = status.IsTerminal() ? """{"auc":0.9}""" : null,
        FailureJson = status == RunStatus.Failed ? """{"kind":"user"}""" : null,
        Counts = new RunCounts(5, 1, 2, 1, 1),
        Owner = owner,
    };

    public static JournalEntry Entry(RunId run, long sequence, string text = "[]") => new(run, sequence, Encoding.UTF8.GetBytes(text));

    public static ActivityRow Activity(RunId run, int node, ActivityStatus status = ActivityStatus.Succeeded, string? note = null) => new()
    {
        Run = run,
        Node = node,
        Name = $"train[{node}]",
        Type = "train.vlps",
        Status = status,
        ReadyAt = At,
        StartedAt = At.AddMicroseconds(1),
        EndedAt = status.IsTerminal() ? At.AddSeconds(5) : null,
        Attempts = 1,
        OutputsJson = """{"auc":0.9}""",
        Note = note,
    };

    public static AttemptRow Attempt(RunId run, int node, int number = 1, AttemptStatus status = AttemptStatus.Succeeded) => new()
    {
        Id = new AttemptId(run, node, number),
        Status = status,
        StartedAt = At,
        EndedAt = status >= AttemptStatus.Succeeded ? At.AddSeconds(5) : null,
        ExecutionJson = """{"pid":1}""",
    };
}
