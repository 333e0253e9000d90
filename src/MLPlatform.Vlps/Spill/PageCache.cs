using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace MLPlatform.Vlps.Spill;

/// <summary>Reads what the system has in memory, and nothing else: a page that is there takes a microsecond and is not worth a thread.</summary>
internal sealed unsafe partial class PageCache(SafeFileHandle file)
{
    private const int NoWait = 8; // RWF_NOWAIT

    private bool _isThere = OperatingSystem.IsLinux();

    /// <summary>Whether all of the bytes were in memory; where not, or where the system does not tell, some of them may be there.</summary>
    public bool TryRead(long at, byte* bytes, int count)
    {
        if (!_isThere)
            return false;
        var range = new Range { Start = (nint)bytes, Length = count };
        try
        {
            return preadv2(file, &range, 1, at, NoWait) == count;
        }
        catch (EntryPointNotFoundException) // A C library of before 2017, or another one.
        {
            return _isThere = false;
        }
    }

    [LibraryImport("libc")]
    private static partial nint preadv2(SafeFileHandle file, Range* ranges, int count, long at, int flags);

    private struct Range
    {
        public nint Start;
        public nint Length;
    }
}
