using System.Globalization;
using MLPlatform.Executors.Process.Native;

namespace MLPlatform.Worker.Supervision;

/// <summary>
/// Which processes belong to an attempt: those in its control group, its session or its process group, those started with
/// its tag, and everything below them. A daemon that left the session and forked twice still carries the tag.
/// </summary>
internal static class Members
{
    /// <param name="pid">The attempt's main process, which may be gone; it is in the answer only if it is not spared.</param>
    /// <param name="spared">Processes that are not to be in the answer; what they started still is, if it belongs here.</param>
    public static List<ProcStat> Find(int pid, string tag, IReadOnlyList<string> cgroups, Func<int, bool> spared)
    {
        var all = ProcStat.ReadAll().Where(p => !p.IsZombie && p.Pid != Environment.ProcessId).ToDictionary(p => p.Pid);
        HashSet<int> inGroup = [.. cgroups.SelectMany(InCgroup)];
        var verdicts = new Dictionary<int, bool>();
        return [.. all.Values.Where(p => Belongs(p) && !spared(p.Pid))];

        bool Belongs(ProcStat process)
        {
            if (verdicts.TryGetValue(process.Pid, out bool known))
                return known;
            verdicts[process.Pid] = false; // Ends a loop that a changing /proc could draw us into.
            bool belongs = process.Pid == pid
                || (!spared(process.Pid)
                    && (process.Session == pid || process.Group == pid || inGroup.Contains(process.Pid)
                        || (all.TryGetValue(process.Parent, out ProcStat parent) && Belongs(parent))
                        || ProcStat.HasVariable(process.Pid, tag)));
            return verdicts[process.Pid] = belongs;
        }
    }

    private static IEnumerable<int> InCgroup(string folder) =>
        ProcStat.ReadFile(Path.Combine(folder, "cgroup.procs")) is byte[] list
            ? System.Text.Encoding.ASCII.GetString(list).Split('\n', StringSplitOptions.RemoveEmptyEntries)
                .Select(line => int.Parse(line, CultureInfo.InvariantCulture))
            : [];
}
