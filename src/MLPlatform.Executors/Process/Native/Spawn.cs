using System.Runtime.InteropServices;
using System.Text;

namespace MLPlatform.Executors.Process.Native;

/// <summary>
/// Starts programs with posix_spawn: in a session of their own, with default signals and only the descriptors given.
/// </summary>
/// <remarks><see cref="System.Diagnostics.Process"/> cannot start a session and reaps children behind our back.</remarks>
internal static unsafe class Spawn
{
    private const short Flags = SetDefaultSignals | SetSignalMask | SetSession;
    private const short SetDefaultSignals = 0x04;
    private const short SetSignalMask = 0x08;
    private const short SetSession = 0x80;

    // Larger than posix_spawnattr_t, posix_spawn_file_actions_t and sigset_t of every C library.
    private const int StructBytes = 1024;

    // Of glibc 2.34 and later. Without it a child also gets what our own starter left open in us; our files are never among that.
    private static readonly bool CanCloseFrom =
        NativeLibrary.TryLoad("libc.so.6", out nint library)
        && NativeLibrary.TryGetExport(library, "posix_spawn_file_actions_addclosefrom_np", out _);

    /// <summary>The new process id, or 0 and the error number.</summary>
    public static int Start(SpawnRequest request, out int error)
    {
        byte* attributes = stackalloc byte[StructBytes];
        byte* actions = stackalloc byte[StructBytes];
        byte* signals = stackalloc byte[StructBytes];
        Check(Libc.SpawnAttributesInit(attributes));
        Check(Libc.SpawnActionsInit(actions));
        try
        {
            // The runtime ignores SIGPIPE and blocks others; a script must see what any program sees.
            Check(Libc.FillSignals(signals));
            Check(Libc.SpawnAttributesSetDefaultSignals(attributes, signals));
            Check(Libc.ClearSignals(signals));
            Check(Libc.SpawnAttributesSetSignalMask(attributes, signals));
            Check(Libc.SpawnAttributesSetFlags(attributes, Flags));
            foreach ((int ours, int theirs) in request.Descriptors)
                Check(Libc.SpawnActionsAddDuplicate(actions, ours, theirs));
            if (request.CloseOthers && CanCloseFrom)
                Check(Libc.SpawnActionsAddCloseFrom(actions, request.Descriptors.Max(d => d.Theirs) + 1));
            fixed (byte* folder = Encoding.UTF8.GetBytes(request.WorkingFolder + '\0'))
                Check(Libc.SpawnActionsAddChangeFolder(actions, folder));
            return Start(request, actions, attributes, out error);
        }
        finally
        {
            Check(Libc.SpawnActionsDestroy(actions));
            Check(Libc.SpawnAttributesDestroy(attributes));
        }
    }

    private static int Start(SpawnRequest request, void* actions, void* attributes, out int error)
    {
        int pid = 0;
        fixed (byte* program = Encoding.UTF8.GetBytes(request.Program + '\0'))
        fixed (byte* arguments = Join(request.Arguments))
        fixed (byte* environment = Join(request.Environment))
        fixed (byte** argumentList = new byte*[request.Arguments.Count + 1])
        fixed (byte** environmentList = new byte*[request.Environment.Count + 1])
        {
            Point(arguments, argumentList, request.Arguments.Count);
            Point(environment, environmentList, request.Environment.Count);
            error = Libc.Spawn(&pid, program, actions, attributes, argumentList, environmentList);
        }
        return error == 0 ? pid : 0;
    }

    private static void Check(int error)
    {
        if (error != 0)
            throw new InvalidOperationException($"preparing a process start failed: {Libc.Describe(error)}");
    }

    private static byte[] Join(IReadOnlyList<string> texts) => Encoding.UTF8.GetBytes(string.Join('\0', texts) + '\0');

    private static void Point(byte* texts, byte** list, int count)
    {
        for (int i = 0; i < count; i++)
        {
            list[i] = texts;
            while (*texts++ != 0)
            {
            }
        }
        list[count] = null;
    }
}
