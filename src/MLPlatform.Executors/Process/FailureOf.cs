using System.Globalization;
using MLPlatform.Core.Runs;
using MLPlatform.Executors.Process.Protocol;

namespace MLPlatform.Executors.Process;

/// <summary>Turns how a process ended into a failure that a person can act on. Pure.</summary>
internal static class FailureOf
{
    private const int SigKill = 9;
    private const int SigCpu = 24;
    private const int SigFileSize = 25;

    private static readonly string[] DiskFull = ["No space left on device", "Disk quota exceeded", "There is not enough space on the disk"];
    private static readonly string[] MemoryFull = ["MemoryError", "std::bad_alloc", "Cannot allocate memory", "OutOfMemoryException", "Out of memory"];

    /// <summary>Null if the attempt ended well as far as its process goes.</summary>
    /// <param name="lastWords">The last telling lines of its log, harmless already; empty if there are none.</param>
    public static Failure? Exit(ExitRecord exit, string lastWords)
    {
        if (exit.Failure is not null)
            return exit.Failure;
        if (exit.Lost)
            return new Failure(
                FailureKind.Infrastructure, "EXEC-021", "nobody saw how the attempt ended: its supervisor or the machine went down while it ran");
        if (exit is { Stopped: true } and not { Code: 0 })
            return new Failure(FailureKind.Cancelled, "EXEC-022", "stopped as asked" + (exit.Signal is int s ? $" ({SignalName(s)})" : ""));
        if (exit.OutOfMemory && exit.Code != 0)
            return Memory(exit);
        if (exit.Signal is int signal)
            return Signalled(signal, lastWords);
        return exit.Code == 0 ? null : ExitCode(exit, lastWords);
    }

    /// <summary>An attempt's folder could not be written or read.</summary>
    public static Failure Unwritable(string folder, Exception e) => IsDiskFull(e.Message)
        ? new Failure(FailureKind.Resource, "EXEC-011", $"the disk is full: {e.Message}")
        : new Failure(FailureKind.Infrastructure, "EXEC-013", $"the attempt's folder {folder} cannot be used: {e.Message}");

    /// <summary>The name a person knows a signal by.</summary>
    public static string SignalName(int signal) => signal switch
    {
        1 => "SIGHUP",
        2 => "SIGINT",
        3 => "SIGQUIT",
        4 => "SIGILL",
        6 => "SIGABRT",
        7 => "SIGBUS",
        8 => "SIGFPE",
        SigKill => "SIGKILL",
        11 => "SIGSEGV",
        13 => "SIGPIPE",
        14 => "SIGALRM",
        15 => "SIGTERM",
        SigCpu => "SIGXCPU",
        SigFileSize => "SIGXFSZ",
        31 => "SIGSYS",
        _ => string.Create(CultureInfo.InvariantCulture, $"signal {signal}"),
    };

    private static Failure Memory(ExitRecord exit) => new(
        FailureKind.Resource, "EXEC-010",
        $"out of memory: it used {Mebibytes(exit.PeakMemoryBytes)} of its {Mebibytes(exit.MemoryLimitBytes)} (limit set by {exit.Limits?.Memory ?? "the system"}); "
        + "declare more under resources.memory, or use less");

    private static Failure Signalled(int signal, string lastWords) => signal switch
    {
        // Nobody of ours sent it, so nearly always the kernel did, short of memory.
        SigKill => new Failure(
            FailureKind.Resource, "EXEC-009", "killed by SIGKILL, not sent by the platform: most often the machine ran out of memory" + Said(lastWords)),
        SigCpu or SigFileSize => new Failure(FailureKind.Resource, "EXEC-009", $"killed by {SignalName(signal)}: a limit of the system was reached" + Said(lastWords)),
        _ => new Failure(FailureKind.User, "EXEC-002", $"killed by {SignalName(signal)}" + Said(lastWords)),
    };

    private static Failure ExitCode(ExitRecord exit, string lastWords)
    {
        if (IsDiskFull(lastWords))
            return new Failure(FailureKind.Resource, "EXEC-011", $"the disk is full (exit code {exit.Code})" + Said(lastWords));
        if (exit.Limits?.Memory == "rlimit-data" && MemoryFull.Any(lastWords.Contains))
            return new Failure(
                FailureKind.Resource, "EXEC-010",
                $"out of memory under its limit of {Mebibytes(exit.MemoryLimitBytes)} (rlimit-data, exit code {exit.Code})" + Said(lastWords));
        return new Failure(FailureKind.User, "EXEC-001", string.Create(CultureInfo.InvariantCulture, $"exit code {exit.Code}") + Said(lastWords));
    }

    private static bool IsDiskFull(string text) => DiskFull.Any(text.Contains);

    private static string Said(string lastWords) => lastWords.Length == 0 ? "" : ": " + lastWords;

    private static string Mebibytes(long? bytes) =>
        bytes is long b ? string.Create(CultureInfo.InvariantCulture, $"{b / 1048576.0:0.#} MiB") : "all memory";
}
