using System.Runtime.InteropServices;

namespace MLPlatform.Executors.Process.Native;

/// <summary>The calls to the C library that .NET has no safe counterpart for. Linux with glibc.</summary>
internal static partial class Libc
{
    public const int SigHup = 1;
    public const int SigKill = 9;
    public const int SigTerm = 15;
    public const int NoEntry = 2;
    public const int NoProcess = 3;
    public const int ExecFormat = 8;
    public const int Interrupted = 4;
    public const int NoChild = 10;
    public const int Again = 11;
    public const int NoPermission = 13;
    public const int Exists = 17;
    public const int NoSpace = 28;

    public const int ReadOnly = 0;
    public const int WriteOnly = 1;
    public const int ReadWrite = 2;
    public const int Create = 0x40;
    public const int Exclusive = 0x80;
    public const int Append = 0x400;
    public const int CloseOnExec = 0x80000;

    public const int UnixFamily = 1;
    public const int StreamSocketCloseOnExec = 1 | 0x80000;
    public const int LockExclusiveNoWait = 2 | 4;
    public const int DuplicateCloseOnExec = 1030;
    public const int SetChildSubreaper = 36;
    public const int PunchHoleKeepSize = 0x02 | 0x01;
    public const int WaitAll = 0;
    public const int WaitExitedNoReap = 4 | 0x01000000;
    public const int MayExecute = 1;
    public const int MayWrite = 2;
    public const int PriorityOfProcess = 0;

    private const string Library = "libc";

    [LibraryImport(Library, EntryPoint = "open", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    public static partial int Open(string path, int flags, uint mode);

    [LibraryImport(Library, EntryPoint = "close", SetLastError = true)]
    public static partial int Close(int descriptor);

    [LibraryImport(Library, EntryPoint = "read", SetLastError = true)]
    public static unsafe partial nint Read(int descriptor, byte* buffer, nint count);

    [LibraryImport(Library, EntryPoint = "write", SetLastError = true)]
    public static unsafe partial nint Write(int descriptor, byte* buffer, nint count);

    [LibraryImport(Library, EntryPoint = "dup2", SetLastError = true)]
    public static partial int Duplicate(int from, int to);

    [LibraryImport(Library, EntryPoint = "fcntl", SetLastError = true)]
    public static partial int Control(int descriptor, int command, int argument);

    [LibraryImport(Library, EntryPoint = "socketpair", SetLastError = true)]
    public static unsafe partial int SocketPair(int family, int kind, int protocol, int* descriptors);

    [LibraryImport(Library, EntryPoint = "flock", SetLastError = true)]
    public static partial int Lock(int descriptor, int operation);

    [LibraryImport(Library, EntryPoint = "fallocate", SetLastError = true)]
    public static partial int Allocate(int descriptor, int mode, long offset, long length);

    [LibraryImport(Library, EntryPoint = "access", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    public static partial int Access(string path, int mode);

    [LibraryImport(Library, EntryPoint = "rmdir", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    public static partial int RemoveFolder(string path);

    [LibraryImport(Library, EntryPoint = "kill", SetLastError = true)]
    public static partial int Kill(int pid, int signal);

    [LibraryImport(Library, EntryPoint = "prctl", SetLastError = true)]
    public static partial int ProcessControl(int option, nuint argument2, nuint argument3, nuint argument4, nuint argument5);

    [LibraryImport(Library, EntryPoint = "setpriority", SetLastError = true)]
    public static partial int SetPriority(int which, int who, int priority);

    [LibraryImport(Library, EntryPoint = "umask")]
    public static partial uint SetFileModeMask(uint mask);

    [LibraryImport(Library, EntryPoint = "geteuid")]
    public static partial uint EffectiveUser();

    [LibraryImport(Library, EntryPoint = "gettid")]
    public static partial int ThreadId();

    [LibraryImport(Library, EntryPoint = "waitid", SetLastError = true)]
    public static unsafe partial int WaitId(int kind, int id, byte* info, int options);

    [LibraryImport(Library, EntryPoint = "wait4", SetLastError = true)]
    public static unsafe partial int Wait(int pid, int* status, int options, byte* usage);

    [LibraryImport(Library, EntryPoint = "posix_spawn")]
    public static unsafe partial int Spawn(int* pid, byte* path, void* actions, void* attributes, byte** arguments, byte** environment);

    [LibraryImport(Library, EntryPoint = "posix_spawnattr_init")]
    public static unsafe partial int SpawnAttributesInit(void* attributes);

    [LibraryImport(Library, EntryPoint = "posix_spawnattr_setflags")]
    public static unsafe partial int SpawnAttributesSetFlags(void* attributes, short flags);

    [LibraryImport(Library, EntryPoint = "posix_spawnattr_setsigdefault")]
    public static unsafe partial int SpawnAttributesSetDefaultSignals(void* attributes, void* signals);

    [LibraryImport(Library, EntryPoint = "posix_spawnattr_setsigmask")]
    public static unsafe partial int SpawnAttributesSetSignalMask(void* attributes, void* signals);

    [LibraryImport(Library, EntryPoint = "posix_spawnattr_destroy")]
    public static unsafe partial int SpawnAttributesDestroy(void* attributes);

    [LibraryImport(Library, EntryPoint = "posix_spawn_file_actions_init")]
    public static unsafe partial int SpawnActionsInit(void* actions);

    [LibraryImport(Library, EntryPoint = "posix_spawn_file_actions_adddup2")]
    public static unsafe partial int SpawnActionsAddDuplicate(void* actions, int from, int to);

    [LibraryImport(Library, EntryPoint = "posix_spawn_file_actions_addchdir_np")]
    public static unsafe partial int SpawnActionsAddChangeFolder(void* actions, byte* path);

    [LibraryImport(Library, EntryPoint = "posix_spawn_file_actions_addclosefrom_np")]
    public static unsafe partial int SpawnActionsAddCloseFrom(void* actions, int from);

    [LibraryImport(Library, EntryPoint = "posix_spawn_file_actions_destroy")]
    public static unsafe partial int SpawnActionsDestroy(void* actions);

    [LibraryImport(Library, EntryPoint = "sigfillset")]
    public static unsafe partial int FillSignals(void* signals);

    [LibraryImport(Library, EntryPoint = "sigemptyset")]
    public static unsafe partial int ClearSignals(void* signals);

    /// <summary>What an error number means, in the C library's words.</summary>
    public static string Describe(int error) => Marshal.GetPInvokeErrorMessage(error);
}
