using System.Text.Json;
using MLPlatform.Core.Alarms;
using MLPlatform.Core.Runs;

namespace MLPlatform.Tests.Alarms;

/// <summary>What a look sees, made up for tests.</summary>
internal static class Watched
{
    public static readonly DateTimeOffset Now = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);
    public static readonly RunId Id = new(Guid.Parse("01950000-0000-7000-8000-000000000001"));

    public static ScopedRule Rule(AlarmRule rule, string? activity = null, string name = "r") => new($"p{(activity is null ? "" : "/" + activity)}#{name}", "p", activity, rule);

    public static AlarmRule On(params AlarmEvent[] events) => new() { On = events, To = ["oncall"] };

    public static RunRow Run(RunStatus status, DateTimeOffset? endedAt = null, string? outputs = null) => new()
    {
        Id = Id,
        Pipeline = "p",
        PlanHash = "",
        Status = status,
        TriggerJson = "{}",
        LogicalDate = Now,
        ParametersJson = "{}",
        CreatedAt = Now.AddHours(-1),
        EndedAt = status.IsTerminal() ? endedAt ?? Now.AddMinutes(-1) : null,
        OutputsJson = outputs,
        Counts = default,
        Owner = "me",
    };

    public static ActivityRow Node(string name, ActivityStatus status, int number = 0, int attempts = 1, FailureKind kind = FailureKind.User) => new()
    {
        Run = Id,
        Node = number,
        Name = name,
        Type = "t",
        Status = status,
        ReadyAt = Now.AddMinutes(-50),
        StartedAt = status == ActivityStatus.Queued ? null : Now.AddMinutes(-40),
        EndedAt = status.IsTerminal() ? Now.AddMinutes(-2) : null,
        Attempts = attempts,
        FailureJson = status == ActivityStatus.Failed ? JsonSerializer.Serialize(new Failure(kind, "EXEC-001", "it broke\nbadly"), RunJson.Default.Failure) : null,
    };

    public static WatchedRun See(RunRow run, ScopedRule rule, params ActivityRow[] activities) => See(run, rule, [], activities);

    public static WatchedRun See(RunRow run, ScopedRule rule, IReadOnlyList<MetricRow> metrics, params ActivityRow[] activities) => new(
        run, new PlanAlarms("p", "ada", [rule]), activities, metrics, new Dictionary<string, IReadOnlyList<TimeSpan>>());

    public static AlarmDecision Decide(params WatchedRun[] runs) => AlarmPolicy.Decide(new AlarmPicture { Runs = runs }, Now);
}
