using System.Runtime.InteropServices;

namespace MLPlatform.Vlps.Shards;

/// <summary>The distinct ids of all workers' batches for one table, in the order in which the workers of lower rank have them first.</summary>
internal sealed class IdMerge
{
    private readonly Dictionary<ulong, int> _at = [];
    private ulong[] _ids = [];
    private ushort[] _counts = [];

    public int Count { get; private set; }

    public ReadOnlySpan<ulong> Ids => _ids.AsSpan(0, Count);

    public ReadOnlySpan<ushort> Counts => _counts.AsSpan(0, Count);

    public void Clear()
    {
        _at.Clear();
        Count = 0;
    }

    /// <summary>Which of the distinct ids this is.</summary>
    public int Add(ulong id, ushort count)
    {
        ref int at = ref CollectionsMarshal.GetValueRefOrAddDefault(_at, id, out bool known);
        if (known)
        {
            _counts[at] = (ushort)Math.Min(ushort.MaxValue, _counts[at] + count);
            return at;
        }
        if (Count == _ids.Length)
        {
            int room = Math.Max(1024, 2 * Count);
            Array.Resize(ref _ids, room);
            Array.Resize(ref _counts, room);
        }
        (_ids[Count], _counts[Count]) = (id, count);
        return at = Count++;
    }
}
