namespace MLPlatform.Core.Workspaces;

/// <summary>What pages asked a kernel to run and what of it is not done, by the messages that pass on all their connections. For many threads.</summary>
public sealed class KernelTalk
{
    // A page may send what it likes; more than this many cells that wait are as busy as this many.
    private const int Most = 10_000, LongestId = 256;

    private readonly Lock _lock = new();
    private readonly HashSet<string> _asked = new(StringComparer.Ordinal);

    /// <summary>Whether a cell was sent whose end nobody heard of.</summary>
    public bool Runs
    {
        get
        {
            lock (_lock)
                return _asked.Count > 0;
        }
    }

    /// <summary>A page's message.</summary>
    public void Asked(ReadOnlySpan<byte> message)
    {
        if (KernelMessage.Read(message) is not { Type: "execute_request", Id: { Length: > 0 and <= LongestId } id })
            return;
        lock (_lock)
        {
            if (_asked.Count < Most)
                _asked.Add(id);
        }
    }

    /// <summary>A kernel's message, or the notebook server's about it.</summary>
    public void Told(ReadOnlySpan<byte> message)
    {
        switch (KernelMessage.Read(message))
        {
            case { Type: "status", State: "idle", Parent: { } done }:
                Ended(done);
                break;
            case { Type: "execute_reply", Parent: { } done }: // Also what was sent behind a cell that failed, and does not run.
                Ended(done);
                break;
            case { Type: "status", State: "restarting" or "dead" }:
                Forget();
                break;
        }
    }

    /// <summary>Nothing of it runs any more, or whoever knows better tells.</summary>
    public void Forget()
    {
        lock (_lock)
            _asked.Clear();
    }

    private void Ended(string id)
    {
        lock (_lock)
            _asked.Remove(id);
    }
}
