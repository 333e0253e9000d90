using MLPlatform.Core.Bees;
using MLPlatform.Storage.Bees;

namespace MLPlatform.Server.Bees;

/// <summary>A registered source and how its log stands.</summary>
/// <param name="Here">Whether this server keeps its log; the figures are null where it does not, or where nothing has arrived.</param>
/// <param name="LastArrival">When the last record came.</param>
/// <param name="Problem">What hinders a source that the platform reads by itself, with a code.</param>
public sealed record SourceView(
    SourceDefinition Definition, string By, DateTimeOffset UpdatedAt, bool Here, long? Records, long? Bytes, int? Segments, DateTimeOffset? LastArrival, string? Problem)
{
    internal static SourceView From(SourceRow row, LogPicture? log, string? problem) => new(
        row.Definition, row.By, row.UpdatedAt, log is not null, log?.Records, log?.Bytes, log is null ? null : log.Segments.Count + 1, log?.LastArrival, problem);
}

/// <summary>An agent and its last report.</summary>
/// <param name="Silent">Three heartbeats are missing.</param>
/// <param name="SkewSeconds">How far its clock was ahead of the server's when it reported.</param>
/// <param name="LagBytes">Bytes of all its sources that are written but not acknowledged.</param>
/// <param name="LagSeconds">Age of the oldest of them.</param>
/// <param name="WantedVersion">The latest configuration that the server has for it; its report tells which it works by.</param>
public sealed record AgentView(
    string Agent, bool Silent, DateTimeOffset ReportedAt, double SkewSeconds, long LagBytes, double LagSeconds, int? WantedVersion, AgentReport Report)
{
    internal static AgentView From(AgentRow row, int? wanted, DateTimeOffset now) => new(
        row.Agent, row.Report.IsSilent(row.At, now), row.At, row.Report.SkewSeconds(row.At),
        row.Report.Sources.Sum(s => s.LagBytes), row.Report.Sources.Select(s => s.LagSeconds).DefaultIfEmpty().Max(), wanted, row.Report);
}
