using System.Globalization;
using System.Text;
using MLPlatform.Executors.Process.Native;
using MLPlatform.Executors.Process.Protocol;

namespace MLPlatform.Worker.Supervision;

/// <summary>Finds where we may make control groups: version 2 where its controllers are delegated to us, else version 1.</summary>
internal sealed class Cgroups
{
    private static readonly string[] Controllers = ["memory", "cpu", "pids"];
    private readonly Dictionary<string, string> _parents = [];
    private readonly string? _unified;
    private readonly string _prefix = string.Create(CultureInfo.InvariantCulture, $"mlp-{Environment.ProcessId}-");

    public Cgroups(SupervisorLog log)
    {
        var mounts = CgroupMounts.Read(ReadText("/proc/self/mountinfo"), ReadText("/proc/self/cgroup"));
        _unified = mounts.Unified.FirstOrDefault(TryDelegate);
        if (_unified is null)
        {
            foreach ((string controller, string folder) in mounts.Legacy)
            {
                if (Controllers.Contains(controller) && Libc.Access(folder, Libc.MayWrite) == 0)
                    _parents.Add(controller, folder);
            }
        }
        log.Write(_unified is not null ? $"limits: cgroup v2 below {_unified}"
            : _parents.Count > 0 ? "limits: cgroup v1 below " + string.Join(", ", _parents.Values)
            : "limits: no control groups may be made here; rlimits and nice are used");
    }

    /// <summary>A new group for one attempt or worker. Where none may be made, its limits say so.</summary>
    public Cgroup Create(string name)
    {
        var folders = new Dictionary<string, string>();
        foreach (string controller in Controllers)
        {
            string? parent = _unified ?? _parents.GetValueOrDefault(controller);
            if (parent is null)
                continue;
            string folder = Path.Combine(parent, _prefix + name);
            try
            {
                Directory.CreateDirectory(folder);
                folders.Add(controller, folder);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                return new Cgroup(new Dictionary<string, string>(), _unified is not null, e.Message);
            }
        }
        return new Cgroup(folders, _unified is not null, folders.Count == 0 ? "no control group may be made here" : null);
    }

    // Groups below this one may use the controllers if we can hand them down.
    private static bool TryDelegate(string folder)
    {
        string control = Path.Combine(folder, "cgroup.subtree_control");
        if (Libc.Access(folder, Libc.MayWrite) != 0 || ReadText(Path.Combine(folder, "cgroup.controllers")) is not string offered
            || !Controllers.All(offered.Split(' ', '\n').Contains))
            return false;
        return Controllers.All(ReadText(control).Split(' ', '\n').Contains)
            || Cgroup.TryWrite(control, string.Join(' ', Controllers.Select(c => "+" + c)));
    }

    private static string ReadText(string path) => ProcStat.ReadFile(path) is byte[] bytes ? Encoding.UTF8.GetString(bytes) : "";
}
