namespace MLPlatform.Vlps.Tables;

/// <summary>
/// Zeroed pieces of one size, cut one after another from slabs on huge pages: a random row costs no walk of the page tables,
/// and however many partitions take pieces, at most one huge page is committed that nobody uses yet. Pieces are freed together.
/// </summary>
/// <param name="pieceBytes">Of a piece.</param>
/// <param name="pieces">Of a slab; together a multiple of 2 MiB, else the slab is on small pages.</param>
internal sealed unsafe class PageSlabs(long pieceBytes, int pieces) : IDisposable
{
    private readonly Lock _growing = new();
    private readonly List<nint> _slabs = [];
    private int _left;

    /// <summary>The next piece; safe from any number of threads.</summary>
    public byte* Next()
    {
        lock (_growing)
        {
            if (_left == 0)
            {
                _slabs.Add((nint)NativePages.Allocate(pieceBytes * pieces, huge: true));
                _left = pieces;
            }
            return (byte*)_slabs[^1] + (pieceBytes * (pieces - _left--));
        }
    }

    public void Dispose()
    {
        foreach (nint slab in _slabs)
            NativePages.Free((byte*)slab, pieceBytes * pieces);
        _slabs.Clear();
    }
}
