using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using MLPlatform.Vlps.Tables;

namespace MLPlatform.Vlps.Spill;

/// <summary>
/// The cold rows of one partition, numbered from 0. New ones are appended to an extent in memory that is written when it is
/// full; after that a row changes place only with a hot one, so the file never has to be tidied.
/// </summary>
internal sealed unsafe class ColdRows(ColdFile file, int partition, int rowBytes) : IDisposable
{
    private const int ExtentBytes = ColdFile.ExtentPages * ColdFile.PageBytes;

    private readonly byte* _extent = (byte*)NativeMemory.AlignedAlloc(ExtentBytes, ColdFile.PageBytes);
    private readonly List<uint> _newest = [];
    private uint _appended;

    /// <summary>Places in the file, some of them vacated.</summary>
    public uint Extent => _appended;

    private int ExtentRows => ColdFile.ExtentPages * file.RowsAPage;

    /// <summary>Where the page with a row is in the file; −1 while it is in memory.</summary>
    public long PageAt(uint cold) => InExtent(cold) ? -1 : file.At(partition, cold / file.RowsAPage);

    /// <summary>The bytes of a row, to read or to change.</summary>
    public byte* Row(uint cold, PageBatch pages, bool change)
    {
        int inPage = (int)(cold % file.RowsAPage) * rowBytes;
        if (InExtent(cold))
            return _extent + cold / file.RowsAPage % ColdFile.ExtentPages * ColdFile.PageBytes + inPage;
        ColdPage page = pages.Get(file.At(partition, cold / file.RowsAPage));
        page.Dirty |= change;
        return page.Bytes + inPage;
    }

    /// <summary>Takes a row in at a place of its own.</summary>
    public uint Append(byte* row)
    {
        uint cold = _appended++;
        int page = (int)(cold / file.RowsAPage % ColdFile.ExtentPages);
        Unsafe.CopyBlock(_extent + page * ColdFile.PageBytes + (int)(cold % file.RowsAPage) * rowBytes, row, (uint)rowBytes);
        Note(cold, RowHead.Stamp(row));
        if (_appended % ExtentRows == 0)
            file.Write(file.At(partition, cold / file.RowsAPage / ColdFile.ExtentPages * ColdFile.ExtentPages), _extent, ExtentBytes);
        return cold;
    }

    /// <summary>Remembers the newest stamp of each page, so that deltas pass over old pages.</summary>
    public void Note(uint cold, uint stamp)
    {
        int page = (int)(cold / file.RowsAPage);
        while (page >= _newest.Count)
            _newest.Add(0);
        _newest[page] = Math.Max(_newest[page], stamp);
    }

    /// <summary>Calls with each cold row of pages that have one stamped after <paramref name="since"/>; reads an extent at a time.</summary>
    public void ForEach(uint since, Action<uint, nint> action)
    {
        byte* buffer = (byte*)NativeMemory.AlignedAlloc(ExtentBytes, ColdFile.PageBytes);
        try
        {
            for (uint from = 0; from < _appended; from += (uint)ExtentRows)
                ForEachOfExtent(from, since, buffer, action);
        }
        finally
        {
            NativeMemory.AlignedFree(buffer);
        }
    }

    private void ForEachOfExtent(uint from, uint since, byte* buffer, Action<uint, nint> action)
    {
        int firstPage = (int)(from / file.RowsAPage);
        ReadOnlySpan<uint> newest = CollectionsMarshal.AsSpan(_newest)[firstPage..Math.Min(_newest.Count, firstPage + ColdFile.ExtentPages)];
        if (newest.IndexOfAnyInRange(since == 0 ? 0 : since + 1, uint.MaxValue) < 0)
            return;
        byte* extent = _extent;
        if (!InExtent(from))
            file.Read(file.At(partition, firstPage), extent = buffer, ExtentBytes);
        for (uint cold = from, end = Math.Min(_appended, from + (uint)ExtentRows); cold < end; cold++)
        {
            byte* row = extent + (cold - from) / file.RowsAPage * ColdFile.PageBytes + cold % file.RowsAPage * rowBytes;
            if (RowHead.IsLive(row))
                action(cold, (nint)row);
        }
    }

    private bool InExtent(uint cold) => cold / (uint)ExtentRows == _appended / (uint)ExtentRows;

    public void Dispose() => NativeMemory.AlignedFree(_extent);
}
