namespace MLPlatform.Bees.Agents;

/// <summary>Something a person should know. Told once when it begins and once when it is over.</summary>
/// <param name="Code">A code from docs/diagnostics/bees.md.</param>
/// <param name="Where">A path, a source or an address.</param>
public sealed record AgentNotice(DateTimeOffset At, string Code, string Where, string Message, bool Over = false);

/// <summary>What hinders the agent now.</summary>
internal sealed class Problems(TimeProvider time, Action<AgentNotice> tell)
{
    private readonly Lock _lock = new(); // Heartbeats are sent beside the work.
    private readonly Dictionary<(string Code, string Where), string> _now = [];

    /// <summary>It is so: told if it was not before.</summary>
    public void Raise(string code, string where, string message)
    {
        bool fresh;
        lock (_lock)
            fresh = _now.TryAdd((code, where), message);
        if (fresh)
            tell(new(time.GetUtcNow(), code, where, message));
    }

    /// <summary>It is so no more.</summary>
    public void Clear(string code, string where)
    {
        string? message;
        lock (_lock)
            _now.Remove((code, where), out message);
        if (message is not null)
            tell(new(time.GetUtcNow(), code, where, message, Over: true));
    }

    /// <summary>It happened, and there is no end to wait for.</summary>
    public void Happened(string code, string where, string message) => tell(new(time.GetUtcNow(), code, where, message));

    /// <summary>One of those that are about such a place, with its code.</summary>
    public string? About(Func<string, bool> where)
    {
        lock (_lock)
            return _now.Where(p => where(p.Key.Where)).Select(p => $"{p.Key.Code}: {p.Value}").FirstOrDefault();
    }
}
