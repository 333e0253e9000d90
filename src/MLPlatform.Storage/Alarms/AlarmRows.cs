using System.Text.Json;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Alarms;
using MLPlatform.Core.Runs;
using MLPlatform.Storage.Sql;

namespace MLPlatform.Storage.Alarms;

/// <summary>Alarms and deliveries as rows.</summary>
internal static class AlarmRows
{
    public const string Alarms =
        "SELECT id, rule, event, severity, pipeline, subject, owner, run, node, summary, at, opened_at, detail_json, status, escalated, state_at, state_by, because FROM alarms";

    public const string Deliveries =
        "SELECT alarm, channel, kind, state, attempts, created_at, next_at, lease, error FROM alarm_deliveries";

    public static object?[] Values(Alarm alarm) =>
    [
        alarm.Id, alarm.Rule, StoredText.CamelCase(alarm.Event), StoredText.CamelCase(alarm.Severity), alarm.Pipeline, alarm.Subject, alarm.Owner, alarm.Run?.Value, alarm.Node,
        alarm.Summary, alarm.At, alarm.OpenedAt, JsonSerializer.Serialize(new Detail(alarm.To, alarm.Escalate, alarm.Evidence.Log, alarm.Evidence.Metrics), ActivityJson.Options),
    ];

    public static Alarm ToAlarm(SqlRow row)
    {
        Detail detail = JsonSerializer.Deserialize<Detail>(row.Text(12), ActivityJson.Options)!;
        return new Alarm
        {
            Id = row.Text(0),
            Rule = row.Text(1),
            Event = StoredText.Parse<AlarmEvent>(row.Text(2)),
            Severity = StoredText.Parse<AlarmSeverity>(row.Text(3)),
            Pipeline = row.Text(4),
            Subject = row.TextOrNull(5),
            Owner = row.TextOrNull(6),
            Run = row.IsNull(7) ? null : new RunId(row.Guid(7)),
            Node = row.IntOrNull(8),
            Summary = row.Text(9),
            At = row.Time(10),
            OpenedAt = row.Time(11),
            To = detail.To,
            Escalate = detail.Escalate,
            Evidence = new AlarmEvidence(detail.Log, detail.Metrics),
            State = StoredText.Parse<AlarmStatus>(row.Text(13)) switch
            {
                AlarmStatus.Firing => new AlarmState.Firing(row.Bool(14)),
                AlarmStatus.Acknowledged => new AlarmState.Acknowledged(row.Text(16), row.Time(15), row.Bool(14)),
                _ => new AlarmState.Resolved(row.Time(15), row.Text(17), row.TextOrNull(16), row.Bool(14)),
            },
        };
    }

    public static AlarmDelivery ToDelivery(SqlRow row) => new(
        row.Text(0), row.Text(1), StoredText.Parse<DeliveryKind>(row.Text(2)), StoredText.Parse<DeliveryState>(row.Text(3)), row.Int(4), row.Time(5), row.Time(6),
        row.IsNull(7) ? null : row.Guid(7), row.TextOrNull(8));

    public static AlarmSilence ToSilence(SqlRow row) => new(
        row.Guid(0), row.TextOrNull(1), row.TextOrNull(2), row.TextOrNull(3) is { } only ? StoredText.Parse<AlarmEvent>(only) : null,
        row.Time(4), row.Time(5), row.Text(6), row.Text(7));

    private sealed record Detail(IReadOnlyList<string> To, AlarmEscalation? Escalate, LogExcerpt? Log, IReadOnlyDictionary<string, double> Metrics);
}
