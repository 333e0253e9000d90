using MLPlatform.Core.Runs;
using MLPlatform.Executors.Process.Native;
using MLPlatform.Executors.Process.Protocol;
using MLPlatform.Worker.Supervision;

namespace MLPlatform.Worker.Usage;

/// <summary>Sorts the machine's processes by attempt, in one pass over them for all attempts.</summary>
internal sealed class AttemptTrees
{
    private const string Prefix = AttemptFiles.AttemptVariable + "=";

    // A process keeps the environment it was started with, so it is read once.
    private Dictionary<(int Pid, long StartTicks), AttemptId?> _tags = [];

    /// <summary>The processes of each attempt: its main one, its session and group, what they started, and what carries its tag.</summary>
    public Dictionary<AttemptId, List<ProcStat>> Sort(IReadOnlyCollection<SupervisedAttempt> attempts, IEnumerable<ProcStat> processes)
    {
        Dictionary<int, AttemptId> main = [];
        foreach (SupervisedAttempt attempt in attempts)
            main[attempt.Process!.Pid] = attempt.Id;
        HashSet<AttemptId> wanted = [.. main.Values];
        Dictionary<int, ProcStat> all = processes.Where(p => !p.IsZombie && p.Pid != Environment.ProcessId).ToDictionary(p => p.Pid);
        Dictionary<int, AttemptId?> verdicts = [];
        Dictionary<(int, long), AttemptId?> tags = [];
        Dictionary<AttemptId, List<ProcStat>> trees = [];
        foreach (ProcStat process in all.Values)
        {
            if (Of(process) is not { } attempt || !wanted.Contains(attempt))
                continue;
            if (!trees.TryGetValue(attempt, out List<ProcStat>? tree))
                trees[attempt] = tree = [];
            tree.Add(process);
        }
        _tags = tags; // Those of processes that are gone are forgotten.
        return trees;

        AttemptId? Of(ProcStat process)
        {
            if (verdicts.TryGetValue(process.Pid, out AttemptId? known))
                return known;
            verdicts[process.Pid] = null; // Ends a loop that a changing /proc could draw us into.
            AttemptId? attempt = main.TryGetValue(process.Pid, out AttemptId id) || main.TryGetValue(process.Session, out id) || main.TryGetValue(process.Group, out id)
                ? id
                : (all.TryGetValue(process.Parent, out ProcStat parent) ? Of(parent) : null) ?? Tagged(process);
            return verdicts[process.Pid] = attempt;
        }

        AttemptId? Tagged(ProcStat process)
        {
            (int, long) key = (process.Pid, process.StartTicks);
            if (!_tags.TryGetValue(key, out AttemptId? tag))
                tag = AttemptId.TryParse(ProcStat.Variable(process.Pid, Prefix), out AttemptId told) ? told : null;
            return tags[key] = tag;
        }
    }
}
