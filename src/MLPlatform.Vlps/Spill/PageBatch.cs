using System.Runtime.InteropServices;

namespace MLPlatform.Vlps.Spill;

/// <summary>The pages that one call works on: read together, changed in memory, written together.</summary>
internal sealed unsafe class PageBatch(ColdFile file) : IDisposable
{
    private const int BlockPages = 256;

    private readonly Dictionary<long, ColdPage> _pages = [];
    private readonly List<ColdPage> _list = [];
    private readonly List<nint> _blocks = [];

    /// <summary>Pages in memory.</summary>
    public int Count => _list.Count;

    /// <summary>Asks for a page; <see cref="ReadAll"/> brings it.</summary>
    public void Want(long at)
    {
        if (!_pages.ContainsKey(at))
            Add(at);
    }

    public void ReadAll() => file.Read(_list);

    /// <summary>A page, read now if nobody asked for it.</summary>
    public ColdPage Get(long at)
    {
        if (_pages.TryGetValue(at, out ColdPage? page))
            return page;
        page = Add(at);
        file.Read(at, page.Bytes, ColdFile.PageBytes);
        return page;
    }

    private ColdPage Add(long at)
    {
        if (_list.Count == _blocks.Count * BlockPages)
            _blocks.Add((nint)NativeMemory.AlignedAlloc(BlockPages * ColdFile.PageBytes, ColdFile.PageBytes));
        byte* bytes = (byte*)_blocks[_list.Count / BlockPages] + _list.Count % BlockPages * ColdFile.PageBytes;
        var page = new ColdPage(at, bytes);
        _list.Add(page);
        _pages.Add(at, page);
        return page;
    }

    /// <summary>Writes what was changed and forgets all pages.</summary>
    public void WriteBack()
    {
        foreach (ColdPage page in _list)
        {
            if (page.Dirty)
                file.Write(page.At, page.Bytes, ColdFile.PageBytes);
        }
        _list.Clear();
        _pages.Clear();
    }

    public void Dispose()
    {
        foreach (nint block in _blocks)
            NativeMemory.AlignedFree((void*)block);
        _blocks.Clear();
    }
}
