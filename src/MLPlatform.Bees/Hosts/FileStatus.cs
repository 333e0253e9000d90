using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using MLPlatform.Bees.Files;

namespace MLPlatform.Bees.Hosts;

/// <summary>What the system tells about a file. .NET has no door to device and inode.</summary>
/// <param name="ChangedAt">When content, name or owner last changed; unlike the time of modification, nobody can set it.</param>
/// <param name="Names">How many names the file has; 0 once it is deleted.</param>
internal readonly partial record struct FileStatus(FileKey Key, long Size, DateTimeOffset ChangedAt, uint Names, bool IsRegular)
{
    private const int CurrentFolder = -100;
    private const int OfTheHandle = 0x1000; // AT_EMPTY_PATH
    private const uint Basic = 0x7FF; // STATX_BASIC_STATS
    private const int TypeBits = 0xF000;
    private const int RegularFile = 0x8000;
    private const int NotFound = 2;
    private const int NotAFolder = 20;

    /// <summary>The file behind the path, links followed, or null where there is none.</summary>
    /// <exception cref="UnauthorizedAccessException">The path may not be looked at.</exception>
    public static FileStatus? Of(string path)
    {
        Span<byte> raw = stackalloc byte[256];
        if (StatX(CurrentFolder, path, 0, Basic, raw) == 0)
            return Parse(raw);
        int error = Marshal.GetLastPInvokeError();
        return error is NotFound or NotAFolder ? null
            : throw new UnauthorizedAccessException($"'{path}' cannot be looked at: {Marshal.GetPInvokeErrorMessage(error)}");
    }

    public static FileStatus Of(SafeFileHandle file)
    {
        Span<byte> raw = stackalloc byte[256];
        bool held = false;
        try
        {
            file.DangerousAddRef(ref held);
            return StatX((int)file.DangerousGetHandle(), "", OfTheHandle, Basic, raw) == 0
                ? Parse(raw)
                : throw new IOException($"an open file cannot be looked at: {Marshal.GetLastPInvokeErrorMessage()}");
        }
        finally
        {
            if (held)
                file.DangerousRelease();
        }
    }

    // struct statx has one layout on every architecture, unlike struct stat.
    private static FileStatus Parse(ReadOnlySpan<byte> raw)
    {
        long seconds = BinaryPrimitives.ReadInt64LittleEndian(raw[96..]);
        uint nanoseconds = BinaryPrimitives.ReadUInt32LittleEndian(raw[104..]);
        ulong device = ((ulong)BinaryPrimitives.ReadUInt32LittleEndian(raw[136..]) << 32) | BinaryPrimitives.ReadUInt32LittleEndian(raw[140..]);
        return new FileStatus(
            new FileKey(device, BinaryPrimitives.ReadUInt64LittleEndian(raw[32..])),
            BinaryPrimitives.ReadInt64LittleEndian(raw[40..]),
            DateTimeOffset.UnixEpoch.AddSeconds(seconds).AddTicks(nanoseconds / 100),
            BinaryPrimitives.ReadUInt32LittleEndian(raw[16..]),
            (BinaryPrimitives.ReadUInt16LittleEndian(raw[28..]) & TypeBits) == RegularFile);
    }

    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int StatX(int folder, string path, int flags, uint mask, Span<byte> result);
}
