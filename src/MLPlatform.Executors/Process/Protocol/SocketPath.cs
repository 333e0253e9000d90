using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using MLPlatform.Executors.Process.Native;

namespace MLPlatform.Executors.Process.Protocol;

/// <summary>Where a unix socket can be that is to be at some path.</summary>
public static class SocketPath
{
    // sun_path holds 108 bytes with the final NUL.
    private const int Longest = 100;

    /// <summary>The path itself or, where it is too long for a socket, one in a folder of ours below the temporary folder; the same for the same path.</summary>
    public static string Of(string path)
    {
        path = Path.GetFullPath(path);
        if (Encoding.UTF8.GetByteCount(path) <= Longest)
            return path;
        string name = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(path)).AsSpan(0, 8));
        return Path.Combine(PrivateTemporaryFolder(), name + ".sock");
    }

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
