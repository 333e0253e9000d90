namespace MLPlatform.Core.Bees;

/// <summary>The ids of the last events, so that none comes in twice. Older ones are forgotten: the window is bounded.</summary>
public sealed class EventWindow(int capacity)
{
    private readonly HashSet<UInt128> _known = [];
    private readonly Queue<UInt128> _order = new();

    public int Count => _known.Count;

    /// <summary>Remembers an id; false if it is known.</summary>
    public bool Add(UInt128 id)
    {
        if (!_known.Add(id))
            return false;
        _order.Enqueue(id);
        return true;
    }

    /// <summary>Forgets the oldest ids beyond the capacity. Not part of adding: what could not be kept must push nothing out.</summary>
    public void Trim()
    {
        while (_known.Count > capacity && _order.TryDequeue(out UInt128 oldest))
            _known.Remove(oldest);
    }

    /// <summary>Forgets ids whose events could not be kept.</summary>
    public void Remove(IReadOnlyCollection<UInt128> ids)
    {
        HashSet<UInt128> gone = [.. ids];
        UInt128[] rest = [.. _order.Where(id => !gone.Contains(id))];
        _order.Clear();
        foreach (UInt128 id in rest)
            _order.Enqueue(id);
        _known.ExceptWith(gone);
    }
}
