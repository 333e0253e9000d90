namespace MLPlatform.Core.Bees;

/// <summary>An agent's heartbeat: that it lives, and how far it is behind.</summary>
/// <param name="Version">Of the program.</param>
/// <param name="Host">The machine's name.</param>
/// <param name="SentAt">By the agent's clock.</param>
/// <param name="ConfigVersion">The version of the server's configuration that it works by; null where it has none, or needs none.</param>
/// <param name="ConfigProblem">Why it does not work by a later one, with a code.</param>
/// <param name="EverySeconds">When the next one is to be expected; one that stays away for three times as long is silent.</param>
public sealed record AgentReport(
    string Version, string Host, DateTimeOffset StartedAt, DateTimeOffset SentAt, double EverySeconds, IReadOnlyList<AgentSourceReport> Sources,
    int? ConfigVersion = null, string? ConfigProblem = null)
{
    /// <summary>Heartbeats that may be missing before an agent counts as silent.</summary>
    public const int Patience = 3;

    /// <param name="at">When the report came.</param>
    public bool IsSilent(DateTimeOffset at, DateTimeOffset now) => now - at > TimeSpan.FromSeconds(Patience * EverySeconds);

    /// <summary>How far the agent's clock is ahead of the server's, the time of travel aside.</summary>
    public double SkewSeconds(DateTimeOffset at) => (SentAt - at).TotalSeconds;

    /// <summary>What is wrong with it, or null.</summary>
    public string? Problem() =>
        !(EverySeconds is >= 0.1 and <= 86_400) ? "everySeconds must be from 0.1 to 86400"
        : Version is null || Host is null || Sources is null ? "version, host and sources must be there"
        : Sources.Count > 1000 ? "a report has 1000 sources at most"
        : Sources.Select(s => BatchHeader.NameProblem("source", s.Source ?? "")).FirstOrDefault(p => p is not null);
}

/// <summary>How an agent stands with one source. Counts are since the agent started.</summary>
/// <param name="Files">Files being read or waiting to be.</param>
/// <param name="LagBytes">Bytes that are written but not acknowledged.</param>
/// <param name="LagSeconds">Age of the oldest of them; 0 where there are none.</param>
/// <param name="SpooledBytes">Bytes read and kept on the agent's disk until the collector takes them.</param>
/// <param name="Problem">What hinders it now, with a code; null where nothing does.</param>
public sealed record AgentSourceReport(
    string Source, int Files, long LagBytes, double LagSeconds, long Records, long Bytes,
    long CutRecords, long SkippedRecords, long LostBytes, long SpooledBytes = 0, string? Problem = null);

/// <param name="Now">The collector's clock.</param>
/// <param name="SkewSeconds">How far the agent's clock is ahead of it; the time of travel is in it.</param>
public sealed record AgentReportAnswer(DateTimeOffset Now, double SkewSeconds);
