using System.Numerics;
using System.Runtime.InteropServices;

namespace MLPlatform.Activities.Data.Checks;

/// <summary>Counts texts in little memory: their bytes lie one after another in blocks, and a table of numbers finds them.</summary>
internal sealed class TextCounts
{
    private const int BlockBytes = 256 << 10;
    private readonly List<byte[]> _blocks = [];
    private readonly List<Entry> _entries = [];
    private int[] _slots = new int[1024]; // The number of an entry, from 1; 0 is free.
    private int _block = -1; // The one that is being filled.
    private int _filled;
    private long _bytes;

    /// <summary>About what its texts take, in bytes: as much as if it had held none before them.</summary>
    public long Memory => _bytes + BitOperations.RoundUpToPowerOf2((uint)_entries.Count) * (Marshal.SizeOf<Entry>() + 2L * sizeof(int));

    public int Count => _entries.Count;

    /// <summary>Forgets the texts and keeps the memory: large arrays that come and go faster than they are collected take more than those in use.</summary>
    public void Clear()
    {
        _blocks.RemoveAll(b => b.Length > BlockBytes);
        _entries.Clear();
        Array.Clear(_slots);
        (_block, _filled, _bytes) = (-1, 0, 0);
    }

    public void Add(ReadOnlySpan<byte> text, ulong hash, bool own)
    {
        if (TryCount(text, hash, own, out int slot))
            return;
        (int block, int offset) = Keep(text);
        _entries.Add(new Entry { Hash = hash, Block = block, Offset = offset, Length = text.Length, Own = own ? 1 : 0, Other = own ? 0 : 1 });
        _slots[slot] = _entries.Count;
        if (_entries.Count * 2 > _slots.Length)
            Grow();
    }

    /// <summary>Counts a text that is known already; false where it is not.</summary>
    public bool TryCount(ReadOnlySpan<byte> text, ulong hash, bool own) => TryCount(text, hash, own, out _);

    public void ForEach(TakeText take)
    {
        foreach (ref readonly Entry entry in CollectionsMarshal.AsSpan(_entries))
            take(Text(entry), entry.Own, entry.Other);
    }

    private bool TryCount(ReadOnlySpan<byte> text, ulong hash, bool own, out int slot)
    {
        int mask = _slots.Length - 1;
        slot = (int)hash & mask;
        for (; _slots[slot] != 0; slot = (slot + 1) & mask)
        {
            ref Entry known = ref CollectionsMarshal.AsSpan(_entries)[_slots[slot] - 1];
            if (known.Hash == hash && Text(known).SequenceEqual(text))
            {
                (known.Own, known.Other) = own ? (known.Own + 1, known.Other) : (known.Own, known.Other + 1);
                return true;
            }
        }
        return false;
    }

    private ReadOnlySpan<byte> Text(in Entry entry) => _blocks[entry.Block].AsSpan(entry.Offset, entry.Length);

    private (int Block, int Offset) Keep(ReadOnlySpan<byte> text)
    {
        if (_block < 0 || _filled + text.Length > _blocks[_block].Length)
        {
            // A text longer than a block gets one of its size, before those that are kept for others.
            if (++_block == _blocks.Count || text.Length > BlockBytes)
                _blocks.Insert(_block, new byte[Math.Max(BlockBytes, text.Length)]);
            _bytes += _blocks[_block].Length;
            _filled = 0;
        }
        text.CopyTo(_blocks[_block].AsSpan(_filled));
        int offset = _filled;
        _filled += text.Length;
        return (_block, offset);
    }

    private void Grow()
    {
        _slots = new int[_slots.Length * 2];
        int mask = _slots.Length - 1;
        for (int i = 0; i < _entries.Count; i++)
        {
            int slot = (int)_entries[i].Hash & mask;
            while (_slots[slot] != 0)
                slot = (slot + 1) & mask;
            _slots[slot] = i + 1;
        }
    }

    public delegate void TakeText(ReadOnlySpan<byte> text, long own, long other);

    private struct Entry
    {
        public ulong Hash;
        public long Own;
        public long Other;
        public int Block;
        public int Offset;
        public int Length;
    }
}
