using MLPlatform.Executors.Process.Native;
using MLPlatform.Executors.Process.Protocol;

namespace MLPlatform.Worker.Supervision;

/// <summary>Ends what an attempt started and left running after its main process was gone.</summary>
internal sealed class LeftBehind(Children children, TimeProvider time, SupervisorLog log)
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(2);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <summary>Kills until nothing of the attempt is left; returns how many there were.</summary>
    /// <param name="thorough">Looks at every process of the machine even if nothing seems to be left.</param>
    public async Task<int> KillAsync(ProcessRecord process, string tag, bool thorough)
    {
        // Whatever lost its parent became our child, so no stray means nothing is left. That is the usual case, and cheap.
        if (!thorough && children.Strays().Count == 0 && !(process.Worker && ProcStat.HasChildren(process.Pid)))
            return 0;
        var killed = new HashSet<(int, long)>();
        long began = time.GetTimestamp();
        while (true)
        {
            List<ProcStat> members = Members.Find(process.Pid, tag, process.Worker ? [] : process.Cgroups, children.Knows);
            if (members.Count == 0)
                return killed.Count;
            foreach (ProcStat member in members)
            {
                killed.Add((member.Pid, member.StartTicks));
                _ = Libc.Kill(member.Pid, Libc.SigKill);
            }
            if (time.GetElapsedTime(began) > Patience)
            {
                log.Write($"{tag}: {members.Count} processes do not die, the first is {members[0].Pid}");
                return killed.Count;
            }
            await Task.Delay(Pause, time);
        }
    }

    /// <summary>
    /// Ends what left its session and threw its environment away, so that nobody can say whose it was. Right only when no
    /// attempt runs: then it is nobody's.
    /// </summary>
    public void KillStrays()
    {
        foreach (ProcStat stray in children.Strays())
        {
            log.Write($"killed {stray.Pid} ({stray.CommandLine()}), left behind by an attempt that has ended");
            _ = Libc.Kill(stray.Pid, Libc.SigKill);
        }
    }

    /// <summary>Signals every process of a running attempt.</summary>
    public void Signal(ProcessRecord process, string tag, int signal)
    {
        foreach (ProcStat member in Members.Find(process.Pid, tag, process.Worker ? [] : process.Cgroups, pid => pid != process.Pid && children.Knows(pid)))
            _ = Libc.Kill(member.Pid, signal);
    }
}
