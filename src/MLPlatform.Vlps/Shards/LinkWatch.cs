using System.Runtime.ExceptionServices;

namespace MLPlatform.Vlps.Shards;

/// <summary>What a worker's links have in common: once one of them is lost, no wait on any of them goes on.</summary>
internal sealed class LinkWatch : IDisposable
{
    private readonly CancellationTokenSource _over = new();
    private readonly Lock _gate = new();
    private readonly HashSet<WatchedLink> _links = [];
    private ExceptionDispatchInfo? _why;
    private bool _armed;

    /// <summary>Cancelled once no wait goes on.</summary>
    public CancellationToken Over => _over.Token;

    /// <summary>From now on the end of any link ends all waits, also of one that ended before.</summary>
    public void Arm()
    {
        Exception? lost;
        lock (_gate)
        {
            _armed = true;
            lost = _links.FirstOrDefault(l => l.Lost is not null)?.Lost;
        }
        if (lost is not null)
            End(lost);
    }

    public void Add(WatchedLink link)
    {
        lock (_gate)
            _links.Add(link);
    }

    /// <summary>A link is given up: its end means nothing any more.</summary>
    public void Remove(WatchedLink link)
    {
        lock (_gate)
            _links.Remove(link);
    }

    /// <summary>A link was lost, and says why.</summary>
    public void Lost(WatchedLink link)
    {
        lock (_gate)
        {
            if (!_armed || !_links.Contains(link))
                return;
        }
        End(link.Lost!);
    }

    /// <summary>Ends all waits, armed or not; they throw this.</summary>
    public void End(Exception why)
    {
        lock (_gate)
        {
            if (_why is not null)
                return;
            _why = ExceptionDispatchInfo.Capture(why);
        }
        _over.Cancel();
    }

    /// <summary>Throws what ended all waits, if anything did.</summary>
    public void ThrowIfOver() => _why?.Throw();

    public void Dispose() => _over.Dispose();
}
