using Microsoft.EntityFrameworkCore;

namespace MLPlatform.Storage.Alarms;

internal sealed class AlarmTable
{
    /// <summary>Alarms that a look has to look at: the predicate of the index that finds them.</summary>
    public const string Standing = "status <> 'resolved'";

    public required string Id { get; init; }
    public required string Rule { get; init; }
    public required string Event { get; init; }
    public required string Severity { get; init; }
    public required string Pipeline { get; init; }
    public string? Subject { get; init; }
    public string? Owner { get; init; }
    public Guid? Run { get; init; }
    public int? Node { get; init; }
    public required string Summary { get; init; }
    public required DateTimeOffset At { get; init; }
    public required DateTimeOffset OpenedAt { get; init; }

    /// <summary>Channels, escalation and evidence: read with the alarm, never asked for.</summary>
    public required string DetailJson { get; init; }
    public required string Status { get; init; }
    public required bool Escalated { get; init; }

    /// <summary>When it was acknowledged or resolved, by whom and why; null where that is not so.</summary>
    public DateTimeOffset? StateAt { get; init; }
    public string? StateBy { get; init; }
    public string? Because { get; init; }
}

internal sealed class AlarmDeliveryTable
{
    /// <summary>Deliveries that still have to go out: the predicate of the index that finds them.</summary>
    public const string Open = "state IN ('waiting', 'held')";

    public required string Alarm { get; init; }
    public required string Channel { get; init; }
    public required string Kind { get; init; }
    public required string GroupKey { get; init; }
    public required string State { get; init; }
    public required int Attempts { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }
    public required DateTimeOffset NextAt { get; init; }
    public Guid? Lease { get; init; }
    public DateTimeOffset? LeaseUntil { get; init; }
    public string? Error { get; init; }
}

internal sealed class AlarmSilenceTable
{
    public required Guid Id { get; init; }
    public string? Pipeline { get; init; }
    public string? Activity { get; init; }
    public string? Event { get; init; }
    public required DateTimeOffset FromAt { get; init; }
    public required DateTimeOffset UntilAt { get; init; }
    public required string CreatedBy { get; init; }
    public required string Reason { get; init; }
}

/// <summary>How far the ends of runs were looked at.</summary>
internal sealed class AlarmScanTable
{
    public required string Scan { get; init; }
    public required DateTimeOffset SeenUntil { get; init; }
}

internal static class AlarmSchema
{
    public static void Map(ModelBuilder model)
    {
        model.Entity<AlarmTable>(t =>
        {
            t.ToTable("alarms").HasKey(a => a.Id);
            t.HasIndex(a => new { a.OpenedAt, a.Id });
            t.HasIndex(a => new { a.Pipeline, a.OpenedAt, a.Id });
            t.HasIndex(a => a.Run);
            t.HasIndex(a => a.Status).HasFilter(AlarmTable.Standing);
        });
        model.Entity<AlarmDeliveryTable>(t =>
        {
            t.ToTable("alarm_deliveries").HasKey(d => new { d.Alarm, d.Channel, d.Kind });
            t.HasIndex(d => d.NextAt).HasFilter(AlarmDeliveryTable.Open);
            t.HasIndex(d => d.CreatedAt);
        });
        model.Entity<AlarmSilenceTable>().ToTable("alarm_silences").HasKey(s => s.Id);
        model.Entity<AlarmScanTable>().ToTable("alarm_scans").HasKey(s => s.Scan);
    }
}
