using System.Security.Cryptography;
using System.Text;

namespace MLPlatform.Core.Alarms;

/// <summary>What to do with a delivery that is due.</summary>
public abstract record DeliveryDecision
{
    private DeliveryDecision() { }

    public sealed record Send : DeliveryDecision;

    /// <summary>A silence covers it until then.</summary>
    public sealed record Hold(DateTimeOffset Until) : DeliveryDecision;

    public sealed record Drop(string Why) : DeliveryDecision;
}

/// <summary>Decides what becomes of a delivery, and when a failed one is tried again.</summary>
public static class DeliveryPolicy
{
    private static readonly TimeSpan WaitForOpening = TimeSpan.FromSeconds(10);

    /// <param name="opened">The delivery that told this channel of the alarm's opening; null where it was not told.</param>
    public static DeliveryDecision Decide(AlarmDelivery delivery, Alarm alarm, DeliveryState? opened, IEnumerable<AlarmSilence> silences, DateTimeOffset now)
    {
        DateTimeOffset? silentUntil = silences.Where(s => s.Covers(alarm, now)).Select(s => (DateTimeOffset?)s.Until).Max();
        bool news = alarm.Event is AlarmEvent.Succeeded or AlarmEvent.ExpansionEnded;
        return delivery.Kind switch
        {
            // Who was never told of it need not hear that it is over.
            DeliveryKind.Resolved when opened is DeliveryState.Dropped or DeliveryState.Held => new DeliveryDecision.Drop("its opening was not told"),
            // Nor before it hears of the beginning.
            DeliveryKind.Resolved when opened is DeliveryState.Waiting => new DeliveryDecision.Hold(now + WaitForOpening),
            DeliveryKind.Resolved when silentUntil is not null => new DeliveryDecision.Drop("silenced"),
            DeliveryKind.Escalated when alarm.State is not AlarmState.Firing => new DeliveryDecision.Drop("acknowledged or resolved meanwhile"),
            DeliveryKind.Opened when delivery.State == DeliveryState.Held && alarm.State is AlarmState.Resolved && !news => new DeliveryDecision.Drop("resolved while silenced"),
            DeliveryKind.Opened when silentUntil is not null && alarm.State is AlarmState.Resolved => new DeliveryDecision.Drop("silenced"),
            _ when silentUntil is { } until => new DeliveryDecision.Hold(until),
            _ => new DeliveryDecision.Send(),
        };
    }

    /// <summary>The pause before the next try: twice as long each time, up to the longest, and spread over half to one and a half times its length.</summary>
    public static TimeSpan PauseAfter(AlarmDelivery delivery, TimeSpan first, TimeSpan longest)
    {
        double pause = Math.Min(longest.TotalSeconds, first.TotalSeconds * Math.Pow(2, Math.Min(delivery.Attempts, 30)));
        return TimeSpan.FromSeconds(pause * (0.5 + Spread(delivery)));
    }

    // The same delivery and try give the same spread, different ones different: no randomness that a test cannot know.
    private static double Spread(AlarmDelivery delivery) => BitConverter.ToUInt32(SHA256.HashData(
        Encoding.UTF8.GetBytes(FormattableString.Invariant($"{delivery.Alarm} {delivery.Channel} {delivery.Kind} {delivery.Attempts}")))) / (double)uint.MaxValue;
}
