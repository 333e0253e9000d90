using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace MLPlatform.Vlps.Spill;

/// <summary>Copies of a partition's cold rows by their number, for work that needs them in another order than the file's.</summary>
/// <param name="rowBytes">Bytes of a row.</param>
/// <param name="count">Rows that may be added.</param>
internal sealed unsafe class RowCopies(int rowBytes, long count) : IDisposable
{
    private readonly byte* _rows = (byte*)NativeMemory.Alloc((nuint)count + 1, (nuint)rowBytes);
    private readonly Dictionary<uint, long> _places = [];

    public void Add(uint cold, byte* row)
    {
        byte* to = _rows + _places.Count * (long)rowBytes;
        _places.Add(cold, _places.Count);
        Unsafe.CopyBlock(to, row, (uint)rowBytes);
    }

    /// <summary>A row, or null where it was not added.</summary>
    public byte* Row(uint cold) => _places.TryGetValue(cold, out long place) ? _rows + place * rowBytes : null;

    public void Dispose() => NativeMemory.Free(_rows);
}
