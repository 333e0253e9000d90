using System.Text.Json;
using MLPlatform.Core.Runs;
using MLPlatform.Executors.Process.Protocol;

namespace MLPlatform.Worker.Supervision;

/// <summary>What happens once an attempt's main process is gone: clean up, and write down how it ended.</summary>
internal sealed class AttemptFinisher(Children children, TimeProvider time, SupervisorLog log)
{
    private static readonly TimeSpan WritePause = TimeSpan.FromMilliseconds(200);
    private const int WriteTries = 50;
    private readonly LeftBehind _leftBehind = new(children, time, log);

    /// <summary>Ends what is left of the attempt and tells how it ended.</summary>
    /// <param name="exit">What the kernel told, or null if the process was not ours to wait for.</param>
    /// <param name="unwritten">The end that a worker could not write down itself.</param>
    public async Task<ExitRecord> FinishAsync(SupervisedAttempt attempt, ChildExit? exit, ExitRecord? unwritten)
    {
        int left = attempt.Process is ProcessRecord process
            ? await _leftBehind.KillAsync(process, attempt.Tag, thorough: attempt.Stopping || (exit is null && attempt.Worker is null))
            : 0;
        attempt.LogCap?.Check();
        (bool outOfMemory, long? peak) = await LeaveCgroupAsync(attempt);
        if ((AttemptRecords.ReadExit(attempt.Folder) ?? unwritten) is ExitRecord recorded)
            return recorded;
        return new ExitRecord
        {
            At = time.GetUtcNow(),
            Pid = attempt.Process?.Pid,
            Code = exit?.Code,
            Signal = exit?.Signal,
            Stopped = attempt.Stopping,
            Lost = exit is null,
            CpuSeconds = exit?.CpuSeconds,
            OutOfMemory = outOfMemory,
            PeakMemoryBytes = peak ?? exit?.PeakMemoryBytes,
            MemoryLimitBytes = attempt.Order.Limits.MemoryBytes > 0 ? attempt.Order.Limits.MemoryBytes : null,
            LeftBehind = left,
            Limits = attempt.Process?.Limits,
        };
    }

    private async Task<(bool OutOfMemory, long? Peak)> LeaveCgroupAsync(SupervisedAttempt attempt)
    {
        if (attempt.Cgroup is not Cgroup cgroup)
            return (false, null);
        (bool OutOfMemory, long? Peak) found = (cgroup.RanOutOfMemory(), cgroup.PeakMemoryBytes());
        if (attempt.Worker is null)
            await cgroup.RemoveAsync(time);
        return found;
    }

    /// <summary>Writes the end down. A full disk is waited for, since an end that is not on disk could be lost.</summary>
    public async Task RecordAsync(SupervisedAttempt attempt, ExitRecord exit)
    {
        string path = attempt.File(AttemptFiles.Exit);
        if (File.Exists(path))
            return;
        byte[] json = JsonSerializer.SerializeToUtf8Bytes(exit, ProtocolJson.Default.ExitRecord);
        for (int attemptsLeft = WriteTries; ; attemptsLeft--)
        {
            try
            {
                AttemptFiles.WriteWhole(path, json);
                return;
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                log.Write($"{attempt.Id}: cannot record its end: {e.Message}");
                if (attemptsLeft <= 1)
                    return; // The clients are told all the same, and they keep it.
                await Task.Delay(WritePause, time);
            }
        }
    }

    /// <summary>Ends what no attempt can be told from; only while none runs.</summary>
    public void KillStrays() => _leftBehind.KillStrays();

    /// <summary>Signals all of a running attempt.</summary>
    public void Signal(SupervisedAttempt attempt, ProcessRecord process, int signal) => _leftBehind.Signal(process, attempt.Tag, signal);

    /// <summary>The failure of an attempt whose files cannot be written.</summary>
    public static Failure Unwritable(Exception e) => e is IOException { HResult: 28 or unchecked((int)0x80070070) }
        ? new Failure(FailureKind.Resource, "EXEC-011", "the disk is full: " + e.Message)
        : new Failure(FailureKind.Infrastructure, "EXEC-013", "the attempt's files cannot be written: " + e.Message);
}
