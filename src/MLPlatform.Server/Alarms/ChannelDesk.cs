using Microsoft.Extensions.Options;
using MLPlatform.Core.Alarms;
using MLPlatform.Core.Alarms.Messages;

namespace MLPlatform.Server.Alarms;

/// <summary>The channels that the settings declare.</summary>
internal sealed class ChannelDesk(IOptions<AlarmDeliveryOptions> options, IEnumerable<IChannelSender> senders)
{
    public IReadOnlyCollection<string> Names { get; } = [.. options.Value.Channels.Keys.Order(StringComparer.Ordinal)];

    public ChannelType? TypeOf(string name) => options.Value.Channels.TryGetValue(name, out ChannelSettings? channel) ? channel.Type : null;

    public async Task<SendResult> SendAsync(string name, DeliveryKind kind, IReadOnlyList<Alarm> alarms, CancellationToken cancel)
    {
        if (!options.Value.Channels.TryGetValue(name, out ChannelSettings? channel))
            return new SendResult.Never($"ALARM-010: the settings declare no channel '{name}'{(Core.Pipelines.Names.Nearest(name, Names) is { } near ? $"; is '{near}' meant?" : "")}");
        Uri? link = options.Value.Link is { } address ? new Uri(address.TrimEnd('/') + "/") : null;
        return await senders.First(s => s.Serves(channel.Type)).SendAsync(channel, new AlarmMessage(kind, alarms, link), cancel);
    }
}
