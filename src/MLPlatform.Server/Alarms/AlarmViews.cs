using MLPlatform.Core.Alarms;

namespace MLPlatform.Server.Alarms;

/// <summary>An alarm.</summary>
/// <param name="Id">The hash of its breach: the same breach is the same alarm for ever.</param>
/// <param name="Rule"><c>pipeline#name</c> or <c>pipeline/activity#name</c>.</param>
/// <param name="Pipeline">Absent for what belongs to no pipeline.</param>
/// <param name="Subject">The activity, dataset, trigger or agent that it is about.</param>
/// <param name="At">When what it is about happened.</param>
/// <param name="OpenedAt">When the platform noticed.</param>
/// <param name="To">The channels that are told.</param>
/// <param name="Escalated">Whether others were told because nobody acknowledged it in time; stays so.</param>
/// <param name="Since">Since when it is acknowledged or resolved.</param>
/// <param name="By">Who acknowledged or resolved it; absent where it resolved by itself.</param>
/// <param name="Because">Why it is resolved.</param>
/// <param name="Log">The first lines of the log that tell of an error.</param>
/// <param name="Metrics">The last values of the metrics around it.</param>
public sealed record AlarmView(
    string Id, string Rule, AlarmEvent Event, AlarmSeverity Severity, AlarmStatus State, string? Pipeline, string? Subject, string? Owner, Guid? Run, string Summary,
    DateTimeOffset At, DateTimeOffset OpenedAt, IReadOnlyList<string> To, bool Escalated, DateTimeOffset? Since, string? By, string? Because,
    LogExcerpt? Log, IReadOnlyDictionary<string, double> Metrics)
{
    internal static AlarmView From(Alarm a)
    {
        (DateTimeOffset? since, string? by, string? because) = a.State switch
        {
            AlarmState.Acknowledged s => (s.At, s.By, null),
            AlarmState.Resolved s => (s.At, s.By, s.Because),
            _ => ((DateTimeOffset?)null, (string?)null, (string?)null),
        };
        return new AlarmView(
            a.Id, a.Rule, a.Event, a.Severity, a.State.Status, a.Pipeline.Length > 0 ? a.Pipeline : null, a.Subject, a.Owner, a.Run?.Value, a.Summary, a.At, a.OpenedAt, a.To,
            a.State.Escalated, since, by, because, a.Evidence.Log, a.Evidence.Metrics);
    }
}

/// <summary>An alarm and what was sent about it.</summary>
public sealed record AlarmDetail(AlarmView Alarm, IReadOnlyList<DeliveryView> Deliveries);

/// <summary>One message about one alarm to one channel.</summary>
/// <param name="NextAt">When it is tried next; for one that ended, when that was.</param>
/// <param name="Error">Why the last try failed, or why it was dropped.</param>
public sealed record DeliveryView(
    string Alarm, string Channel, DeliveryKind Kind, DeliveryState State, int Attempts, DateTimeOffset CreatedAt, DateTimeOffset NextAt, string? Error)
{
    internal static DeliveryView From(AlarmDelivery d) => new(d.Alarm, d.Channel, d.Kind, d.State, d.Attempts, d.CreatedAt, d.NextAt, d.Error);
}

/// <summary>Why a person resolves an alarm.</summary>
public sealed record ResolveRequest(string? Because = null);

/// <summary>A channel by name; what leads there is not shown.</summary>
public sealed record ChannelView(string Name, ChannelType Type);

/// <summary>A silence to be.</summary>
/// <param name="Activity">An activity, dataset or agent.</param>
/// <param name="From">Default: now.</param>
/// <param name="Until">When it ends; within a year.</param>
/// <param name="Reason">For those who wonder.</param>
public sealed record SilenceRequest(DateTimeOffset Until, string Reason, string? Pipeline = null, string? Activity = null, AlarmEvent? Event = null, DateTimeOffset? From = null);

/// <summary>A silence.</summary>
public sealed record SilenceView(Guid Id, string? Pipeline, string? Activity, AlarmEvent? Event, DateTimeOffset From, DateTimeOffset Until, string By, string Reason)
{
    internal static SilenceView Of(AlarmSilence s) => new(s.Id, s.Pipeline, s.Activity, s.Event, s.From, s.Until, s.By, s.Reason);
}
