using System.Globalization;
using System.Text;
using MLPlatform.Executors.Process.Native;
using MLPlatform.Executors.Process.Protocol;

namespace MLPlatform.Worker.Supervision;

/// <summary>
/// Sets a script's limits before its program begins: a control group where one may be made, else an rlimit for its data
/// and a lower priority. A script that asks for nothing out of the ordinary costs none of this.
/// </summary>
internal sealed class ScriptLimits(Cgroups cgroups)
{
    private const int OneCore = 1000;

    /// <param name="Request">What to start in place of the program itself.</param>
    /// <param name="Nice">The priority to give it once it runs; 0 for none.</param>
    public sealed record Plan(SpawnRequest Request, LimitsApplied? Applied, Cgroup? Cgroup, int Nice);

    public Plan Prepare(SpawnRequest request, LimitsOrder limits, string name)
    {
        if (limits.MemoryBytes <= 0 && limits.MilliCpu is 0 or OneCore)
            return new Plan(request, null, null, 0);
        Cgroup cgroup = cgroups.Create(name);
        LimitsApplied applied = cgroup.Apply(limits);
        bool byLimit = limits.MemoryBytes > 0 && applied.Memory is null;
        int nice = applied.Cpu is null && limits.MilliCpu is > 0 and < OneCore ? 10 - (limits.MilliCpu / 100) : 0;
        applied = applied with
        {
            Memory = byLimit ? "rlimit-data" : applied.Memory,
            Cpu = applied.Cpu ?? (nice > 0 ? "nice" : null),
        };
        return new Plan(Wrap(request, cgroup.Folders, byLimit ? limits.MemoryBytes : 0), applied, cgroup, nice);
    }

    // A process can only be moved once it is there, and it must be moved before it allocates: so a shell goes in first,
    // and becomes the program.
    private static SpawnRequest Wrap(SpawnRequest request, IReadOnlyList<string> folders, long dataBytes)
    {
        var script = new StringBuilder();
        foreach (string folder in folders)
            script.Append(CultureInfo.InvariantCulture, $"echo 0 > '{folder.Replace("'", "'\\''", StringComparison.Ordinal)}/cgroup.procs' || exit 125\n");
        if (dataBytes > 0)
            script.Append(CultureInfo.InvariantCulture, $"ulimit -d {Math.Max(1, dataBytes / 1024)} || exit 125\n");
        script.Append("exec \"$0\" \"$@\"");
        return request with { Program = "/bin/sh", Arguments = ["sh", "-c", script.ToString(), request.Program, .. request.Arguments.Skip(1)] };
    }
}
