using MLPlatform.Core.Alarms.Messages;

namespace MLPlatform.Server.Alarms;

/// <summary>How sending a message ended.</summary>
public abstract record SendResult
{
    private SendResult() { }

    public sealed record Sent : SendResult;

    /// <summary>It may work later.</summary>
    /// <param name="Why">With a code; never holds an address or a secret.</param>
    /// <param name="Unreachable">Nothing answers there, so that others for the same channel need not try now.</param>
    public sealed record Again(string Why, bool Unreachable) : SendResult;

    /// <summary>It will never work.</summary>
    public sealed record Never(string Why) : SendResult;
}

/// <summary>Sends to channels of one kind.</summary>
internal interface IChannelSender
{
    bool Serves(ChannelType type);

    Task<SendResult> SendAsync(ChannelSettings channel, AlarmMessage message, CancellationToken cancel);
}
