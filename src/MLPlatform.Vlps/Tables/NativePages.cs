using System.Runtime.InteropServices;

namespace MLPlatform.Vlps.Tables;

/// <summary>Zeroed memory in large pieces, on huge pages where the system has them.</summary>
internal static unsafe partial class NativePages
{
    private const long HugePage = 2L << 20;
    private const int ReadWrite = 3, PrivateAnonymousNoReserve = 0x4022, AdviseHugePages = 14;

    /// <summary>Memory is committed by the system only where it is touched.</summary>
    /// <param name="bytes">How much; freed with the same figure.</param>
    /// <param name="huge">Whether to ask for huge pages: fewer misses of the address cache, but 2 MiB are committed at a touch.</param>
    public static byte* Allocate(long bytes, bool huge)
    {
        if (!OnPages(bytes))
        {
            void* small = NativeMemory.AlignedAlloc((nuint)bytes, 64);
            NativeMemory.Clear(small, (nuint)bytes);
            return (byte*)small;
        }
        nint from = mmap(0, (nuint)(bytes + HugePage), ReadWrite, PrivateAnonymousNoReserve, -1, 0);
        if (from == -1)
            throw new VlpsException(VlpsProblem.Memory, $"the system gives no further {bytes:N0} bytes (error {Marshal.GetLastPInvokeError()}); lower the table's ceiling or its rows' size");
        nint begin = (from + (nint)HugePage - 1) & -(nint)HugePage, end = begin + (nint)bytes;
        if (begin > from)
            _ = munmap(from, (nuint)(begin - from));
        if (from + (nint)(bytes + HugePage) > end)
            _ = munmap(end, (nuint)(from + (nint)(bytes + HugePage) - end));
        if (huge)
            _ = madvise(begin, (nuint)bytes, AdviseHugePages); // Advice: without it, all is as well, a little slower.
        return (byte*)begin;
    }

    public static void Free(byte* memory, long bytes)
    {
        if (OnPages(bytes))
            _ = munmap((nint)memory, (nuint)bytes);
        else
            NativeMemory.AlignedFree(memory);
    }

    private static bool OnPages(long bytes) => OperatingSystem.IsLinux() && bytes >= HugePage && bytes % Environment.SystemPageSize == 0;

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint mmap(nint address, nuint bytes, int protection, int flags, int file, nint offset);

    [LibraryImport("libc")]
    private static partial int munmap(nint address, nuint bytes);

    [LibraryImport("libc")]
    private static partial int madvise(nint address, nuint bytes, int advice);
}
