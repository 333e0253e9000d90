using System.Globalization;
using System.Runtime.InteropServices;
using MLPlatform.Core.Runs;
using MLPlatform.Executors.Process.Native;
using MLPlatform.Executors.Process.Protocol;

namespace MLPlatform.Worker.Supervision;

/// <summary>Starts scripts.</summary>
internal sealed class ScriptStarter(Children children, Cgroups cgroups, TimeProvider time, SupervisorLog log)
{
    private readonly ScriptLimits _limits = new(cgroups);
    private readonly int _nothing = Libc.Open("/dev/null", Libc.ReadOnly | Libc.CloseOnExec, 0);

    /// <summary>
    /// Makes the attempt's log, which says that it was started: -1 if that was done before, else the log's descriptor.
    /// </summary>
    public static int Claim(SupervisedAttempt attempt)
    {
        string path = attempt.File(AttemptFiles.Log);
        int file = Libc.Open(path, Libc.WriteOnly | Libc.Create | Libc.Exclusive | Libc.Append | Libc.CloseOnExec, 0x1a4);
        if (file >= 0)
            return file;
        int error = Marshal.GetLastPInvokeError();
        return error == Libc.Exists ? -1 : throw new IOException($"{path}: {Libc.Describe(error)}", error);
    }

    /// <summary>Starts the attempt's command; returns why it could not be started, or null.</summary>
    public Failure? Start(SupervisedAttempt attempt, int output, Action<ChildExit> exited)
    {
        ScriptOrder script = attempt.Order.Script!;
        string folder = script.WorkingFolder ?? attempt.File(AttemptFiles.Scratch);
        if (script.WorkingFolder is null)
            Directory.CreateDirectory(folder);
        (string? program, Failure? failure) = ScriptProgram.Find(script, folder);
        if (program is null)
            return failure;
        var request = new SpawnRequest
        {
            Program = program,
            Arguments = script.Arguments,
            Environment = [.. script.Environment.Select(v => $"{v.Key}={v.Value}")],
            WorkingFolder = folder,
            Descriptors = [(_nothing, 0), (output, 1), (output, 2)],
        };
        ScriptLimits.Plan plan = _limits.Prepare(request, attempt.Order.Limits, attempt.Id.ToString());
        attempt.Cgroup = plan.Cgroup;
        int pid = children.Spawn(plan.Request, exited, out int error);
        if (pid == 0)
            return ScriptProgram.Refused(error, program);
        if (plan.Nice > 0)
            _ = Libc.SetPriority(Libc.PriorityOfProcess, pid, plan.Nice);
        // Under memory pressure the kernel should take the attempt rather than the server.
        _ = Cgroup.TryWrite(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/oom_score_adj"), "500");
        AttemptRecords.Write(attempt, new ProcessRecord(
            pid, ProcStat.BootId, ProcStat.Read(pid)?.StartTicks ?? 0, time.GetUtcNow(), Worker: false, plan.Applied,
            plan.Cgroup?.Folders ?? []));
        return null;
    }

    /// <summary>The process of an attempt whose supervisor died between starting and recording it, or null.</summary>
    public ProcessRecord? FindByTag(SupervisedAttempt attempt)
    {
        ProcStat? leader = ProcStat.ReadAll()
            .Where(p => p.Session == p.Pid && !p.IsZombie && ProcStat.HasVariable(p.Pid, attempt.Tag))
            .Select(p => (ProcStat?)p).FirstOrDefault();
        if (leader is not ProcStat found)
            return null;
        log.Write($"{attempt.Id}: found its process {found.Pid} by its tag");
        return new ProcessRecord(found.Pid, ProcStat.BootId, found.StartTicks, time.GetUtcNow(), Worker: false, null, []);
    }
}
