using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace MLPlatform.Storage;

/// <summary>The few system calls that .NET has no door to.</summary>
internal static partial class Posix
{
    public const int NoSpace = 28;
    public const int FileTooLarge = 27;
    public const int QuotaExceeded = 122;

    private const int ReadWrite = 2;
    private const int Create = 0x40;
    private const int CloseOnExec = 0x80000; // No child may inherit a lock.
    private const int LockExclusive = 2;
    private const int LockNoWait = 4;
    private const int AtCurrentFolder = -100;
    private const int StatTypeMask = 1;
    private const int ModeOffset = 28;
    private const int TypeBits = 0xF000;
    private const int RegularFile = 0x8000;

    /// <summary>Makes a second name for a file; false where the file system will not.</summary>
    public static bool TryHardLink(string existing, string name) => Link(existing, name) == 0;

    /// <summary>Makes the names in a folder durable: a rename alone may be lost with the power.</summary>
    public static void SyncFolder(string folder)
    {
        int descriptor = Open(folder, CloseOnExec);
        if (descriptor < 0)
            throw new IOException($"cannot open folder '{folder}'", Marshal.GetLastPInvokeError());
        int failed = FSync(descriptor) == 0 ? 0 : Marshal.GetLastPInvokeError();
        _ = Close(descriptor);
        if (failed != 0)
            throw new IOException($"cannot make folder '{folder}' durable", failed);
    }

    /// <summary>Opens a file, made if it is not there, without the lock that .NET would take on it.</summary>
    public static SafeFileHandle OpenForLock(string path)
    {
        int descriptor = Open(path, ReadWrite | Create | CloseOnExec, 0x1A4);
        return descriptor >= 0
            ? new SafeFileHandle(descriptor, ownsHandle: true)
            : throw new IOException($"cannot open '{path}'", Marshal.GetLastPInvokeError());
    }

    /// <summary>Locks the whole file for this handle alone; false if another has it.</summary>
    public static bool TryLock(SafeFileHandle file) => FLock(file, LockExclusive | LockNoWait) == 0;

    /// <summary>Whether the path is a plain file, links followed: reading a pipe or a device could block for ever.</summary>
    public static bool IsRegularFile(string path)
    {
        Span<byte> stat = stackalloc byte[256];
        return StatX(AtCurrentFolder, path, 0, StatTypeMask, stat) == 0
            && (BitConverter.ToUInt16(stat[ModeOffset..]) & TypeBits) == RegularFile;
    }

    [LibraryImport("libc", EntryPoint = "link", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Link(string existing, string name);

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags, int mode = 0);

    [LibraryImport("libc", EntryPoint = "flock", SetLastError = true)]
    private static partial int FLock(SafeFileHandle file, int operation);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int FSync(int descriptor);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    private static partial int Close(int descriptor);

    // struct statx has one layout on every architecture, unlike struct stat.
    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int StatX(int folder, string path, int flags, uint mask, Span<byte> result);
}
