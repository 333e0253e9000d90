using System.Numerics;
using MLPlatform.Vlps.Tables;

namespace MLPlatform.Vlps.Shards;

/// <summary>The distinct ids of all workers' batches for one table, in the order in which the workers of lower rank have them first.</summary>
internal sealed class IdMerge
{
    private ulong[] _ids = [];
    private ushort[] _counts = [];
    private int[] _slots = []; // The number of an id, from 1; 0 is free.
    private int _mask;

    public int Count { get; private set; }

    public ReadOnlySpan<ulong> Ids => _ids.AsSpan(0, Count);

    public ReadOnlySpan<ushort> Counts => _counts.AsSpan(0, Count);

    /// <summary>Forgets the ids, with room for so many.</summary>
    public void Clear(int room)
    {
        if (_ids.Length < room)
            (_ids, _counts) = (new ulong[room * 2], new ushort[room * 2]);
        int slots = (int)BitOperations.RoundUpToPowerOf2((uint)Math.Max(1, room) * 2);
        if (_slots.Length < slots)
            _slots = new int[slots * 2];
        _slots.AsSpan(0, slots).Clear();
        (Count, _mask) = (0, slots - 1);
    }

    /// <summary>Which of the distinct ids this is.</summary>
    public int Add(ulong id, ushort count)
    {
        int slot = (int)IdHash.Of(id) & _mask;
        for (; _slots[slot] != 0; slot = (slot + 1) & _mask)
        {
            int known = _slots[slot] - 1;
            if (_ids[known] != id)
                continue;
            _counts[known] = (ushort)Math.Min(ushort.MaxValue, _counts[known] + count);
            return known;
        }
        (_ids[Count], _counts[Count]) = (id, count);
        _slots[slot] = ++Count;
        return Count - 1;
    }
}
