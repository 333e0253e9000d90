namespace MLPlatform.Core.Scheduling.Admission;

/// <summary>What stands in one heap at a time, and knows where.</summary>
internal interface IHeaped
{
    /// <summary>Its place in the heap; -1: in none.</summary>
    int Place { get; set; }
}

/// <summary>The first of many by an order in which they may move.</summary>
internal sealed class Heap<T>(Comparison<T> order) where T : class, IHeaped
{
    private readonly List<T> _items = [];

    public int Count => _items.Count;

    public T? First => _items.Count > 0 ? _items[0] : null;

    /// <summary>Enters the item, or finds its place again after it has changed.</summary>
    public void Set(T item)
    {
        if (item.Place < 0)
        {
            item.Place = _items.Count;
            _items.Add(item);
        }
        if (_items.Count > 1 && !Up(item.Place))
            Down(item.Place);
    }

    public void Remove(T item)
    {
        int at = item.Place;
        if (at < 0)
            return;
        T last = _items[^1];
        _items.RemoveAt(_items.Count - 1);
        item.Place = -1;
        if (ReferenceEquals(last, item))
            return;
        Put(last, at);
        if (!Up(at))
            Down(at);
    }

    private bool Up(int at)
    {
        int from = at;
        while (at > 0 && order(_items[at], _items[(at - 1) / 2]) < 0)
        {
            Swap(at, (at - 1) / 2);
            at = (at - 1) / 2;
        }
        return at != from;
    }

    private void Down(int at)
    {
        while (true)
        {
            int first = at;
            for (int child = (2 * at) + 1; child <= (2 * at) + 2 && child < _items.Count; child++)
            {
                if (order(_items[child], _items[first]) < 0)
                    first = child;
            }
            if (first == at)
                return;
            Swap(at, first);
            at = first;
        }
    }

    private void Swap(int a, int b)
    {
        T item = _items[a];
        Put(_items[b], a);
        Put(item, b);
    }

    private void Put(T item, int at)
    {
        _items[at] = item;
        item.Place = at;
    }
}
