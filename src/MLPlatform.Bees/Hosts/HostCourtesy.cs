using System.Runtime.InteropServices;

namespace MLPlatform.Bees.Hosts;

/// <summary>Gives way to whatever else runs on the machine: the agent is a guest there.</summary>
internal static partial class HostCourtesy
{
    private const int WholeProcess = 0;
    private const int Niceness = 10;
    private const int MostArenas = -8;
    private const int IdleClass = 3 << 13;

    /// <summary>Takes the processor and the disk only after others; false where the system does not let it.</summary>
    public static bool Yield()
    {
        bool processor = SetPriority(WholeProcess, 0, Niceness) == 0;
        int call = RuntimeInformation.ProcessArchitecture switch { Architecture.X64 => 251, Architecture.Arm64 => 30, _ => -1 };
        // Every thread of its own has a disk priority; those started later take it from the one that calls.
        return call >= 0 && SystemCall(call, 1, 0, IdleClass) == 0 && processor;
    }

    /// <summary>Lets all threads take native memory from one place: each place of its own keeps what was freed there.</summary>
    public static void ShareNativeMemory() => Glibc(static () => ConfigureMalloc(MostArenas, 1));

    /// <summary>Gives back native memory that was freed: the start of the process leaves more of it than the work ever needs.</summary>
    public static void ReleaseNativeMemory() => Glibc(static () => TrimMalloc(0));

    private static void Glibc(Func<int> call)
    {
        try
        {
            _ = call();
        }
        catch (EntryPointNotFoundException)
        {
            // Other C libraries keep less, and offer no such call.
        }
    }

    [LibraryImport("libc", EntryPoint = "mallopt")]
    private static partial int ConfigureMalloc(int what, int value);

    [LibraryImport("libc", EntryPoint = "malloc_trim")]
    private static partial int TrimMalloc(nint keep);

    [LibraryImport("libc", EntryPoint = "setpriority", SetLastError = true)]
    private static partial int SetPriority(int which, int who, int priority);

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    private static partial long SystemCall(long number, int which, int who, int priority);
}
