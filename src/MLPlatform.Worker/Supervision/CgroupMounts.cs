namespace MLPlatform.Worker.Supervision;

/// <summary>Where our own control groups are in the file system. Pure.</summary>
/// <param name="Unified">Folders of version 2 to try, ours first, then the one around it.</param>
/// <param name="Legacy">Our folder of each version 1 controller.</param>
internal sealed record CgroupMounts(IReadOnlyList<string> Unified, IReadOnlyDictionary<string, string> Legacy)
{
    /// <param name="mountInfo">The text of <c>/proc/self/mountinfo</c>.</param>
    /// <param name="cgroup">The text of <c>/proc/self/cgroup</c>.</param>
    public static CgroupMounts Read(string mountInfo, string cgroup)
    {
        var unified = new List<string>();
        var legacy = new Dictionary<string, string>();
        Dictionary<string, string> own = Own(cgroup);
        foreach (string line in mountInfo.Split('\n'))
        {
            // 36 35 98:0 ROOT MOUNTPOINT rw,noatime master:1 - TYPE SOURCE OPTIONS
            string[] halves = line.Split(" - ", 2);
            if (halves.Length != 2 || halves[0].Split(' ') is not { Length: >= 5 } left || halves[1].Split(' ') is not { Length: >= 3 } right)
                continue;
            if (right[0] == "cgroup2" && own.TryGetValue("", out string? path))
            {
                string folder = Below(left[3], left[4], path);
                unified.Add(folder);
                if (folder != left[4])
                    unified.Add(Path.GetDirectoryName(folder)!);
            }
            else if (right[0] == "cgroup")
            {
                foreach (string controller in right[2].Split(','))
                {
                    if (own.TryGetValue(controller, out string? at))
                        legacy[controller] = Below(left[3], left[4], at);
                }
            }
        }
        return new CgroupMounts(unified, legacy);
    }

    private static Dictionary<string, string> Own(string cgroup)
    {
        var own = new Dictionary<string, string>();
        foreach (string line in cgroup.Split('\n'))
        {
            // 4:memory:/path, or 0::/path for version 2
            if (line.Split(':', 3) is not [_, string controllers, string path])
                continue;
            foreach (string controller in controllers.Split(','))
                own[controller] = path;
        }
        return own;
    }

    // A container may see only a part of the tree: ROOT is what lies at MOUNTPOINT.
    private static string Below(string root, string mountPoint, string path)
    {
        string relative = root != "/" && path.StartsWith(root, StringComparison.Ordinal) ? path[root.Length..] : path;
        string folder = Path.TrimEndingDirectorySeparator(Path.Join(mountPoint, relative));
        return Directory.Exists(folder) ? folder : mountPoint;
    }
}
