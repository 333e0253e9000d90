using MLPlatform.Core.Alarms;

namespace MLPlatform.Tests.Alarms.Messages;

/// <summary>An alarm with everything in it, hostile text included.</summary>
internal static class Sample
{
    public static readonly DateTimeOffset At = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    public static Alarm Failed { get; } = new()
    {
        Id = "0123456789abcdef0123456789abcdef",
        Rule = "ctr#broken",
        Event = AlarmEvent.Failed,
        Severity = AlarmSeverity.Critical,
        Pipeline = "ctr",
        Subject = "train",
        Owner = "reco",
        Run = Watched.Id,
        Node = 1,
        Summary = "ctr failed at train: <at id=all> & *bold*",
        At = At,
        OpenedAt = At.AddSeconds(3),
        To = ["oncall"],
        Evidence = new AlarmEvidence(new LogExcerpt("attempt", 41, 42, ["Traceback:", "```<!channel>"]), new Dictionary<string, double> { ["auc"] = 0.71 }),
        State = new AlarmState.Firing(),
    };

    public static Alarm Resolved => Failed with { State = new AlarmState.Resolved(At.AddHours(1), "run 7 succeeded") };
}
