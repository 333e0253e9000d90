using System.Globalization;
using System.Text;

namespace MLPlatform.Executors.Process.Native;

/// <summary>What /proc tells about a process.</summary>
/// <param name="StartTicks">When it started, in clock ticks since boot; with the id it names a process for certain.</param>
/// <param name="CpuTicks">Processor time of it and of the children it waited for, in clock ticks.</param>
/// <param name="ResidentBytes">Memory it holds, what it shares with others included.</param>
internal readonly record struct ProcStat(
    int Pid, char State, int Parent, int Group, int Session, long StartTicks, long CpuTicks = 0, long ResidentBytes = 0)
{
    /// <summary>Dead, but not reaped yet.</summary>
    public bool IsZombie => State is 'Z' or 'X';

    /// <summary>Null if there is no such process.</summary>
    public static ProcStat? Read(int pid)
    {
        byte[]? bytes = ReadFile(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/stat"));
        if (bytes is null)
            return null;
        // The name stands in parentheses and may itself hold spaces and parentheses.
        string text = Encoding.ASCII.GetString(bytes);
        string[] fields = text[(text.LastIndexOf(')') + 2)..].Split(' ');
        return fields.Length < 22
            ? null
            : new ProcStat(
                pid, fields[0][0], Int(fields[1]), Int(fields[2]), Int(fields[3]), Long(fields[19]),
                Long(fields[11]) + Long(fields[12]) + Long(fields[13]) + Long(fields[14]), Long(fields[21]) * Environment.SystemPageSize);
    }

    /// <summary>All processes there are.</summary>
    public static IEnumerable<ProcStat> ReadAll()
    {
        foreach (string folder in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(folder.AsSpan()), NumberStyles.None, CultureInfo.InvariantCulture, out int pid)
                && Read(pid) is ProcStat stat)
                yield return stat;
        }
    }

    /// <summary>The command line, its parts joined by spaces; empty if there is no such process.</summary>
    public string CommandLine() => ReadFile(string.Create(CultureInfo.InvariantCulture, $"/proc/{Pid}/cmdline")) is byte[] line
        ? Encoding.UTF8.GetString(line).TrimEnd('\0').Replace('\0', ' ')
        : "";

    /// <summary>Whether the environment it was started with holds this <c>NAME=value</c>.</summary>
    public static bool HasVariable(int pid, string variable)
    {
        byte[]? bytes = ReadFile(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/environ"));
        if (bytes is null)
            return false;
        ReadOnlySpan<byte> wanted = Encoding.UTF8.GetBytes(variable);
        foreach (Range part in bytes.AsSpan().Split((byte)0))
        {
            if (bytes.AsSpan(part).SequenceEqual(wanted))
                return true;
        }
        return false;
    }

    /// <summary>The value of the variable of the environment it was started with, whose <c>NAME=</c> is given; null if there is none.</summary>
    public static string? Variable(int pid, string prefix)
    {
        byte[]? bytes = ReadFile(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/environ"));
        if (bytes is null)
            return null;
        ReadOnlySpan<byte> wanted = Encoding.UTF8.GetBytes(prefix);
        foreach (Range part in bytes.AsSpan().Split((byte)0))
        {
            if (bytes.AsSpan(part).StartsWith(wanted))
                return Encoding.UTF8.GetString(bytes.AsSpan(part)[wanted.Length..]);
        }
        return null;
    }

    /// <summary>Direct children of one thread of this process, or null where the kernel does not tell.</summary>
    public static int[]? ChildrenOfThread(int thread)
    {
        byte[]? bytes = ReadFile(string.Create(CultureInfo.InvariantCulture, $"/proc/self/task/{thread}/children"));
        return bytes is null
            ? null
            : [.. Encoding.ASCII.GetString(bytes).Split((char[])[' ', '\n'], StringSplitOptions.RemoveEmptyEntries).Select(Int)];
    }

    /// <summary>Whether any thread of that process has a child; yes where the kernel does not tell.</summary>
    public static bool HasChildren(int pid)
    {
        string threads = string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/task");
        try
        {
            return Directory.EnumerateDirectories(threads).Any(t => ReadFile(Path.Combine(t, "children")) is not { Length: 0 });
        }
        catch (DirectoryNotFoundException)
        {
            return false; // It is gone, and its children are ours.
        }
    }

    /// <summary>Changes with every boot, so that a process id of an earlier boot is not taken for one of today.</summary>
    public static string BootId { get; } = ReadFile("/proc/sys/kernel/random/boot_id") is byte[] id ? Encoding.ASCII.GetString(id).Trim() : "";

    /// <summary>A small file of /proc or /sys, or null if it is gone or closed to us.</summary>
    public static unsafe byte[]? ReadFile(string path)
    {
        int file = Libc.Open(path, Libc.ReadOnly | Libc.CloseOnExec, 0);
        if (file < 0)
            return null;
        try
        {
            byte[] buffer = new byte[4096];
            int length = 0;
            while (true)
            {
                nint got;
                fixed (byte* at = buffer)
                    got = Libc.Read(file, at + length, buffer.Length - length);
                if (got < 0)
                    return null;
                if (got == 0)
                    return buffer[..length];
                length += (int)got;
                if (length == buffer.Length)
                    Array.Resize(ref buffer, buffer.Length * 4);
            }
        }
        finally
        {
            Libc.Close(file);
        }
    }

    private static long Long(string text) => long.Parse(text, CultureInfo.InvariantCulture);

    private static int Int(string text) => int.Parse(text, CultureInfo.InvariantCulture);
}
