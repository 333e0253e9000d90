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
    public async Task<ExitRecord> FinishAsync(SupervisedAttempt attempt, ChildExit? exit)
    {
        int left = attempt.Process is ProcessRecord process
            ? await _leftBehind.KillAsync(process, attempt.Tag, thorough: exit is null || attempt.Stopping)
            : 0;
        attempt.LogCap?.Check();
        if (AttemptRecords.ReadExit(attempt.Folder) is ExitRecord recorded)
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
            PeakMemoryBytes = exit?.PeakMemoryBytes,
            LeftBehind = left,
            Limits = attempt.Process?.Limits,
        };
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

    /// <summary>Signals all of a running attempt.</summary>
    public void Signal(SupervisedAttempt attempt, ProcessRecord process, int signal) => _leftBehind.Signal(process, attempt.Tag, signal);

    /// <summary>The failure of an attempt whose files cannot be written.</summary>
    public static Failure Unwritable(Exception e) => e is IOException { HResult: 28 or unchecked((int)0x80070070) }
        ? new Failure(FailureKind.Resource, "EXEC-011", "the disk is full: " + e.Message)
        : new Failure(FailureKind.Infrastructure, "EXEC-013", "the attempt's files cannot be written: " + e.Message);
}
