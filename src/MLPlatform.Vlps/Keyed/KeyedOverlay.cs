using MLPlatform.Vlps.Tables;

namespace MLPlatform.Vlps.Keyed;

/// <summary>
/// What deltas changed since the file was written: rows by id, and ids that are gone. It is filled by one thread before
/// anybody reads it, and not changed afterwards.
/// </summary>
internal sealed class KeyedOverlay
{
    public const int NotHere = -1;
    public const int Gone = -2;

    private const int FirstSlots = 1024;

    private readonly int _rowBytes;
    private int[] _slots;
    private ulong[] _ids;
    private bool[] _gone;
    private byte[] _rows;
    private int _count;

    public KeyedOverlay(int rowBytes, uint stamp)
    {
        (_rowBytes, Stamp) = (rowBytes, stamp);
        (_slots, _ids, _gone, _rows) = (new int[FirstSlots], new ulong[FirstSlots / 2], new bool[FirstSlots / 2], new byte[FirstSlots / 2 * rowBytes]);
    }

    private KeyedOverlay(KeyedOverlay from, uint stamp)
    {
        (_rowBytes, _count, Stamp) = (from._rowBytes, from._count, stamp);
        (_slots, _ids, _gone, _rows) = ([.. from._slots], [.. from._ids], [.. from._gone], [.. from._rows]);
    }

    public uint Stamp { get; }

    public int Count => _count;

    /// <summary>A copy to change.</summary>
    public KeyedOverlay Next(uint stamp) => new(this, stamp);

    /// <summary>Where the row of an id is, <see cref="NotHere"/> or <see cref="Gone"/>.</summary>
    public int Find(ulong id, ulong hash)
    {
        int entry = _slots[SlotOf(id, hash)] - 1;
        return entry < 0 ? NotHere : _gone[entry] ? Gone : entry;
    }

    public ReadOnlySpan<byte> Row(int entry) => _rows.AsSpan(entry * _rowBytes, _rowBytes);

    /// <summary>Sets a row, or says that it is gone when <paramref name="row"/> is empty.</summary>
    public void Set(ulong id, ReadOnlySpan<byte> row)
    {
        int slot = SlotOf(id, IdHash.Of(id));
        if (_slots[slot] == 0)
        {
            if (_count == _ids.Length)
            {
                Grow();
                slot = SlotOf(id, IdHash.Of(id));
            }
            _ids[_count++] = id;
            _slots[slot] = _count;
        }
        int entry = _slots[slot] - 1;
        _gone[entry] = row.IsEmpty;
        row.CopyTo(_rows.AsSpan(entry * _rowBytes));
    }

    private int SlotOf(ulong id, ulong hash)
    {
        int mask = _slots.Length - 1, slot = (int)(hash >> 20) & mask;
        while (_slots[slot] != 0 && _ids[_slots[slot] - 1] != id)
            slot = (slot + 1) & mask;
        return slot;
    }

    private void Grow()
    {
        int entries = _ids.Length * 2;
        if ((long)entries * _rowBytes > Array.MaxLength)
            throw new VlpsException(VlpsProblem.Memory, $"the deltas since the keyed file was written have more than {_ids.Length:N0} rows; write the file anew");
        Array.Resize(ref _ids, entries);
        Array.Resize(ref _gone, entries);
        Array.Resize(ref _rows, entries * _rowBytes);
        _slots = new int[entries * 2];
        for (int i = 0; i < _count; i++)
            _slots[SlotOf(_ids[i], IdHash.Of(_ids[i]))] = i + 1;
    }
}
