using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using MLPlatform.Executors.Process.Native;

namespace MLPlatform.Executors.Process.Protocol;

/// <summary>Where the supervisor of a home keeps its lock and listens.</summary>
internal static class SupervisorFiles
{
    // sun_path holds 108 bytes with the final NUL.
    private const int LongestSocketPath = 100;

    /// <summary>Locked by the supervisor while it lives.</summary>
    public static string Lock(string home) => Path.Combine(home, "supervisor.lock");

    /// <summary>Its process id and when it started.</summary>
    public static string Card(string home) => Path.Combine(home, "supervisor.json");

    public static string Log(string home) => Path.Combine(home, "supervisor.log");

    /// <summary>The socket in the home, or, where that path is too long, one in a folder of ours below the temporary folder.</summary>
    public static string Socket(string home)
    {
        string path = Path.Combine(Path.GetFullPath(home), "supervisor.sock");
        if (Encoding.UTF8.GetByteCount(path) <= LongestSocketPath)
            return path;
        string name = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(path)).AsSpan(0, 8));
        return Path.Combine(PrivateTemporaryFolder(), name + ".sock");
    }

    /// <summary>Names a build of the worker program: its file and when that was written.</summary>
    public static string BuildOf(string program) =>
        string.Create(CultureInfo.InvariantCulture, $"{Path.GetFullPath(program)}@{File.GetLastWriteTimeUtc(program).Ticks}");

    private static string PrivateTemporaryFolder()
    {
        const UnixFileMode ours = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
        string folder = Path.Combine("/tmp", string.Create(CultureInfo.InvariantCulture, $"mlp-{Libc.EffectiveUser()}"));
        Directory.CreateDirectory(folder, ours);
        // Another user could have made it first; then its mode cannot be set by us.
        File.SetUnixFileMode(folder, ours);
        return folder;
    }
}
