using Microsoft.Extensions.Options;
using MLPlatform.Core.Alarms;
using MLPlatform.Engine.Alarms;

namespace MLPlatform.Server.Alarms;

/// <summary>
/// Sends what is due: at least once, each delivery under a lease, so that a server that dies while sending leaves it to
/// another. What goes wrong is written at the delivery and tried again.
/// </summary>
internal sealed partial class AlarmDeliveryLoop(
    IAlarmStore alarms, IAlarmDeliveryStore store, ChannelDesk channels, AlarmDeliveryBell bell, AlarmOptions look, IOptions<AlarmDeliveryOptions> options,
    TimeProvider time, ILogger<AlarmDeliveryLoop> log) : BackgroundService
{
    private const int GroupsAtOnce = 20;
    private const int MostInMessage = 50;
    private static readonly TimeSpan Idle = TimeSpan.FromSeconds(15);

    // Longer than all groups of a claim can take, one after the other.
    private TimeSpan Lease => (options.Value.Timeout + TimeSpan.FromSeconds(1)) * (GroupsAtOnce + 1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            TimeSpan pause = Idle;
            try
            {
                while (await DeliverAsync(stoppingToken))
                {
                    // There may be more.
                }
                if (await store.FindNextAsync(stoppingToken) - time.GetUtcNow() is { } due && due < pause)
                    pause = due;
            }
            catch (Exception error) when (!stoppingToken.IsCancellationRequested)
            {
                LogFailed(log, error);
            }
            await bell.WaitAsync(pause, time, stoppingToken);
        }
    }

    /// <summary>Sends what is due; false where nothing was.</summary>
    public async Task<bool> DeliverAsync(CancellationToken cancel)
    {
        // 1. See: take what is due, and what silences it.
        DateTimeOffset now = time.GetUtcNow();
        IReadOnlyList<AlarmDelivery> taken = await store.ClaimAsync(now, Lease, look.GroupWait, GroupsAtOnce, cancel);
        if (taken.Count == 0)
            return false;
        IReadOnlyList<AlarmSilence> silences = await store.ListSilencesAsync(now, cancel);
        Dictionary<string, Alarm?> known = new(StringComparer.Ordinal);
        foreach (string id in taken.Select(d => d.Alarm).Distinct())
            known[id] = await alarms.FindAsync(id, cancel);
        // 2. A channel that does not answer holds up no other.
        await Task.WhenAll(taken.GroupBy(d => d.Channel, StringComparer.Ordinal).Select(channel => DeliverAsync(channel.Key, [.. channel], known, silences, cancel)));
        return true;
    }

    private async Task DeliverAsync(string channel, List<AlarmDelivery> taken, Dictionary<string, Alarm?> known, IReadOnlyList<AlarmSilence> silences, CancellationToken cancel)
    {
        SendResult.Again? down = null;
        // Openings first: nobody hears of an end before the beginning.
        foreach (IGrouping<(DeliveryKind, string, AlarmEvent), AlarmDelivery> group in taken.Where(d => known[d.Alarm] is not null)
            .GroupBy(d => (d.Kind, known[d.Alarm]!.Pipeline, known[d.Alarm]!.Event)).OrderBy(g => g.Key.Kind))
        {
            List<AlarmDelivery> send = [];
            foreach (AlarmDelivery delivery in group)
            {
                switch (DeliveryPolicy.Decide(delivery, known[delivery.Alarm]!, await OpenedAsync(delivery, cancel), silences, time.GetUtcNow()))
                {
                    case DeliveryDecision.Hold hold:
                        await store.SettleAsync(delivery with { State = DeliveryState.Held, NextAt = hold.Until }, cancel);
                        break;
                    case DeliveryDecision.Drop drop:
                        await store.SettleAsync(delivery with { State = DeliveryState.Dropped, NextAt = time.GetUtcNow(), Error = drop.Why }, cancel);
                        break;
                    default:
                        send.Add(delivery);
                        break;
                }
            }
            foreach (AlarmDelivery[] together in send.Chunk(MostInMessage))
            {
                SendResult result = down ?? await channels.SendAsync(channel, together[0].Kind, [.. together.Select(d => known[d.Alarm]!)], cancel);
                down = result as SendResult.Again is { Unreachable: true } again ? again : down;
                await SettleAsync(together, result, cancel);
            }
        }
    }

    private async Task<DeliveryState?> OpenedAsync(AlarmDelivery delivery, CancellationToken cancel) => delivery.Kind != DeliveryKind.Resolved ? null
        : (await store.ListAsync(delivery.Alarm, null, 1000, cancel)).FirstOrDefault(d => d.Channel == delivery.Channel && d.Kind == DeliveryKind.Opened)?.State;

    private async Task SettleAsync(AlarmDelivery[] together, SendResult result, CancellationToken cancel)
    {
        DateTimeOffset now = time.GetUtcNow();
        foreach (AlarmDelivery delivery in together)
        {
            AlarmDelivery tried = delivery with { Attempts = delivery.Attempts + 1, NextAt = now };
            AlarmDelivery settled = result switch
            {
                SendResult.Sent => tried with { State = DeliveryState.Sent, Error = null },
                SendResult.Never never => tried with { State = DeliveryState.Failed, Error = never.Why },
                SendResult.Again again when now - delivery.CreatedAt >= options.Value.GiveUpAfter =>
                    tried with { State = DeliveryState.Failed, Error = $"ALARM-013: given up; the last try said {again.Why}" },
                SendResult.Again again => tried with
                {
                    State = DeliveryState.Waiting,
                    Error = again.Why,
                    NextAt = now + DeliveryPolicy.PauseAfter(delivery, options.Value.FirstRetry, options.Value.LongestRetry),
                },
                _ => throw new InvalidOperationException($"{result} is no end of sending"),
            };
            await store.SettleAsync(settled, cancel);
        }
        if (result is not SendResult.Sent)
            LogNotTaken(log, together[0].Channel, together.Length, result is SendResult.Again a ? a.Why : ((SendResult.Never)result).Why);
    }

    [LoggerMessage(4401, LogLevel.Error, "ALARM-002 Sending alarms failed; nothing is lost, and it is tried again")]
    private static partial void LogFailed(ILogger logger, Exception error);

    [LoggerMessage(4402, LogLevel.Warning, "Channel {Channel} did not take a message about {Alarms} alarms: {Problem}")]
    private static partial void LogNotTaken(ILogger logger, string channel, int alarms, string problem);
}
