namespace MLPlatform.Core.Alarms;

/// <summary>Messages about alarms on their way, and silences.</summary>
public interface IAlarmDeliveryStore
{
    /// <summary>
    /// Takes deliveries that are due for this caller alone, until the lease ends, together with others of their groups
    /// that are due within <paramref name="groupWait"/>.
    /// </summary>
    Task<IReadOnlyList<AlarmDelivery>> ClaimAsync(DateTimeOffset now, TimeSpan lease, TimeSpan groupWait, int limit, CancellationToken cancel);

    /// <summary>Writes down how a taken delivery went, unless its lease ended and another took it.</summary>
    Task SettleAsync(AlarmDelivery delivery, CancellationToken cancel);

    /// <summary>When the next delivery is due, or null.</summary>
    Task<DateTimeOffset?> FindNextAsync(CancellationToken cancel);

    /// <summary>Deliveries, newest first.</summary>
    Task<IReadOnlyList<AlarmDelivery>> ListAsync(string? alarm, DeliveryState? state, int limit, CancellationToken cancel);

    Task AddSilenceAsync(AlarmSilence silence, CancellationToken cancel);

    /// <summary>Silences that have not ended at that instant, by their end.</summary>
    Task<IReadOnlyList<AlarmSilence>> ListSilencesAsync(DateTimeOffset now, CancellationToken cancel);

    /// <summary>Ends a silence; what it held goes out. False if there is none that has not ended.</summary>
    Task<bool> EndSilenceAsync(Guid id, DateTimeOffset now, CancellationToken cancel);
}

/// <summary>What a message says.</summary>
public enum DeliveryKind
{
    Opened,
    Escalated,
    Resolved,
}

/// <summary>How a delivery stands. Sent, dropped and failed are ends.</summary>
public enum DeliveryState
{
    /// <summary>To be sent, for the first time or again.</summary>
    Waiting,

    /// <summary>A silence holds it.</summary>
    Held,

    /// <summary>The channel took it.</summary>
    Sent,

    /// <summary>There was nothing to say any more.</summary>
    Dropped,

    /// <summary>Given up; the error says why.</summary>
    Failed,
}

/// <summary>One message about one alarm to one channel.</summary>
/// <param name="NextAt">When it is tried next; for an end, when it ended.</param>
/// <param name="Lease">The lease under which it was taken, or null.</param>
/// <param name="Error">Why the last try failed, with a code, or null.</param>
public sealed record AlarmDelivery(
    string Alarm, string Channel, DeliveryKind Kind, DeliveryState State, int Attempts, DateTimeOffset CreatedAt, DateTimeOffset NextAt, Guid? Lease, string? Error)
{
    /// <summary>Deliveries of one group that are due together are one message.</summary>
    public static string GroupOf(string channel, DeliveryKind kind, Alarm alarm) => $"{channel}\n{kind}\n{alarm.Pipeline}\n{alarm.Event}";
}

/// <summary>While it lasts, alarms that match it are opened and shown, but nobody is told.</summary>
/// <param name="Pipeline">Matches one pipeline; null matches all.</param>
/// <param name="Activity">Matches one activity, dataset or agent; null matches all.</param>
/// <param name="Event">Matches one event; null matches all.</param>
public sealed record AlarmSilence(
    Guid Id, string? Pipeline, string? Activity, AlarmEvent? Event, DateTimeOffset From, DateTimeOffset Until, string By, string Reason)
{
    public bool Covers(Alarm alarm, DateTimeOffset now) => From <= now && now < Until
        && (Pipeline is null || Pipeline == alarm.Pipeline)
        && (Event is null || Event == alarm.Event)
        && (Activity is null || Activity == alarm.Subject || alarm.Subject?.StartsWith(Activity + "[", StringComparison.Ordinal) == true);
}
