using System.IO.MemoryMappedFiles;

namespace MLPlatform.Vlps.Keyed;

/// <summary>A keyed file in memory, for as long as somebody uses it.</summary>
internal sealed unsafe class KeyedMapping
{
    private readonly MemoryMappedFile _file;
    private readonly MemoryMappedViewAccessor _view;
    private int _uses = 1; // Its maker's.

    public KeyedMapping(string path, long bytes)
    {
        _file = MemoryMappedFile.CreateFromFile(path, FileMode.Open, mapName: null, capacity: 0, MemoryMappedFileAccess.Read);
        _view = _file.CreateViewAccessor(0, bytes, MemoryMappedFileAccess.Read);
        byte* at = null;
        _view.SafeMemoryMappedViewHandle.AcquirePointer(ref at);
        At = at + _view.PointerOffset;
    }

    /// <summary>Its first byte.</summary>
    public byte* At { get; }

    /// <summary>One more uses it; only who uses it may say so.</summary>
    public void Share() => Interlocked.Increment(ref _uses);

    public void Release()
    {
        if (Interlocked.Decrement(ref _uses) > 0)
            return;
        _view.SafeMemoryMappedViewHandle.ReleasePointer();
        _view.Dispose();
        _file.Dispose();
    }
}
