namespace MLPlatform.Core.Bees;

/// <summary>How far each channel of a source is durable. Made from the kept batches alone, so that it cannot disagree with them.</summary>
public sealed class LandingIndex
{
    private readonly Dictionary<string, ChannelState> _channels = new(StringComparer.Ordinal);

    public IReadOnlyDictionary<string, ChannelState> Channels => _channels;

    public ChannelState? Find(string channel) => _channels.GetValueOrDefault(channel);

    /// <summary>What is to become of a batch.</summary>
    public LandingDecision Decide(BatchHeader batch)
    {
        ChannelState? known = Find(batch.Channel);
        return LandingRule.Decide(known?.Durable, known?.Ended ?? false, batch);
    }

    /// <summary>Takes a kept batch in. Returns what was known before, for <see cref="Restore"/>.</summary>
    public ChannelState? Apply(BatchHeader kept)
    {
        ChannelState? before = Find(kept.Channel);
        _channels[kept.Channel] = new ChannelState(
            kept.Channel, kept.To, kept.Agent, kept.Path ?? before?.Path, kept.Ended || (before?.Ended ?? false), kept.ArrivedAt ?? kept.ReadAt,
            (before?.LostBytes ?? 0) + kept.LostBytes);
        return before;
    }

    /// <summary>Puts a channel back to what it was.</summary>
    public void Restore(string channel, ChannelState? before)
    {
        if (before is null)
            _channels.Remove(channel);
        else
            _channels[channel] = before;
    }

    /// <summary>Forgets channels that ended and were silent since.</summary>
    public int Forget(DateTimeOffset silentSince)
    {
        List<string> old = [.. _channels.Values.Where(c => c.Ended && c.ArrivedAt < silentSince).Select(c => c.Channel)];
        old.ForEach(c => _channels.Remove(c));
        return old.Count;
    }
}

/// <param name="Durable">Everything before it is durable.</param>
/// <param name="ArrivedAt">When its last batch arrived.</param>
/// <param name="LostBytes">Declared lost so far.</param>
public sealed record ChannelState(string Channel, long Durable, string Agent, string? Path, bool Ended, DateTimeOffset ArrivedAt, long LostBytes);
