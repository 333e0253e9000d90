namespace MLPlatform.Core.Deployments;

/// <summary>
/// The lists of items that were found for requests, with how many items each request turned out to want, which may be known before its
/// list is. A shadow's lists are known by the request's key and its version; they share what the request wants.
/// </summary>
internal sealed class FoundLists
{
    private readonly Dictionary<UInt128, Slot> _lists = [];
    private readonly Queue<(UInt128 Request, int Shadow, DateTimeOffset At)> _order = new();
    private readonly Dictionary<UInt128, int> _wanted = [];

    /// <summary>Where a list is counted.</summary>
    /// <param name="Hit">Whether one of its items is positive.</param>
    public readonly record struct Slot(long Minute, int Version, bool Hit);

    /// <summary>Opens a list of a request.</summary>
    /// <param name="shadow">The version of a shadow; 0: the list that was answered.</param>
    /// <returns>How many items the request has wanted so far; null where the list is open already.</returns>
    public int? Open(UInt128 request, int shadow, Slot slot, DateTimeOffset at)
    {
        if (!_lists.TryAdd(KeyOf(request, shadow), slot))
            return null;
        _order.Enqueue((request, shadow, at));
        return _wanted.GetValueOrDefault(request);
    }

    /// <summary>The open list of a request, or null.</summary>
    public Slot? Find(UInt128 request, int shadow) => _lists.TryGetValue(KeyOf(request, shadow), out Slot slot) ? slot : null;

    /// <summary>One more item that a request wants.</summary>
    public void Want(UInt128 request) => _wanted[request] = _wanted.GetValueOrDefault(request) + 1;

    /// <summary>An item that a request wanted is not waited for any more. Of requests with a list it stays counted.</summary>
    public void Unwant(UInt128 request)
    {
        if (_lists.ContainsKey(request) || !_wanted.TryGetValue(request, out int wanted))
            return;
        if (wanted > 1)
            _wanted[request] = wanted - 1;
        else
            _wanted.Remove(request);
    }

    /// <summary>Marks a list that has a positive item. Null where it is unknown, or was marked before.</summary>
    public Slot? Hit(UInt128 request, int shadow)
    {
        UInt128 key = KeyOf(request, shadow);
        if (!_lists.TryGetValue(key, out Slot slot) || slot.Hit)
            return null;
        return _lists[key] = slot with { Hit = true };
    }

    /// <summary>Forgets lists from before an instant, and the oldest while there are too many.</summary>
    public void Forget(DateTimeOffset since, int capacity)
    {
        while (_order.TryPeek(out (UInt128 Request, int Shadow, DateTimeOffset At) oldest) && (_lists.Count >= capacity || oldest.At < since))
        {
            _order.Dequeue();
            _lists.Remove(KeyOf(oldest.Request, oldest.Shadow));
            if (oldest.Shadow == 0)
                _wanted.Remove(oldest.Request);
        }
    }

    private static UInt128 KeyOf(UInt128 request, int shadow) => request ^ (UInt128)(uint)shadow;
}
